/**
 * The sockets that apps declare: opened before anything of an app is started, held like all others, and inherited by each of
 * its processes. Without it a program that is not Node would refuse its clients while it restarts.
 */
import { declaredBy } from '../core/declared.ts';
import { fail, ok, type Result } from '../core/errors.ts';
import type { AppSpec, DeclaredSocket } from '../core/terms.ts';
import type { BoundHandle } from '../platform/bound-socket.ts';
import { type Opened, openSockets } from '../platform/listening-socket.ts';
import { commandOf, portOwners } from '../platform/ports.ts';
import type { HeldSocket, HeldSockets } from './sockets.ts';

/** Open, and nobody's yet. */
export interface OpenedSockets {
  readonly wanted: readonly DeclaredSocket[];
  readonly handles: readonly BoundHandle[];
  isGiven: boolean;
}

const heldAs = (owner: string, { socket }: DeclaredSocket): HeldSocket => ({ ...socket, owner, isDeclared: true });

export class DeclaredSockets {
  readonly #held: HeldSockets;
  readonly #listenProgram: string;
  /** By owner: instances that start together wait for one opening. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(held: HeldSockets, listenProgram: string) {
    this.#held = held;
    this.#listenProgram = listenProgram;
  }

  /** For apps that are not listed yet: all of them or none. */
  async openFor(specs: readonly AppSpec[]): Promise<Result<ReadonlyMap<AppSpec, OpenedSockets>>> {
    const opened = new Map<AppSpec, OpenedSockets>();
    for (const spec of specs) {
      const result = await this.#open(spec.name, declaredBy(spec));
      if (!result.ok) {
        this.closeUngiven(opened.values());
        return result;
      }
      opened.set(spec, result.value);
    }
    return ok(opened);
  }

  /** They are this owner's from now on. */
  give(owner: string, opened: OpenedSockets | undefined): void {
    if (opened === undefined) return;
    opened.isGiven = true;
    for (const [i, handle] of opened.handles.entries()) {
      const declared = opened.wanted[i];
      if (declared !== undefined) this.#held.hold(heldAs(owner, declared), handle);
    }
  }

  closeUngiven(all: Iterable<OpenedSockets>): void {
    for (const { isGiven, handles } of all) if (!isGiven) for (const handle of handles) handle.close();
  }

  /** What a process of this owner inherits, in the order of its config; opened now unless it is held. */
  async inherited(owner: string, spec: AppSpec): Promise<Result<() => readonly number[]>> {
    const before = this.#underWay.get(owner) ?? Promise.resolve();
    const opening = before.then(() => this.#openMissing(owner, spec));
    const settled = opening.catch(() => {});
    this.#underWay.set(owner, settled);
    void settled.then(() => this.#underWay.get(owner) === settled && this.#underWay.delete(owner));
    const opened = await opening;
    if (!opened.ok) return opened;
    return ok(() => declaredBy(spec).map((declared) => this.#held.find(heldAs(owner, declared))?.fd ?? -1));
  }

  /** Lets go of those that the app does not declare any more. */
  prune(owner: string, spec: AppSpec): void {
    const wanted = declaredBy(spec).map((declared) => heldAs(owner, declared));
    this.#held.keepDeclared(owner, wanted);
  }

  async #openMissing(owner: string, spec: AppSpec): Promise<Result<null>> {
    const missing = declaredBy(spec).filter((declared) => this.#held.find(heldAs(owner, declared)) === undefined);
    if (missing.length === 0) return ok(null);
    const opened = await this.#open(spec.name, missing);
    if (!opened.ok) return opened;
    this.give(owner, opened.value);
    return ok(null);
  }

  async #open(name: string, wanted: readonly DeclaredSocket[]): Promise<Result<OpenedSockets>> {
    if (wanted.length === 0) return ok({ wanted, handles: [], isGiven: false });
    let opened: Opened;
    try {
      opened = await openSockets(wanted, this.#listenProgram);
    } catch (error) {
      return fail('SPAWN_FAILED', `cannot listen for ${name}: ${(error as Error).message}`);
    }
    if (opened.ok) return ok({ wanted, handles: opened.handles, isGiven: false });
    const { at, code, text } = opened;
    const declared = wanted[at];
    const place = declared?.text ?? '';
    return fail(
      'IO_FAILED',
      `${name} cannot listen on ${place}: ${code}, ${text}${ownerOf(declared, code)}`,
      hintOf(code),
    );
  }
}

function ownerOf(declared: DeclaredSocket | undefined, code: string): string {
  const { port = -1, addressType = 0 } = declared?.socket ?? {};
  if (code !== 'EADDRINUSE' || port <= 0 || typeof addressType === 'string') return '';
  // The daemon itself holds copies of the sockets of apps.
  const pid = portOwners(port).pids.find((one) => one !== process.pid);
  return pid === undefined ? '' : `; process ${pid} (${commandOf(pid) ?? 'unknown'}) has it`;
}

function hintOf(code: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return 'end what has it, or give another address in `listen`';
    case 'EACCES':
      return 'ports below 1024 need root, or the capability CAP_NET_BIND_SERVICE for the daemon';
    case 'EADDRNOTAVAIL':
      return 'no interface of this machine has that address now';
    default:
      return undefined;
  }
}
