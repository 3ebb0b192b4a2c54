/**
 * The object that PM2's API carries as `Client`. Third-party tools reach for it where the public methods gave them too
 * little.
 */
import { pathsOf } from '../../platform/paths.ts';
import { launchBus } from './bus.ts';
import { daemon } from './daemon.ts';
import type { Host } from './host.ts';
import { looking } from './looking.ts';
import { executeRemote, exposedMethods } from './remote.ts';
import { type Callback, settle, splitCallback } from './settle.ts';
import { settleBus } from './settle-bus.ts';

export class RpcClient {
  readonly #host: Host;
  readonly pm2_home: string;
  readonly rpc_socket_file: string;
  readonly pub_socket_file: string;

  constructor(host: Host) {
    const { rpcSocket } = pathsOf(host.home, host.env);
    this.#host = host;
    this.pm2_home = host.home;
    this.rpc_socket_file = rpcSocket;
    this.pub_socket_file = rpcSocket;
  }

  get daemon_mode(): boolean {
    return this.#host.daemonMode;
  }

  /** Connects; starts a daemon where none lives. */
  start(callback?: Callback): unknown {
    return settle(daemon.connect(this.#host), callback ?? null);
  }

  executeRemote(method: string, ...rest: readonly unknown[]): unknown {
    const { args, callback } = splitCallback(rest);
    return settle(executeRemote(this.#host, method, args[0]), callback);
  }

  getExposedMethods(callback?: Callback): unknown {
    return settle(this.#host.client().then(exposedMethods), callback ?? null);
  }

  /** Whether a daemon lives; starts none. */
  pingDaemon(callback?: (isAlive: boolean) => void): unknown {
    const alive = this.#host.aside().then((client) => {
      client?.close();
      return client !== null;
    });
    if (callback === undefined) return alive;
    alive.then(
      (isAlive) => process.nextTick(callback, isAlive),
      () => process.nextTick(callback, false),
    );
    return undefined;
  }

  killDaemon(callback?: Callback): unknown {
    return settle(daemon.kill(this.#host), callback ?? null);
  }

  launchBus(callback?: (error: Error | null, bus?: unknown, socket?: unknown) => void): unknown {
    return settleBus(launchBus(this.#host), callback);
  }

  disconnectBus(callback?: Callback): unknown {
    return settle(this.#host.closeBuses(), callback ?? null);
  }

  disconnectRPC(callback?: Callback): unknown {
    return this.close(callback);
  }

  close(callback?: Callback): unknown {
    return settle(this.#host.disconnect(), callback ?? null);
  }

  getAllProcess(callback?: Callback): unknown {
    return settle(looking.list(this.#host), callback ?? null);
  }

  getAllProcessId(callback?: Callback): unknown {
    return settle(
      this.#views((views) => views.map(({ id }) => id)),
      callback ?? null,
    );
  }

  getProcessByName(name: string, callback?: Callback): unknown {
    return settle(
      this.#entries((entry) => entry.name === name),
      callback ?? null,
    );
  }

  getProcessByNameOrId(target: string | number, callback?: Callback): unknown {
    const isMeant = (entry: { name: string; pm_id: number }): boolean =>
      entry.name === String(target) || String(entry.pm_id) === String(target);
    return settle(this.#entries(isMeant), callback ?? null);
  }

  getProcessIdByName(name: string, ...rest: readonly unknown[]): unknown {
    return settle(looking.getProcessIdByName(this.#host, name), splitCallback(rest).callback);
  }

  getProcessIdsByNamespace(namespace: string, ...rest: readonly unknown[]): unknown {
    const ids = this.#views((views) => views.filter((view) => view.namespace === namespace).map(({ id }) => id));
    return settle(ids, splitCallback(rest).callback);
  }

  async #views<T>(pick: (views: readonly { readonly id: number; readonly namespace: string }[]) => T): Promise<T> {
    return pick(await (await this.#host.client()).list());
  }

  async #entries(isMeant: (entry: { name: string; pm_id: number }) => boolean): Promise<unknown> {
    const entries = (await looking.list(this.#host)) as readonly { name: string; pm_id: number }[];
    return entries.filter(isMeant);
  }
}
