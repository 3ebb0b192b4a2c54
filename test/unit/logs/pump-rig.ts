/**
 * A pump with real FIFOs in a folder of its own, and programs that write into them. Without it each
 * test would build its own plumbing and leave its own processes behind.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LogRules, StreamName } from '../../../src/core/terms.ts';
import { type ChannelSpec, type Note, Pump } from '../../../src/logs/pump.ts';
import type { BuiltThread } from './build-thread.ts';

export const RULES: LogRules = {
  outFile: null,
  errorFile: null,
  combinedFile: null,
  merge: false,
  format: 'raw',
  dateFormat: null,
  disabled: false,
  maxSizeBytes: 0,
  maxAgeMs: 0,
  keep: 10,
  compress: false,
};

/** Waits for a condition by asking again and again; the test's own time-out is the deadline. */
export async function until<T>(ask: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const answer = await ask();
    if (answer) return answer as NonNullable<T>;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface RigOptions {
  readonly folder?: string;
  readonly diskBudgetBytes?: number;
  readonly tailLines?: number;
}

export class PumpRig {
  readonly folder: string;
  readonly logs: string;
  readonly notes: Note[] = [];
  readonly ends: string[] = [];
  readonly pump: Pump;
  readonly #ownFolder: string;
  readonly #readers: number[] = [];
  readonly #children: ChildProcess[] = [];

  constructor(thread: BuiltThread, options: RigOptions = {}) {
    this.#ownFolder = mkdtempSync(join(tmpdir(), 'upkeep-pump-'));
    this.folder = options.folder ?? this.#ownFolder;
    this.logs = join(this.folder, 'logs');
    mkdirSync(this.logs);
    this.pump = this.anotherPump(thread, options);
  }

  anotherPump(thread: BuiltThread, options: RigOptions = {}): Pump {
    return new Pump({
      threadEntry: thread.entry,
      diskBudgetBytes: options.diskBudgetBytes ?? 0,
      logFolder: this.logs,
      indexFolder: join(this.folder, 'log-index'),
      ...(options.tailLines === undefined ? {} : { tailLines: options.tailLines }),
      onNote: (note) => this.notes.push(note),
      onEnd: (id, incarnation, stream) => this.ends.push(`${id}/${incarnation}/${stream}`),
    });
  }

  /** A FIFO with a reader that holds it open, as a keeper would. */
  fifo(name: string): string {
    const path = join(this.#ownFolder, name);
    mkdirSync(dirname(path), { recursive: true });
    execFileSync('mkfifo', [path]);
    this.#readers.push(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    return path;
  }

  channel(
    id: number,
    changes: Partial<Omit<ChannelSpec, 'rules'>> & { readonly rules?: Partial<LogRules> } = {},
  ): ChannelSpec {
    const incarnation = changes.incarnation ?? 1;
    const stream: StreamName = changes.stream ?? 'out';
    return {
      id,
      name: `app${id}`,
      namespace: 'default',
      incarnation,
      stream,
      file: join(this.logs, `app${id}-${stream}.log`),
      combined: null,
      ...changes,
      fifo: changes.fifo ?? this.fifo(`run/${id}/${incarnation}/${stream}`),
      rules: { ...RULES, ...changes.rules },
    };
  }

  /** Runs a shell command with its output going to a FIFO. */
  shell(command: string, fifo: string): ChildProcess {
    const child = spawn('/bin/sh', ['-c', `exec > "$FIFO"; ${command}`], {
      env: { ...process.env, FIFO: fifo },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    this.#children.push(child);
    return child;
  }

  /** Runs a Node program whose stdout is the FIFO; writes to it block, so that every byte is written before it exits. */
  node(program: string, fifo: string): ChildProcess {
    const blocking = 'const { writeSync, openSync } = require("node:fs"); const fd = openSync(process.env.FIFO, "w"); ';
    const child = spawn(process.execPath, ['-e', blocking + program], {
      env: { PATH: process.env.PATH, FIFO: fifo },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    this.#children.push(child);
    return child;
  }

  /** Writes once, from a program that is gone when this resolves. */
  async write(fifo: string, text: string | Buffer): Promise<void> {
    const child = spawn('/bin/sh', ['-c', 'cat > "$FIFO"'], {
      env: { ...process.env, FIFO: fifo },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    this.#children.push(child);
    child.stdin?.end(text);
    await exited(child);
  }

  read(path: string): string {
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** Names of the rotated files of a log, oldest first. */
  rotated(path: string): string[] {
    const prefix = `${basename(path)}.`;
    return readdirSync(dirname(path))
      .filter((name) => name.startsWith(prefix))
      .sort();
  }

  /** All that was ever written to a log: rotated files, compressed or not, then the current one. */
  readAll(path: string): Buffer {
    const parts = this.rotated(path).map((name) => {
      const bytes = readFileSync(join(dirname(path), name));
      return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
    });
    return Buffer.concat([...parts, readFileSync(path)]);
  }

  async dispose(): Promise<void> {
    await this.pump.stop();
    for (const child of this.#children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    for (const fd of this.#readers) closeSync(fd);
    rmSync(this.#ownFolder, { recursive: true, force: true });
  }
}

export function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}
