/**
 * A private home for one test, with the built CLI and a line to its daemon. Disposing it fails the test if a process,
 * socket or FIFO is left, so that no test can hide a leak.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test as base } from 'vitest';
import { pathsOf } from '../../src/platform/paths.ts';
import { findByEnvironment, readProcess } from '../../src/platform/process.ts';
import { connectTo } from '../../src/platform/unix-socket.ts';
import type { InstanceView, MethodName, Methods } from '../../src/protocol/control.ts';
import { Peer } from '../../src/protocol/peer.ts';
import { until } from './until.ts';

const DIST = join(import.meta.dirname, '../../dist');
const CLI = join(DIST, 'cli.cjs');

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Rig {
  readonly root: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** The Node that runs the CLI, and so the daemon and the apps. */
  readonly node: string;
  readonly #undo: (() => void | Promise<void>)[] = [];

  constructor(node = process.execPath) {
    this.node = node;
    if (!existsSync(CLI)) throw new Error('dist/cli.cjs is not there: run `npm run build` first');
    this.root = mkdtempSync(join(tmpdir(), 'upkeep-test-'));
    this.home = join(this.root, 'home');
    const { PATH, HOME, LANG, TMPDIR } = process.env;
    // Where tests run as root, they need not hear each time what that means.
    const own = { UPKEEP_HOME: this.home, UPKEEP_ALLOW_ROOT: '1' };
    this.env = { PATH, HOME, LANG, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...own };
  }

  get paths(): ReturnType<typeof pathsOf> {
    return pathsOf(this.home);
  }

  /** Runs the CLI; resolves with what it printed, whatever its exit code. */
  run(...args: string[]): Promise<Ran> {
    return this.runWith({}, ...args);
  }

  runWith(options: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string }, ...args: string[]): Promise<Ran> {
    return new Promise((resolve) => {
      const settings = {
        env: { ...this.env, ...options.env },
        cwd: options.cwd ?? this.root,
        maxBuffer: 64 * 1024 * 1024,
      };
      const child = execFile(this.node, [CLI, ...args], settings, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
      });
      child.stdin?.end(options.input ?? '');
    });
  }

  /** Runs the CLI, which must succeed. */
  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`upkeep ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Starts the CLI and leaves it running (following logs); ended with the test. */
  spawnCli(...args: string[]): { readonly pid: number; output(): string; stop(): void } {
    const child = spawn(this.node, [CLI, ...args], {
      env: this.env,
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    const stop = (): void => void child.kill('SIGKILL');
    this.#undo.push(stop);
    return { pid: child.pid as number, output: () => text, stop };
  }

  /** One request over a connection of its own. */
  async call<M extends MethodName>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    const socket = await connectTo(this.paths.rpcSocket);
    if (socket === null) throw new Error('no daemon answers');
    const peer = new Peer(socket, {});
    try {
      return (await peer.request(method, params)) as Methods[M]['result'];
    } finally {
      peer.close();
    }
  }

  async list(): Promise<readonly InstanceView[]> {
    return (await this.call('instance.list', {})).instances;
  }

  async one(name: string): Promise<InstanceView> {
    const found = (await this.list()).filter((instance) => instance.name === name);
    if (found.length !== 1) throw new Error(`${found.length} instances are named ${name}`);
    return found[0] as InstanceView;
  }

  /** Waits until the one instance of that name satisfies the condition; survives a daemon that is being replaced. */
  async when(name: string, condition: (instance: InstanceView) => boolean, what: string): Promise<InstanceView> {
    let last: InstanceView | undefined;
    return until(
      async () => {
        last = await this.one(name).catch(() => undefined);
        return last !== undefined && condition(last) ? last : undefined;
      },
      () => `${name}: ${what}; last seen: ${JSON.stringify(last)}`,
    );
  }

  async daemonPid(): Promise<number> {
    return (await this.call('daemon.ping', {})).pid;
  }

  /** Waits for a daemon other than `pid`. */
  async nextDaemon(pid: number): Promise<number> {
    return until(
      async () => {
        const next = await this.daemonPid().catch(() => pid);
        return next === pid ? undefined : next;
      },
      () => 'a new daemon',
    );
  }

  /** The shell that waits to become the next daemon. */
  guardPid(daemonPid: number): number | undefined {
    return readdirSync('/proc')
      .map(Number)
      .find(
        (pid) => Number.isInteger(pid) && readProcess(pid)?.ppid === daemonPid && commandLine(pid).includes('guard.sh'),
      );
  }

  write(name: string, text: string): string {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** A file of the home; empty while it is not there. */
  read(path: string): string {
    const file = path.startsWith('/') ? path : join(this.home, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Is undone, newest first, before the daemon is ended. */
  onDispose(undo: () => void | Promise<void>): void {
    this.#undo.push(undo);
  }

  async dispose(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
    const { code, stdout, stderr } = await this.run('kill');
    const left = (): number[] => findByEnvironment('UPKEEP_HOME', this.home);
    let stray: number[] = [];
    try {
      await until(
        () => (left().length === 0 ? true : undefined),
        () => 'processes to be gone',
        5_000,
      );
    } catch {
      stray = left();
    }
    const described = stray.map((pid) => `${pid} ${commandLine(pid)}`);
    for (const pid of stray) process.kill(pid, 'SIGKILL');
    const leftFiles = filesOfKinds(this.home);
    const log = existsSync(this.paths.daemonLog)
      ? readFileSync(this.paths.daemonLog, 'utf8').split('\n').slice(-40).join('\n')
      : '';
    rmSync(this.root, { recursive: true, force: true });
    const problems = [
      ...(code === 0 ? [] : [`upkeep kill ended with ${code}: ${stdout}${stderr}`]),
      ...(described.length === 0 ? [] : [`processes were left:\n${described.join('\n')}`]),
      ...(leftFiles.length === 0 ? [] : [`sockets or FIFOs were left: ${leftFiles.join(', ')}`]),
    ];
    if (problems.length > 0) throw new Error(`${problems.join('\n')}\n--- daemon.log ---\n${log}`);
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Sockets and FIFOs below a folder. */
function filesOfKinds(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isSocket() || entry.isFIFO())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A port of loopback that nobody has now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** @param node runs everything in the tests */
export const testWith = (node: string) =>
  base.extend<{ rig: Rig }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures from this pattern
    rig: async ({}, use) => {
      const rig = new Rig(node);
      await use(rig);
      await rig.dispose();
    },
  });

/** `UPKEEP_TEST_NODE` names another Node to run the CLI, the daemon and the apps. */
export const test = testWith(process.env.UPKEEP_TEST_NODE ?? process.execPath);
