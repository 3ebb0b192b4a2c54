/**
 * One of the two that are compared, with a home and a folder of apps of its own. Without it each case would start, ask
 * and clean up PM2 and Upkeep in two ways, and the difference could be the test's.
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findByEnvironment } from '../../src/platform/process.ts';
import { until } from '../helpers/until.ts';

export type Which = 'pm2' | 'upkeep';

const ROOT = join(import.meta.dirname, '../..');
const APPS = join(import.meta.dirname, 'apps');
const CLI: Readonly<Record<Which, string>> = {
  pm2: join(ROOT, '.reference/node_modules/pm2/bin/pm2'),
  upkeep: join(ROOT, 'dist/cli.cjs'),
};

/** Words of commands after which something may be registered. */
const REGISTERS = /start|reload|resurrect|scale|serve|install/i;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An entry of `jlist`; what a case looks at it must check itself. */
export interface Entry {
  readonly pid: number;
  readonly name: string;
  readonly pm_id: number;
  readonly monit: { readonly memory: number; readonly cpu: number };
  readonly pm2_env: Readonly<Record<string, unknown>>;
}

/** What `tell.js` wrote: a start with what it saw, a signal, or a message. */
export type Told =
  | {
      readonly started: string;
      readonly args: readonly string[];
      readonly execArgv: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly signal: string; readonly id: string }
  | { readonly message: unknown; readonly id: string };

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

export class Side {
  readonly which: Which;
  readonly root: string;
  readonly home: string;
  /** Where the commands run: fresh for each case, with the apps in it. */
  folder = '';
  readonly #sharesHome: boolean;
  #cases = 0;
  #mayHaveApps = false;

  /** @param home of another side; absent: one of its own */
  constructor(which: Which, home?: string) {
    this.which = which;
    if (!existsSync(CLI[which])) throw new Error(`${CLI[which]} is not there: run \`npm run test:pm2\``);
    this.root = realpathSync(mkdtempSync(join(tmpdir(), `both-${which}-`)));
    this.home = home ?? join(this.root, 'home');
    this.#sharesHome = home !== undefined;
    mkdirSync(this.home, { recursive: true });
  }

  get env(): NodeJS.ProcessEnv {
    const { PATH, LANG } = process.env;
    // Upkeep takes over the home of PM2 if it has no other: that is what an alias relies on.
    const quiet = { PM2_DISCRETE_MODE: 'true', PM2_NO_INTERACTION: 'true', PM2_DISABLE_VERSION_CHECK: 'true' };
    // Where tests run as root, it is said once what that means, and PM2 does not.
    return { PATH, LANG, NO_COLOR: '1', UPKEEP_ALLOW_ROOT: '1', HOME: this.root, PM2_HOME: this.home, ...quiet };
  }

  /** Program of the command line, as an app inside would call it. */
  get cli(): readonly string[] {
    return [CLI[this.which]];
  }

  newCase(): void {
    this.folder = join(this.root, `case-${this.#cases++}`);
    cpSync(APPS, this.folder, { recursive: true });
  }

  /** Runs the command line; resolves with what it printed, whatever its exit code. */
  run(...args: string[]): Promise<Ran> {
    return this.runWith({}, ...args);
  }

