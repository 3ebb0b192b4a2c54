/**
 * Brings one life of an instance into being, asks it to end, ends it, and clears up after it. All signals go through
 * here to processes whose identity was checked, so that no other room needs to know what a keeper is.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AppSpec, ProcessIdentity } from '../core/terms.ts';
import type { Clock } from '../platform/clock.ts';
import { failpoint } from '../platform/failpoint.ts';
import { closeAll, type FifoPool, hasWriter, openReader, openWriter } from '../platform/fifo.ts';
import {
  bootId,
  findByEnvironment,
  identify,
  type ProcessEntry,
  readProcess,
  signalProcess,
} from '../platform/process.ts';
import { nextTable, type ProcessTable } from '../platform/process-table.ts';
import { type Channel, type LaunchFailure, readStatus, spawnKeeper } from '../platform/spawn.ts';
import { instanceFolder, lifeFolder } from './record.ts';

/** Marks every process of a life in its environment. */
export const TOKEN_VARIABLE = 'UPKEEP_TOKEN';

/** Descriptors of the keeper (shell/keeper.sh) that stay open until it is dismissed. */
export const LIFE_HELD_AS = 9;
const HELD_BY_KEEPER = [
  ['in', 0],
  ['out', 4],
  ['err', 5],
  ['life', LIFE_HELD_AS],
] as const;

/** Launches under way at a time: more would only make each other late. */
const LAUNCHES_AT_ONCE = 8;
/** How long leftovers may take to be gone after SIGKILL, and how often that is looked at. */
const SWEEP_PATIENCE_MS = 3_000;
const SWEEP_LOOK_MS = 10;

export interface LaunchOrder {
  readonly id: number;
  readonly incarnation: number;
  readonly token: string;
  readonly spec: AppSpec;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly withChannel: boolean;
  /** Descriptors that the program inherits, as they are when its turn has come. */
  readonly sockets: () => readonly number[];
  /** Asked when its turn has come: false gives it up without a trace. */
  readonly isWanted: () => boolean;
}

export type LaunchOutcome =
  | {
      readonly ok: true;
      readonly keeper: ProcessIdentity | null;
      readonly lifeFd: number;
      readonly channel: Channel | null;
    }
  | { readonly ok: false; readonly failure: LaunchFailure };

