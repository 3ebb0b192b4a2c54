/**
 * What a cell is played on: a home with a clustered server under load, a writer of numbered lines, and who is who among
 * the processes. Without it each cell would have to find its victim anew.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { InstanceView } from '../../../src/protocol/control.ts';
import { type Load, startLoad } from '../../helpers/load.ts';
import { freePort, Rig } from '../../helpers/rig.ts';
import { until } from '../../helpers/until.ts';
import { type Cell, CLIENTS, FOLDER, LINE_BYTES, type Moment, type Victim } from './cells.ts';
import { DRAINER, daemonWithHand, SERVER, threadHand, WRITER } from './programs.ts';

/** The machine may be busy with other things. */
const PATIENCE_MS = 90_000;
const DIST = join(import.meta.dirname, '../../../dist');
/** A process that is stopped has a blocked event loop, and is asked for its stack. */
const INSPECTOR =
  /^(Debugger (listening on|attached|ending)|For help, see: https:\/\/nodejs|Waiting for the debugger).*\n/gm;
const SCRIPTS = ['server.js', 'writer.js', 'drainer.js'];
const DISK = 'size=24m,mode=700';

/** Whom a fault of a process hits, so that the moment is that process's own. */
const FOCUS: Readonly<Record<Moment, string>> = {
  idle: 'web',
  starting: 'extra',
  reloading: 'web',
  draining: 'drainer',
  rotating: 'writer',
  saving: 'web',
  upgrading: 'web',
};

/** Processes as they were when the fault came. */
export interface Cast {
  readonly daemon: number;
  readonly guard: number;
  readonly keepers: readonly number[];
  readonly keeper: number;
  readonly worker: number;
}

export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // gone already: what it was doing has ended it
  }
};

export class Stage {
  readonly cell: Cell;
  readonly rig = new Rig();
  readonly random: () => number;
  #load: Load | null = null;
  #mounted: string[] = [];
  #watch: NodeJS.Timeout | null = null;
  readonly #firstCounted = new Map<string, number>();
  /** Broken laws that only somebody who looks all the time can see. */
  readonly seen = new Set<string>();
  /** Who has the pid of somebody who is gone: nobody may signal them. */
  readonly strangers: { readonly pid: number; readonly shell: ChildProcess }[] = [];

  constructor(cell: Cell, random: () => number) {
    this.cell = cell;
    this.random = random;
  }

  get focus(): string {
    return FOCUS[this.cell.moment];
  }

  /** The apps that are to be up in the end, with how many processes. */
  get wanted(): Readonly<Record<string, number>> {
    return { web: 2, writer: 1, ...(this.cell.moment === 'starting' ? { extra: 2 } : {}) };
  }

