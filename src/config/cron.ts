/**
 * Is a text a cron pattern? Without asking the very library that will run it, a pattern could pass here
 * and then never fire.
 */

/** What is wrong with a pattern, with its option's name, or null. `0` is off and right. */
export async function cronProblem(pattern: string | undefined): Promise<string | null> {
  if (pattern === undefined || pattern === '0') return null;
  const { Cron } = await import('croner');
  try {
    // Not started: only read.
    const cron = new Cron(pattern, { paused: true });
    if (cron.nextRun() !== null) return null;
    return `cron_restart: '${pattern}' never comes; expected a pattern with a time to come`;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return `cron_restart: '${pattern}' is not a cron pattern (${why}); expected five or six fields such as '0 3 * * *'`;
  }
}

/** From one time of a pattern to the next, ms; null: it is no pattern, or has no two times. */
export async function cronIntervalMs(pattern: string): Promise<number | null> {
  if ((await cronProblem(pattern)) !== null || pattern === '0') return null;
  const { Cron } = await import('croner');
  const [first, second] = new Cron(pattern, { paused: true }).nextRuns(2);
  return first === undefined || second === undefined ? null : second.getTime() - first.getTime();
}
