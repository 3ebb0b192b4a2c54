#!/usr/bin/env node
/**
 * `upkeep-dev`: apps while they are written. Watches their files, shows their lines and why each was restarted, and leaves
 * nothing behind. Without it development would fill the list of the daemon that runs in production.
 */
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../client/client.ts';
import { type ForegroundRun, startForeground, stopOnSignals } from '../../client/foreground.ts';
import { connect } from '../../client/index.ts';
import { VERSION } from '../../client/version.ts';
import type { AppSpec } from '../../core/terms.ts';
import { lockHolder } from '../../platform/daemon-lock.ts';
import { pathsOf } from '../../platform/paths.ts';
import type { EventRecord } from '../../protocol/control.ts';
import { type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake, showError } from '../failure.ts';
import { type Output, openOutput } from '../output.ts';
import { plain } from '../render/words.ts';
import { openSession, type Session } from '../session.ts';
import { developed } from './dev-options.ts';
import { appsOf, tellUnused } from './target.ts';
import { type Companion, helpOf, NO_FILE, readWords } from './words.ts';

const DATE = 'YYYY-MM-DD-HH:mm:ss';
/** `--auto-exit`: how often is looked, and how often in a row nothing must run. */
const LOOK_MS = 3_000;
const LOOKS = 2;
const RUNS: ReadonlySet<string> = new Set(['online', 'launching', 'waiting restart', 'stopping']);

const COMPANION: Companion = {
  name: 'upkeep-dev',
  summary: 'Runs apps for development: restarted when a file changes, shown here, gone with Ctrl-C.',
  flags: [
    { flags: '--raw', description: 'Lines as they are; those of stderr go to stderr.' },
    { flags: '--timestamp [format]', description: `Put the time before each line. Default: ${DATE}.` },
    { flags: '--ignore <paths>', description: 'Not watched, by comma; node_modules never is.' },
    { flags: '--post-exec <command>', description: 'Run by the shell after each restart.' },
    { flags: '--silent-exec', description: 'Do not show what --post-exec prints.' },
    { flags: '--test-mode', description: 'Start the apps and leave them running.' },
    { flags: '--auto-exit', description: 'End with code 1 when no app runs any more.' },
    { flags: '--env [name]', description: 'With a config file: lay env_<name> over env.' },
  ],
  optional: { '--timestamp': NO_FILE, '--env': NO_FILE },
  notes: ['Home: ~/.upkeep-dev, whatever UPKEEP_HOME says; ~/.upkeep-dev-2 and so on while others are in use.'],
};

async function main(argv: readonly string[]): Promise<number> {
  const read = readWords(argv, COMPANION, VERSION);
  if (read.kind === 'mistake') throw mistake(read.message);
  process.env.UPKEEP_HOME = freeHome(process.env);
  const session = openSession({
    silent: false,
    noColor: false,
    passthrough: read.kind === 'run' ? read.passthrough : null,
    listing: { isMini: false, sort: null },
    listAhead: false,
  });
  if (read.kind !== 'run' || read.target === null) {
    session.out.machine(read.kind === 'run' ? helpOf(COMPANION) : read.text);
    return read.kind === 'run' ? 1 : 0;
  }
  const { flags, target, unused } = read;
  tellUnused(session, unused);
  const ignore = textFlag(flags, 'ignore');
  const specs = await Promise.all(
    (await appsOf(session, target, flags)).map((spec) => developed(session, spec, ignore)),
  );
  if (hasFlag(flags, 'testMode')) return leaveRunning(session, specs);
  const stopper = stopOnSignals(true);
  const run = await startForeground({
    paths: pathsOf(session.home),
    env: session.env,
    style: hasFlag(flags, 'raw')
      ? { kind: 'raw' }
      : { kind: 'prefixed', timestamp: timestampOf(flags), label: 'name-id', hasColor: session.out.hasColor },
    autoExit: false,
    tellsEvents: false,
    helpers: [],
    statusFd: null,
  });
  stopper.attach(run);
  return develop(session, run, specs, flags).catch((error) => (stopper.isWanted ? run.ended : Promise.reject(error)));
}