  get load(): Load {
    if (this.#load === null) throw new Error('there is no load yet');
    return this.#load;
  }

  get loadOrNull(): Load | null {
    return this.#load;
  }

  async begin(): Promise<void> {
    const { rig } = this;
    const program = join(rig.root, 'program');
    mkdirSync(program);
    for (const name of readdirSync(DIST)) if (name !== 'daemon.cjs') symlinkSync(join(DIST, name), join(program, name));
    rig.write('program/daemon.cjs', daemonWithHand(rig.root, DIST));
    rig.write('thread-hand.cjs', threadHand(rig.root));
    rig.write('clock', '0');
    rig.env.UPKEEP_DAEMON_ENTRY = join(program, 'daemon.cjs');
    for (const folder of ['counts', 'alive']) mkdirSync(join(rig.root, folder));
    this.#mountDisks();
    rig.write('server.js', SERVER);
    rig.write('writer.js', WRITER);
    rig.write('drainer.js', DRAINER);
    const port = await freePort();
    const env = {
      HURT_FILE: join(rig.root, 'hurt-app'),
      COUNTS: join(rig.root, 'counts'),
      ALIVE: join(rig.root, 'alive'),
    };
    const logs = { log_max_size: '64K', log_keep: 1000 };
    const web = {
      name: 'web',
      script: './server.js',
      instances: 2,
      exec_mode: 'cluster',
      env: { ...env, PORT: port, BOOT_MS: 0 },
    };
    const writer = { name: 'writer', script: './writer.js', env, ...logs };
    const drainer = { name: 'drainer', script: './drainer.js', kill_timeout: 5000, env };
    const extra = { ...web, name: 'extra', env: { ...env, PORT: await freePort(), BOOT_MS: 400 } };
    const apps = this.cell.moment === 'draining' ? [web, writer, drainer] : [web, writer];
    rig.write('apps.json', JSON.stringify({ apps }));
    rig.write('extra.json', JSON.stringify({ apps: [extra] }));
    await rig.must('start', 'apps.json');
    this.#load = startLoad(port, CLIENTS);
    this.#watch = setInterval(() => this.#look(), 200);
    await until(
      () => (this.load.sent() > 60 && this.#counted() > 200 ? true : undefined),
      () => `load and lines: ${this.load.sent()}, ${this.#counted()}`,
      PATIENCE_MS,
    );
  }

  /** Disks of our own, where a fault of disks is to come. */
  #mountDisks(): void {
    const folder = FOLDER[this.cell.victim];
    if (this.cell.fault !== 'full-disk' || folder === undefined) return;
    const parts = folder === 'files' ? ['', 'logs', 'run'] : [folder];
    for (const part of parts) {
      const path = join(this.rig.home, part);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      execFileSync('mount', ['-t', 'tmpfs', '-o', DISK, 'upkeep-matrix', path]);
      this.#mounted.unshift(path);
    }
  }

  /** Who is who now. While one daemon follows another nobody can say: then as soon as one answers. */
  async cast(): Promise<Cast> {
    const { daemon, list } = await until(
      async () => {
        try {
          return { daemon: await this.rig.daemonPid(), list: await this.rig.list() };
        } catch {
          return undefined;
        }
      },
      () => 'a daemon that says who is who',
      PATIENCE_MS,
    );
    const one = list.find(({ name, pid }) => name === this.focus && pid > 0) ?? list.find(({ pid }) => pid > 0);
    return {
      daemon,
      guard: this.rig.guardPid(daemon) ?? 0,
      keepers: list.map(({ keeperPid }) => keeperPid).filter((pid) => pid > 0),
      keeper: one?.keeperPid ?? 0,
      worker: one?.pid ?? 0,
    };
  }

  /** The pids that a fault of that victim hits. */
  pidsOf(victim: Victim, cast: Cast): number[] {
    const { daemon, guard, keeper, keepers, worker } = cast;
    const pids: Readonly<Record<Victim, readonly number[]>> = {
      daemon: [daemon],
      guard: [guard],
      keeper: [keeper],
      pump: [daemon],
      worker: [worker],
      group: [keeper, worker],
      all: [guard, daemon, ...keepers],
    };
    return pids[victim].filter((pid) => pid > 0);
  }

  hurtDaemon(pid: number, where: 'main' | 'thread', what: string): void {
    this.rig.write('hurt-daemon', `${where} ${what}`);
    signal(pid, 'SIGWINCH');
  }

  hurtApp(pid: number, what: string): void {
    this.rig.write('hurt-app', what);
    signal(pid, 'SIGUSR2');
  }

  /** The thread's number, as its hand wrote it down. */
  threadId(): number {
    return Number(this.rig.read(join(this.rig.root, 'thread')).split('/').at(-1));
  }

  /** The list, if a daemon answers with one that has everything in it. */
  async whole(): Promise<readonly InstanceView[] | undefined> {
    const list = await this.rig.list().catch(() => []);
    const isThere = ([name, count]: [string, number]): boolean =>
      list.filter((one) => one.name === name).length === count;
    return Object.entries(this.wanted).every(isThere) ? list : undefined;
  }

  /** More processes than a slot may have: one, two while a reload replaces it. */
  #look(): void {
    const live = new Map<string, number>();
    for (const { slot } of this.#live()) live.set(slot, (live.get(slot) ?? 0) + 1);
    const most = this.cell.moment === 'reloading' ? 2 : 1;
    for (const [slot, count] of live) if (count > most) this.seen.add(`${count} processes live in slot ${slot}`);
  }

  /** By what each wrote down when it began: to search all processes of the machine all the time would cost the load its turns. */
  #live(): { readonly pid: number; readonly slot: string }[] {
    const folder = join(this.rig.root, 'alive');
    return readdirSync(folder).flatMap((name) => {
      const [pid = '', slot = ''] = name.split('-');
      const words = readOrEmpty(`/proc/${pid}/cmdline`).split('\0');
      const isOurs = SCRIPTS.some((script) => words.includes(join(this.rig.root, script)));
      return isOurs ? [{ pid: Number(pid), slot }] : [];
    });
  }

