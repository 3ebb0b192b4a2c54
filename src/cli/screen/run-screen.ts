/**
 * Joins screen, terminal and ink for as long as `monit` or `top` runs, and gives the terminal back at every kind of end. Without
 * it a Ctrl-C, a closed window or a bug of ours would leave a shell that shows no letters.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mistake } from '../failure.ts';
import type { Session } from '../session.ts';
import type { Sort } from './columns.ts';
import type { PaneKind } from './model.ts';
import { Screen } from './screen.ts';
import { screenClient } from './screen-client.ts';
import { Terminal } from './terminal.ts';

export interface RunOptions {
  readonly sort: Sort;
  readonly pane: PaneKind | null;
}

/** As a shell tells of an end by a signal. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 } as const;
/** After a pause that did not happen (nobody who could end it) the screen is back after this. */
const NO_PAUSE_MS = 100;

/** Beside this bundle, or a folder above it when this stands in a chunk. */
async function loadInk(): Promise<typeof import('./ink-view.ts')> {
  const here = import.meta.dirname;
  const file = [here, dirname(here)].map((folder) => join(folder, 'screen.mjs')).find((path) => existsSync(path));
  if (file === undefined)
    throw mistake(`a file of upkeep is missing: ${join(here, 'screen.mjs')}`, 'install upkeep again');
  return import(pathToFileURL(file).href);
}

/** Of the terminal; one that does not tell is taken for the usual one. */
const sizeNow = (): { columns: number; rows: number } => ({
  columns: process.stdout.columns || 80,
  rows: process.stdout.rows || 24,
});

export async function runScreen(session: Session, { sort, pane }: RunOptions): Promise<number> {
  const { out } = session;
  // Both at once: ink is the larger part of the start.
  const [client, { openView }] = await Promise.all([screenClient(session), loadInk()]);
  const terminal = new Terminal((text) => out.machine(text));
  const { stdin, stdout } = process;
  let end = (_code: number): void => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const screen = new Screen({
    client,
    hasColor: out.hasColor,
    sort,
    pane,
    size: sizeNow(),
    show: (frame) => view.show(frame),
    end: () => end(0),
    suspend: () => suspend(true),
    redraw: () => {
      terminal.forget();
      terminal.draw(lines, sizeNow().rows);
    },
  });
  let lines: readonly string[] = [];
  const giveBack = (): void => {
    terminal.leave();
    if (stdin.isTTY) stdin.setRawMode(false);
  };
  const takeAgain = (): void => {
    if (terminal.isEntered) return;
    stdin.setRawMode(true);
    terminal.enter();
    const { columns, rows } = sizeNow();
    terminal.draw(lines, rows);
    screen.resize(columns, rows);
  };
  /** @param asks by a key; else another process has sent the signal, which is ours to obey */
  const suspend = (asks: boolean): void => {
    giveBack();
    // All of the job, as the terminal does it: a wrapper (npx, sh -c) would wait on for us otherwise.
    process.removeListener('SIGTSTP', onStopSignal);
    process.kill(asks ? 0 : process.pid, 'SIGTSTP');
    setTimeout(() => {
      process.on('SIGTSTP', onStopSignal);
      takeAgain();
    }, NO_PAUSE_MS);
  };
  const onStopSignal = (): void => suspend(false);
  const onResize = (): void => {
    const { columns, rows } = sizeNow();
    terminal.forget();
    screen.resize(columns, rows);
  };
  process.once('exit', giveBack);
  // Before Node prints what went wrong: on the screen that stays.
  process.on('uncaughtExceptionMonitor', giveBack);
  // Not `once`: ink ends the process by the signal as soon as nobody else listens.
  for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => end(code));
  process.on('SIGTSTP', onStopSignal);
  process.on('SIGCONT', takeAgain);
  stdout.on('resize', onResize);
  // The terminal has gone.
  stdin.once('end', () => end(SIGNALS.SIGHUP)).once('error', () => end(SIGNALS.SIGHUP));

  terminal.enter();
  const view = openView({
    stdin,
    first: screen.firstFrame(),
    onKey: (key) => screen.press(key),
    onPicture: (picture) => {
      lines = picture;
      terminal.draw(picture, sizeNow().rows);
    },
  });
  try {
    await screen.start();
    return await Promise.race([ended, view.ended.then(() => 0)]);
  } finally {
    screen.stop();
    giveBack();
    stdout.off('resize', onResize);
    view.close();
  }
}
