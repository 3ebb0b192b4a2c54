/**
 * A program in a real terminal of any size, and what a person would see on it: a pty, read by the screen of xterm. Without the
 * screen a test could only look at the bytes, and those are right in many ways.
 */
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import type { Rig } from './rig.ts';
import { until } from './until.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.cjs');

export interface TerminalOptions {
  /** Default 80. */
  readonly columns?: number;
  /** Default 24. */
  readonly rows?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Default: Node with the CLI. */
  readonly command?: readonly string[];
}

export class TestTerminal {
  /** The built command line. */
  static readonly cli = CLI;
  readonly #pty: IPty;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  /** Everything that was written, in the order in which it came. */
  bytes = '';
  /** Exit code, once it has ended. */
  readonly ended: Promise<number>;
  #isOver = false;

  constructor(rig: Rig, args: readonly string[], options: TerminalOptions = {}) {
    const { columns = 80, rows = 24, env = {}, command = [rig.node, CLI] } = options;
    const [file = '', ...first] = command;
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
    const all: Record<string, string> = {};
    for (const [name, value] of Object.entries({ ...rig.env, TERM: 'xterm-256color', ...env }))
      if (value !== undefined) all[name] = value;
    this.#pty = spawn(file, [...first, ...args], { cols: columns, rows, cwd: rig.root, env: all });
    this.#pty.onData((text) => {
      this.bytes += text;
      this.#screen.write(text);
    });
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        this.#isOver = true;
        resolve(exitCode);
      });
    });
    rig.onDispose(async () => {
      this.end();
      await this.ended;
      this.#screen.dispose();
    });
  }

  /** Ends it if it still runs. */
  end(): void {
    if (!this.#isOver) this.#pty.kill('SIGKILL');
  }

  get columns(): number {
    return this.#screen.cols;
  }

  get rows(): number {
    return this.#screen.rows;
  }

  /** How often something was written, each between the marks of synchronised output. */
  pictures(): number {
    return this.bytes.split('\u001b[?2026l').length - 1;
  }

  async draws(pictures: number): Promise<void> {
    await until(
      () => (this.pictures() >= pictures ? true : undefined),
      () => `${pictures} pictures; there were ${this.pictures()}`,
    );
  }

  /** On the other screen, which programs of a whole screen use. */
  get isFullScreen(): boolean {
    return this.#screen.buffer.active.type === 'alternate';
  }

  /** What stands there, a string each line, without blanks at the end. */
  lines(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** Colours and other attributes of each cell, for pictures. */
  buffer(): InstanceType<typeof xterm.Terminal>['buffer']['active'] {
    return this.#screen.buffer.active;
  }

  press(...keys: readonly string[]): void {
    for (const key of keys) this.#pty.write(key);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  kill(signal: NodeJS.Signals): void {
    this.#pty.kill(signal);
  }

  /** Waits until the screen shows it; a pattern is tried on the whole screen. */
  async shows(what: string | RegExp): Promise<string> {
    return until(
      () => {
        const text = this.text();
        return (typeof what === 'string' ? text.includes(what) : what.test(text)) ? text : undefined;
      },
      () => `${String(what)} on the screen:\n${this.text()}\n`,
    );
  }

  async lacks(what: string): Promise<void> {
    await until(
      () => (this.text().includes(what) ? undefined : true),
      () => `${what} to be gone from the screen:\n${this.text()}\n`,
    );
  }
}

export const KEYS = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
  home: '\u001b[H',
  end: '\u001b[F',
  escape: '\u001b',
  enter: '\r',
  tab: '\t',
  ctrlC: '\u0003',
  ctrlL: '\u000c',
  ctrlZ: '\u001a',
} as const;