export class Launcher {
  readonly #run: string;
  readonly #pool: FifoPool;
  readonly #keeperScript: string;
  readonly #clock: Clock;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: { run: string; pool: FifoPool; keeperScript: string; clock: Clock }) {
    this.#run = options.run;
    this.#pool = options.pool;
    this.#keeperScript = options.keeperScript;
    this.#clock = options.clock;
  }

  folderOf(id: number, incarnation: number): string {
    return lifeFolder(this.#run, id, incarnation);
  }

  async launch(order: LaunchOrder): Promise<LaunchOutcome> {
    await this.#turn();
    try {
      return await this.#launchNow(order);
    } finally {
      this.#underWay--;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#underWay >= LAUNCHES_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#underWay++;
  }

  async #launchNow(order: LaunchOrder): Promise<LaunchOutcome> {
    failpoint('launch.recorded');
    if (!order.isWanted())
      return { ok: false, failure: { reason: 'it was given up before its turn came', permanent: false } };
    const folder = this.folderOf(order.id, order.incarnation);
    mkdirSync(instanceFolder(this.#run, order.id), { recursive: true, mode: 0o700 });
    const taken = await this.#pool.take(folder);
    if (!taken.ok) return { ok: false, failure: { reason: taken.failure.message, permanent: false } };
    failpoint('launch.prepared');
    const spawned = await spawnKeeper({
      folder,
      keeperScript: this.#keeperScript,
      label: String(order.id),
      command: order.command,
      cwd: order.spec.cwd,
      env: order.env,
      uid: order.spec.uid,
      gid: order.spec.gid,
      withChannel: order.withChannel,
      sockets: order.sockets(),
    });
    failpoint('launch.spawned');
    if (!spawned.ok) {
      rmSync(folder, { recursive: true, force: true });
      return spawned;
    }
    return {
      ok: true,
      keeper: identify(spawned.value.keeperPid),
      lifeFd: spawned.value.lifeFd,
      channel: spawned.value.channel,
    };
  }

  /** So many launches are about to come: their FIFOs are made ahead, many with one program. */
  expect(count: number): void {
    this.#pool.expect(count);
  }

  /** Signals the tree, children first, or only the main process. */
  async ask(
    target: ProcessIdentity,
    keeper: ProcessIdentity | null,
    signal: NodeJS.Signals,
    wholeTree: boolean,
  ): Promise<void> {
    if (wholeTree) await this.askDescendants(target, keeper, signal);
    signalProcess(target, signal);
  }

  /** The same for everything below the main process. */
  async askDescendants(target: ProcessIdentity, keeper: ProcessIdentity | null, signal: NodeJS.Signals): Promise<void> {
    for (const entry of descendants(await nextTable(), target, keeper)) signalProcess(identityOf(entry), signal);
  }

  /**
   * Ends what a dead life left behind, and waits until it is gone.
   * @returns how many processes are left in spite of SIGKILL
   */
  async sweep(life: LifeTraces, abandoned: boolean): Promise<number> {
    const deadlineAt = this.#clock.now() + SWEEP_PATIENCE_MS;
    const killed = new Set<string>();
    for (;;) {
      const left = leftovers(await nextTable(), life, abandoned);
      if (left.length === 0) return 0;
      for (const entry of left) {
        const key = `${entry.pid}:${entry.startTime}`;
        if (!killed.has(key) && signalProcess(identityOf(entry), 'SIGKILL') === 'sent') killed.add(key);
      }
      if (this.#clock.now() >= deadlineAt) return left.length;
      await new Promise<void>((resolve) => this.#clock.after(SWEEP_LOOK_MS, resolve));
    }
  }

  /**
   * Lets the keeper go and removes the folder of a life whose output has been read.
   *
   * @throws what the file system says of the folder (read-only, say); the next daemon tries again
   */
  async collect(id: number, incarnation: number, keeper: ProcessIdentity | null): Promise<void> {
    const folder = this.folderOf(id, incarnation);
    for (let attempt = 0; attempt < 50; attempt++) {
      const outcome = dismissKeeper(folder);
      // Its FIFO was deleted: nobody could ever tell it.
      if (outcome === 'absent' && keeper !== null) signalProcess(keeper, 'SIGKILL');
      if (outcome !== 'busy') break;
      await new Promise<void>((resolve) => this.#clock.after(20, resolve));
    }
    rmSync(folder, { recursive: true, force: true });
  }

  /**
   * The folder of a life is gone, and its keeper still holds the FIFOs that were in it: they get names again (Linux). Without
   * them nobody after this daemon could read what the process writes.
   */
  borrowFolder(id: number, incarnation: number, keeperPid: number): void {
    const folder = this.folderOf(id, incarnation);
    if (existsSync(join(folder, 'life')) || !existsSync(`/proc/${keeperPid}/fd`)) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [name, fd] of HELD_BY_KEEPER) {
      rmSync(join(folder, name), { force: true });
      symlinkSync(`/proc/${keeperPid}/fd/${fd}`, join(folder, name));
    }
    // What the keeper will write into its own is lost: how the process ends cannot be known.
    writeFileSync(join(folder, 'status'), statusHeldBy(keeperPid), { mode: 0o600 });
  }

  /** Looks at what is left of a life: for adoption. The reader is open afterwards, before anything is read. */
  inspect(
    id: number,
    incarnation: number,
  ): { lifeFd: number | null; held: boolean; status: ReturnType<typeof readStatus> } {
    const folder = this.folderOf(id, incarnation);
    let lifeFd: number | null = null;
    try {
      lifeFd = openReader(join(folder, 'life'));
    } catch {
      return { lifeFd: null, held: false, status: readStatus(folder) };
    }
    const held = hasWriter(lifeFd);
    return { lifeFd, held, status: readStatus(folder) };
  }
}

/** The keeper lets go of its status file when the process has ended: then all that is known is that there was one. */
function statusHeldBy(keeperPid: number): string {
  try {
    return readFileSync(`/proc/${keeperPid}/fd/8`, 'latin1');
  } catch {
    return 'pid 0\n';
  }
}

/** What is known of a life whose leftovers are looked for. */
interface LifeTraces {
  readonly keeper: ProcessIdentity | null;
  readonly token: string | null;
}

function descendants(table: ProcessTable, target: ProcessIdentity, keeper: ProcessIdentity | null): ProcessEntry[] {
  const session = table.get(target.pid)?.session ?? null;
  // The session is ours only if the keeper leads it; a program may have made its own.
  const ours = session !== null && session === keeper?.pid ? session : null;
  return table.tree(target.pid, ours).filter((entry) => entry.pid !== keeper?.pid && entry.pid !== process.pid);
}

function leftovers(table: ProcessTable, { keeper, token }: LifeTraces, abandoned: boolean): ProcessEntry[] {
  const keeperEntry = keeper === null ? undefined : table.get(keeper.pid);
  if (keeperEntry !== undefined && keeperEntry.startTime === keeper?.startTime) {
    // The keeper lives, so its session can be nobody else's.
    const found = table.tree(keeperEntry.pid, keeperEntry.pid);
    return abandoned ? [...found, keeperEntry] : found;
  }
  if (token === null) return [];
  return findByEnvironment(TOKEN_VARIABLE, token).flatMap((pid) => readProcess(pid) ?? []);
}

/** Says to a keeper whose process has ended that everything is read. `absent`: there is none. */
function dismissKeeper(folder: string): 'told' | 'absent' | 'busy' {
  let fd: number;
  try {
    fd = openWriter(join(folder, 'in'));
  } catch {
    return 'absent';
  }
  try {
    // A line end first: the program may have left half a line unread.
    writeSync(fd, '\nupkeep-collected\n');
    return 'told';
  } catch {
    return 'busy';
  } finally {
    closeAll([fd]);
  }
}

const identityOf = (entry: ProcessEntry): ProcessIdentity => ({
  pid: entry.pid,
  startTime: entry.startTime,
  bootId: bootId(),
});
