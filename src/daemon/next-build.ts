/**
 * Asks a build whether it can take over before anything is given up for it. Without it an update to a package that is broken, or
 * that cannot read this home, would leave the apps without a daemon.
 */
import { execFile } from 'node:child_process';
import { fail, ok, type Result } from '../core/errors.ts';
import { CONTROL_PROTOCOL } from '../protocol/control.ts';
import { STATE_FORMAT } from './store.ts';

/** Set: the daemon's program only says which build it is. */
const QUESTION_VARIABLE = 'UPKEEP_WHICH_BUILD';
const ANSWERS_WITHIN_MS = 15_000;
const LONGEST_ANSWER_BYTES = 1024 * 1024;

/** What a build says of itself. */
interface BuildFacts {
  readonly version: string;
  readonly protocol: number;
  /** It reads lists of apps up to this format. */
  readonly stateFormat: number;
  /** Once it is in charge it ends the guard that started it. */
  readonly endsItsGuard: boolean;
}

export const isAskedWhichBuild = (env: NodeJS.ProcessEnv): boolean => env[QUESTION_VARIABLE] !== undefined;

export const whichBuild = (version: string): string =>
  `${JSON.stringify({
    version,
    protocol: CONTROL_PROTOCOL.protocol,
    stateFormat: STATE_FORMAT,
    endsItsGuard: true,
  } satisfies BuildFacts)}\n`;

type NextBuild = Pick<BuildFacts, 'stateFormat' | 'endsItsGuard'>;

/** Builds from before there was a question see that a daemon lives, and end well without an answer. */
function factsIn(answer: string): NextBuild {
  try {
    const { stateFormat, endsItsGuard } = JSON.parse(answer) as Partial<BuildFacts>;
    return { stateFormat: typeof stateFormat === 'number' ? stateFormat : 1, endsItsGuard: endsItsGuard === true };
  } catch {
    return { stateFormat: 1, endsItsGuard: false };
  }
}

/** The build of the daemon that a command starts, if it could go on with what this one leaves. */
export async function canTakeOver(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Result<NextBuild>> {
  const [program = '', ...args] = command;
  const told = await new Promise<Result<string>>((resolve) => {
    const settings = {
      env: { ...env, [QUESTION_VARIABLE]: '1' },
      cwd: '/',
      timeout: ANSWERS_WITHIN_MS,
      killSignal: 'SIGKILL',
      maxBuffer: LONGEST_ANSWER_BYTES,
    } as const;
    execFile(program, args, settings, (error, stdout, stderr) => {
      // The line of it that says what is wrong, without the stack.
      const why = /^\w*Error: .*$/m.exec(stderr)?.[0] ?? (stderr.trim() || error?.message);
      if (error === null) resolve(ok(stdout));
      else resolve(fail('BAD_REQUEST', `${args.at(-1)} cannot run as a daemon: ${why}`, NOTHING_CHANGED));
    });
  });
  if (!told.ok) return told;
  const next = factsIn(told.value);
  const format = next.stateFormat;
  if (format >= STATE_FORMAT) return ok(next);
  return fail(
    'VERSION_MISMATCH',
    `${args.at(-1)} is of an earlier build, which cannot read this home's list of apps (it reads format ${format}, the list has ${STATE_FORMAT})`,
    `${NOTHING_CHANGED}; a build that reads it is needed, or an end of all apps by \`upkeep kill\` first`,
  );
}

const NOTHING_CHANGED = 'the daemon that runs was left as it is';
