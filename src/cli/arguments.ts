/**
 * What stands in argv, before any command looks at it. Without the cut at the first `--` the script's own options would
 * be taken for ours.
 */

export interface CommandLine {
  /** null: no command was given. */
  readonly command: string | null;
  /** Words before the first `--` without the command; options that stood before the command come first. */
  readonly words: readonly string[];
  /** Words after the first `--`; null: there was none. */
  readonly passthrough: readonly string[] | null;
}

/**
 * Options with a value that people put before the command: a test compares them with the option table, which would cost
 * every command its start. All others may stand there too, without a value.
 */
export const LEADING_WITH_VALUE = new Set([
  ...[
    '--sort',
    '-n',
    '--name',
    '--namespace',
    '-i',
    '--instances',
    '--interpreter',
    '--interpreter-args',
    '--node-args',
  ],
  ...[
    '--cwd',
    '-o',
    '--output',
    '-e',
    '--error',
    '--log-type',
    '--log-date-format',
    '--env',
    '--parallel',
    '-p',
    '--pid',
  ],
  ...['-k', '--kill-timeout', '--listen-timeout', '--max-memory-restart', '--restart-delay', '--stop-exit-codes'],
  ...['--exp-backoff-restart-delay', '--ignore-watch', '--watch-delay', '--ext', '-c', '--cron', '--cron-restart'],
  ...['--uid', '--gid', '--only', '--min-uptime', '--kill-signal', '--lines', '-u', '--user', '--hp', '--service-name'],
  ...['--listen', '--exp-backoff-max-delay', '--drain-timeout', '--readiness-probe', '--liveness-probe'],
  ...['--event-loop-limit', '--reload-order', '--min-healthy', '--max-surge', '--log-max-size', '--log-max-age'],
  '--log-keep',
  '--crash-records',
]);

export function readCommandLine(argv: readonly string[]): CommandLine {
  const cut = argv.indexOf('--');
  const ours = cut === -1 ? argv : argv.slice(0, cut);
  const passthrough = cut === -1 ? null : argv.slice(cut + 1);
  let at = 0;
  while (at < ours.length && (ours[at] ?? '').startsWith('-') && ours[at] !== '-') {
    at += LEADING_WITH_VALUE.has(ours[at] ?? '') ? 2 : 1;
  }
  const command = ours[at] ?? null;
  return { command, words: [...ours.slice(0, at), ...ours.slice(at + 1)], passthrough };
}

export interface GlobalFlags {
  readonly silent: boolean;
  readonly noColor: boolean;
}

/** Flags that must hold before the command's parser is loaded, because its errors obey them. */
export function readGlobalFlags(words: readonly string[]): GlobalFlags {
  return {
    silent: words.includes('-s') || words.includes('--silent'),
    noColor: words.includes('--no-color'),
  };
}
