#!/usr/bin/env node
import { writeSync } from 'node:fs';
/**
 * `upkeep-runtime`: apps as the contents of a container. Starts a daemon in the foreground that writes their lines to
 * stdout and stderr and ends when they end. Without it a container would need a process of its own to stay alive.
 *
 * Started by shell/container.sh, which stays as the first process and has given us a pipe, this ends as soon as the apps
 * are started. Started directly, where there is no shell, it stays and ends with the daemon.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startForeground, stopOnSignals } from '../../client/foreground.ts';
import { connect } from '../../client/index.ts';
import { VERSION } from '../../client/version.ts';
import type { AppSpec } from '../../core/terms.ts';
import { pathsOf } from '../../platform/paths.ts';
import { httpApiApp } from '../../pm2/http-api-app.ts';
import type { ConsoleStyle } from '../../protocol/foreground.ts';
import { contextOf, unwrap } from '../apps.ts';
import { type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake, showError } from '../failure.ts';
import { openOutput } from '../output.ts';
import { openSession, type Session } from '../session.ts';
import { appsOf, tellUnused } from './target.ts';
import { type Companion, helpOf, NEVER, NO_FILE, readWords } from './words.ts';

const COMPANION: Companion = {
  name: 'upkeep-runtime',
  summary: 'Runs apps in the foreground, for containers: their lines go to stdout and stderr, and it ends with them.',
  flags: [
    { flags: '--raw', description: 'Lines as they are. The default.' },
    { flags: '--json', description: 'Each line as a JSON object, all on stdout, with events of the processes.' },
    { flags: '--format', description: 'Each line as key=value, all on stdout.' },
    { flags: '--formatted', description: 'The id and name before each line, all on stdout.' },
    { flags: '--no-auto-exit', description: 'Stay when no app runs any more.' },
    { flags: '--delay <seconds>', description: 'Wait before the apps are started.' },
    { flags: '--web [port]', description: 'Also serve the list of processes over HTTP. Default port: 9615.' },
    { flags: '--env [name]', description: 'With a config file: lay env_<name> over env.' },
    { flags: '--secret [key]', description: "Of PM2's hosted service, which Upkeep does not speak to: a warning." },
    { flags: '--public [key]', description: 'The same.' },
    { flags: '--machine-name [name]', description: 'The same.' },
    { flags: '--silent', description: 'Nothing of our own on stderr but errors.' },
  ],
  optional: {
    '--web': /^\d+$/,
    '--env': NO_FILE,
    '--watch': NEVER,
    '--secret': NO_FILE,
    '--public': NO_FILE,
    '--machine-name': NO_FILE,
  },
  notes: [
    'Exit code: 0 when it was told to stop; the code of the app when its last process has ended for good; 2 when nothing',
    'runs any more for another reason, as after `upkeep stop`.',
    'Log files are written only where --output, --error or the config name them.',
    'From outside: docker exec <container> upkeep list',
  ],
};

/** @returns the exit code; null: the daemon will say it to the shell around us */
async function main(argv: readonly string[], statusFd: number | null): Promise<number | null> {
  const { env } = process;
  // An image that was made for PM2 names its writable folder so.
  if ((env.UPKEEP_HOME ?? '') === '' && (env.PM2_HOME ?? '') !== '') env.UPKEEP_HOME = env.PM2_HOME;
  const read = readWords(argv, COMPANION, VERSION);
  if (read.kind === 'mistake') throw mistake(read.message);
  const passthrough = read.kind === 'run' ? read.passthrough : null;
  const flags = read.kind === 'run' ? read.flags : {};
  const session = openSession({
    silent: hasFlag(flags, 'silent'),
    noColor: false,
    passthrough,
    listing: { isMini: false, sort: null },
    listAhead: false,
  });
  if (read.kind !== 'run' || read.target === null) {
    session.out.machine(read.kind === 'run' ? helpOf(COMPANION) : read.text);
    return read.kind === 'run' ? 1 : 0;
  }
  tellUnused(session, read.unused);
  for (const name of ['secret', 'public', 'machineName'])
    if (flags[name] !== undefined)
      session.out.warn(`--${name === 'machineName' ? 'machine-name' : name} belongs to PM2's hosted service: not used`);
  const specs = (await appsOf(session, read.target, flags)).map(withoutFiles);
  const helpers = flags.web === undefined ? [] : await webHelper(session, flags.web);
  if ((env.PM2_RUNTIME_DEBUG ?? '') !== '') return startInBackground(session, [...specs, ...helpers]);
  const delayMs = delayOf(flags);
  const stopper = stopOnSignals(statusFd === null);
  isToldToStop = () => stopper.isWanted;
  const run = await startForeground({
    paths: pathsOf(session.home),
    env,
    style: styleOf(flags, session.out.hasColor),
    autoExit: flags.autoExit !== false,
    tellsEvents: !hasFlag(flags, 'silent') && (env.UPKEEP_SILENT ?? '') === '' && (env.PM2_SILENT ?? '') === '',
    helpers: helpers.map(({ script }) => script),
    statusFd,
  });
  stopper.attach(run);
  try {
    await begin(session, [...specs, ...helpers], delayMs, stopper.told);
  } catch (error) {
    // Told to stop while it was starting: how that ends is for the daemon to say.
    if (!stopper.isWanted) {
      // Our code first: what the daemon says of its end comes too late then.
      showError(session.out, error);
      if (statusFd !== null) tellStatus(statusFd, 1);
      run.stop();
      if (statusFd !== null) return null;
      await run.ended;
      return 1;
    }
  }
  return statusFd === null ? run.ended : null;
}