  /** The apps' processes that live. */
  appPids(): number[] {
    return this.#live()
      .map(({ pid }) => pid)
      .sort((a, b) => a - b);
  }

  #counted(): number {
    const folder = join(this.rig.root, 'counts');
    return readdirSync(folder).reduce((sum, pid) => sum + Number(readOrEmpty(join(folder, pid))), 0);
  }

  /** Lines as the writers counted them, and as they stand in the files. */
  lines(): { readonly written: number; readonly lost: number; readonly doubled: number; readonly broken: number } {
    const found = new Set<string>();
    let doubled = 0;
    let broken = 0;
    for (const text of this.#logTexts()) {
      for (const line of text.split('\n')) {
        if (line === '' || line.startsWith('[upkeep] ')) continue;
        const match = /^(\d+ \d+) x+$/.exec(line);
        if (match === null || line.length !== LINE_BYTES - 1) broken++;
        else if (found.has(match[1] as string)) doubled++;
        else found.add(match[1] as string);
      }
    }
    const counts = join(this.rig.root, 'counts');
    let written = 0;
    let lost = 0;
    for (const pid of readdirSync(counts)) {
      const count = Number(readOrEmpty(join(counts, pid)));
      written += count;
      for (let n = this.#firstCounted.get(pid) ?? 0; n < count; n++) if (!found.has(`${pid} ${n}`)) lost++;
    }
    return { written, lost, doubled, broken };
  }

  /** Of the writer's log and its rotated files, which may just be compressed: then each is read in one form. */
  #logTexts(): string[] {
    const folder = join(this.rig.home, 'logs');
    for (;;) {
      const names = entriesOf(folder).filter((name) => name.startsWith('writer-out.log') && !name.endsWith('.part'));
      try {
        return names
          .filter((name) => !names.includes(`${name}.gz`))
          .map((name) => {
            const bytes = readFileSync(join(folder, name));
            return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
          });
      } catch (error) {
        // It has its other name by now.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  /** What was written so far is in files that were deleted. */
  async countFromHere(): Promise<void> {
    await until(
      () => (existsSync(join(this.rig.home, 'logs', 'writer-out.log')) ? true : undefined),
      () => 'the log to be made anew',
      PATIENCE_MS,
    );
    const folder = join(this.rig.root, 'counts');
    for (const pid of readdirSync(folder)) this.#firstCounted.set(pid, Number(readOrEmpty(join(folder, pid))));
  }

  /** What apps wrote to stderr: they print nothing of their own there. */
  complaints(): string[] {
    const folder = join(this.rig.home, 'logs');
    return entriesOf(folder)
      .filter((name) => /-error(-\d+)?\.log$/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .filter((text) => text.replace(INSPECTOR, '').trim() !== '' && !text.includes('thrown by the matrix'));
  }

  /** Whether the stranger of that pid is still there. */
  isStranger(pid: number): boolean {
    return readOrEmpty(`/proc/${pid}/comm`) === 'sleep\n';
  }

  /** Ends everything. @returns what was left */
  async end(): Promise<string[]> {
    if (this.#watch !== null) clearInterval(this.#watch);
    const problems: string[] = [];
    await this.#load?.stop();
    for (const { pid, shell } of this.strangers) {
      if (this.isStranger(pid)) process.kill(pid, 'SIGKILL');
      shell.kill('SIGKILL');
    }
    if (this.#mounted.length > 0) {
      await this.rig.run('kill');
      for (const path of this.#mounted) execFileSync('umount', ['-l', path]);
    }
    await this.rig.dispose().catch((error: Error) => problems.push(error.message));
    return problems;
  }

  keep(name: string): void {
    const folder = process.env.UPKEEP_MATRIX_KEEP;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name.replaceAll('/', '-')), this.rig.read('daemon.log'));
  }
}

const entriesOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

export const entriesBut = (folder: string, kept: readonly string[]): string[] =>
  readdirSync(folder).filter((name) => !kept.includes(name));