/** Two sessions at a time do not end each other's apps. */
function freeHome(env: NodeJS.ProcessEnv): string {
  const first = join(env.HOME || homedir(), '.upkeep-dev');
  for (let number = 1; ; number++) {
    const home = number === 1 ? first : `${first}-${number}`;
    if (lockHolder(home)?.owner == null) return home;
  }
}

const timestampOf = (flags: Flags): string | null =>
  hasFlag(flags, 'timestamp') ? DATE : textFlag(flags, 'timestamp');

async function leaveRunning(session: Session, specs: readonly AppSpec[]): Promise<number> {
  const client = await session.client();
  const { outcomes } = await client.start(specs, { force: true });
  session.close();
  return outcomes.every(({ failure }) => failure === null) ? 0 : 1;
}

async function develop(session: Session, run: ForegroundRun, specs: readonly AppSpec[], flags: Flags): Promise<number> {
  let code: number | null = null;
  try {
    const client = await connect({ home: session.home, startDaemon: false });
    const events = await client.followEvents();
    const { notes } = await client.start(specs, { wait: false });
    for (const note of notes) session.out.warn(note);
    showSummary(session, specs);
    void tellEvents(events, session.out, flags);
    if (hasFlag(flags, 'autoExit'))
      void nothingRuns(client).then(() => {
        code = 1;
        session.out.error('no app runs any more');
        run.stop();
      });
  } catch (error) {
    run.stop();
    await run.ended;
    throw error;
  }
  const ended = await run.ended;
  return code ?? ended;
}

function showSummary({ out, home }: Session, specs: readonly AppSpec[]): void {
  out.print(`---- upkeep-dev ${'-'.repeat(40)}`);
  out.print(`Apps       ${specs.map(({ name }) => plain(name)).join(', ')}`);
  out.print('Watching   files of the apps: a change restarts them; node_modules is left out');
  out.print(`Home       ${home}`);
  out.print('Ctrl-C     stops and removes everything');
  out.print('-'.repeat(56));
}

async function tellEvents(events: AsyncIterable<EventRecord>, out: Output, flags: Flags): Promise<void> {
  const told = new Set(['errored', 'stopped', 'launch-failed']);
  const command = textFlag(flags, 'postExec');
  for await (const { kind, name, id, incarnation, reason } of events) {
    if (name === null) continue;
    const label = `${plain(name)}${id === null ? '' : `-${id}`}`;
    const isRestart = kind === 'started' && (incarnation ?? 1) > 1;
    if (isRestart) out.info(`${label} restarted: ${plain(reason)}`);
    else if (told.has(kind)) out.info(`${label} ${kind}: ${plain(reason)}`);
    if (isRestart && command !== null) postExec(command, out, hasFlag(flags, 'silentExec'));
  }
}

function postExec(command: string, out: Output, isSilent: boolean): void {
  const shell = spawn(command, { shell: true, stdio: ['ignore', isSilent ? 'ignore' : 1, isSilent ? 'ignore' : 2] });
  shell.on('error', (error) => out.error(`--post-exec could not be run: ${error.message}`));
  shell.on('exit', (code, signal) => {
    if (code !== 0) out.error(`--post-exec ended with ${signal ?? `code ${code}`}: ${command}`);
  });
}

async function nothingRuns(client: Client): Promise<void> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  for (let looks = 0; looks < LOOKS; ) {
    await sleep(LOOK_MS);
    const list = await client.list().catch(() => null);
    if (list === null || list.some(({ status }) => RUNS.has(status))) looks = 0;
    else looks++;
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    showError(openOutput({ silent: false, noColor: false, env: process.env }), error);
    process.exit(1);
  },
);