  runWith(options: RunOptions, ...args: string[]): Promise<Ran> {
    if (args.some((word) => REGISTERS.test(word))) this.#mayHaveApps = true;
    return new Promise((resolve) => {
      const settings = {
        env: { ...this.env, ...options.env },
        cwd: options.cwd ?? this.folder,
        maxBuffer: 64 * 1024 * 1024,
        // Some of PM2's mistakes wait for ever.
        timeout: 30_000,
      };
      const child = execFile(process.execPath, [CLI[this.which], ...args], settings, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
      });
      child.stdin?.end(options.input ?? '');
    });
  }

  /** Runs it one after the other; only the exit codes count. */
  async codes(...lines: readonly string[][]): Promise<readonly number[]> {
    const codes: number[] = [];
    for (const line of lines) codes.push((await this.run(...line)).code);
    return codes;
  }

  /** Runs the command line, which must succeed. */
  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`${this.which} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  async list(): Promise<readonly Entry[]> {
    return JSON.parse(await this.must('jlist')) as readonly Entry[];
  }

  /** The only entry, or the only one of that name. */
  async one(name?: string): Promise<Entry> {
    const found = (await this.list()).filter((entry) => name === undefined || entry.name === name);
    if (found.length !== 1) throw new Error(`${this.which}: ${found.length} entries are named ${name ?? 'anything'}`);
    return found[0] as Entry;
  }

  /** What the list says of each: enough for most comparisons. */
  async summary(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return (await this.list()).map(({ name, pm_id, pid, pm2_env: env }) => ({
      name,
      id: pm_id,
      status: env.status,
      restarts: env.restart_time,
      mode: env.exec_mode,
      hasPid: pid > 0,
    }));
  }

  /** Waits until the list satisfies the condition. */
  async when(condition: (list: readonly Entry[]) => boolean, what: string): Promise<readonly Entry[]> {
    let last: readonly Entry[] = [];
    return until(
      async () => {
        last = await this.list();
        return condition(last) ? last : undefined;
      },
      () =>
        `${this.which}: ${what}; last seen: ${JSON.stringify(last.map(({ name, pm2_env: { status } }) => [name, status]))}`,
    );
  }

  /** What `tell.js` has told in this case, after at least `count` lines. */
  async told(count: number): Promise<readonly Told[]> {
    const file = join(this.folder, 'told.jsonl');
    const read = (): Told[] =>
      this.read(file)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Told);
    return until(
      () => (read().length >= count ? read() : undefined),
      () => `${this.which}: ${count} lines in ${file}, which has ${read().length}`,
    );
  }

  /** What the newest start of `tell.js` saw. */
  async started(count = 1): Promise<Extract<Told, { started: string }>> {
    const starts = (await this.told(count)).filter((told) => 'started' in told);
    return starts.at(-1) as Extract<Told, { started: string }>;
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Of the case's folder, unless absolute; empty while it is not there. */
  read(path: string): string {
    const file = path.startsWith('/') ? path : join(this.folder, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Names of files below the case's folder that were not there at its begin. */
  newFiles(): readonly string[] {
    const given = new Set(readdirSync(APPS, { recursive: true, encoding: 'utf8' }));
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => !given.has(name))
      .sort();
  }

  /** The same with this side's own paths named: what is compared must not differ by the folder. */
  normal<T>(value: T): T {
    if (typeof value === 'string') return this.#named(value) as T;
    if (Array.isArray(value)) return value.map((item) => this.normal(item)) as T;
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.#named(key), this.normal(item)])) as T;
  }

  #named(text: string): string {
    return text.replaceAll(this.folder, '<folder>').replaceAll(this.home, '<home>').replaceAll(this.root, '<root>');
  }

  /** Ends what a case left. */
  async clean(): Promise<void> {
    // Each call costs more than most of what is tested.
    if (this.#mayHaveApps) await this.runWith({ cwd: this.root }, 'delete', 'all');
    this.#mayHaveApps = false;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends the daemon and whatever else has this home in its environment. */
  async dispose(): Promise<void> {
    const { code, stdout, stderr } = await this.runWith({ cwd: this.root }, 'kill');
    // In a home of two the other side's processes are looked after by the other side.
    const left = (): readonly number[] => (this.#sharesHome ? [] : findByEnvironment('PM2_HOME', this.home));
    const stray = await until(
      () => (left().length === 0 ? [] : undefined),
      () => 'processes to be gone',
      10_000,
    ).catch(() => left());
    for (const pid of stray) process.kill(pid, 'SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
    if (code !== 0) throw new Error(`${this.which} kill ended with ${code}: ${stdout}${stderr}`);
    // PM2 may leave some behind; Upkeep must not.
    if (this.which === 'upkeep' && stray.length > 0) throw new Error(`processes were left: ${stray.join(', ')}`);
  }
}