let isToldToStop = (): boolean => false;

/** The pipe of the shell around us, which must not reach anybody else by its name. */
function takeStatusFd(): number | null {
  const text = process.env.UPKEEP_FRONT;
  delete process.env.UPKEEP_FRONT;
  return text === undefined || text === '' ? null : Number(text);
}

async function begin(session: Session, specs: readonly AppSpec[], delayMs: number, told: AbortSignal): Promise<void> {
  const client = await connect({ home: session.home, startDaemon: false });
  try {
    const left = await client.list();
    if (left.length > 0)
      throw mistake(
        `processes of an earlier run still live: ${left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')}`,
        'end them, or name another folder in UPKEEP_HOME',
      );
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: told });
    // How they come up is told as it happens.
    const { notes } = await client.start(specs, { wait: false });
    for (const note of notes) session.out.warn(note);
  } finally {
    client.close();
  }
}

async function startInBackground(session: Session, specs: readonly AppSpec[]): Promise<number> {
  const client = await session.client();
  const { outcomes } = await client.start(specs, { wait: false });
  session.close();
  return outcomes.every(({ failure }) => failure === null) ? 0 : 1;
}

function styleOf(flags: Flags, hasColor: boolean): ConsoleStyle {
  if (hasFlag(flags, 'json')) return { kind: 'json' };
  if (hasFlag(flags, 'format')) return { kind: 'keys' };
  if (hasFlag(flags, 'formatted')) return { kind: 'prefixed', timestamp: null, label: 'id|name', hasColor };
  return { kind: 'raw' };
}

function delayOf(flags: Flags): number {
  const text = textFlag(flags, 'delay');
  if (text === null) return 0;
  if (!/^\d+(\.\d+)?$/.test(text)) throw mistake(`--delay takes seconds, not ${text}`);
  return Number(text) * 1000;
}

/** The container's own log is where lines go; a file in it only where somebody asked for one. */
function withoutFiles(spec: AppSpec): AppSpec {
  const { declared, log } = spec;
  return {
    ...spec,
    declared: { out_file: '/dev/null', error_file: '/dev/null', ...declared },
    log: {
      ...log,
      outFile: declared.out_file === undefined ? null : log.outFile,
      errorFile: declared.error_file === undefined ? null : log.errorFile,
    },
  };
}

async function webHelper(session: Session, web: unknown): Promise<readonly AppSpec[]> {
  const app = httpApiApp(join(import.meta.dirname, 'http-api.cjs'), typeof web === 'string' ? web : null);
  const { toSpecs } = await import('../../config/normalise.ts');
  return unwrap(await toSpecs([app], {}, contextOf(session))).specs;
}

const tellStatus = (statusFd: number, code: number): void => void writeSync(statusFd, `exit ${code}\n`);

/** The shell around us does not end with our code, but with the one in the pipe. Of ours it reads whether we took its signal. */
const TOOK_THE_SIGNAL = 3;

function finish(statusFd: number | null, code: number | null): void {
  if (statusFd !== null && code !== null) tellStatus(statusFd, code);
  process.exit(code ?? (isToldToStop() ? TOOK_THE_SIGNAL : 0));
}

const statusFd = takeStatusFd();
main(process.argv.slice(2), statusFd).then(
  (code) => finish(statusFd, code),
  (error: unknown) => {
    showError(openOutput({ silent: false, noColor: false, env: process.env }), error);
    finish(statusFd, 1);
  },
);
