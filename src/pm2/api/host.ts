/**
 * What one API object has to work with: its home, its folder, and a line to the daemon that is opened by the first call
 * that needs it. Without it every method would connect by itself, and `disconnect` could not tell what to close.
 */
import type { Client } from '../../client/client.ts';
import { type ConnectOptions, connect } from '../../client/index.ts';
import { UpkeepError } from '../../core/errors.ts';
import { tether } from './tether.ts';

export interface HostOptions {
  readonly home: string;
  /** Relative scripts and config files are looked up from here. */
  readonly cwd: string;
  /** false: the daemon ends, with its apps, when this program does. */
  readonly daemonMode: boolean;
  /** The home was chosen by the caller and may be removed by `destroy`. */
  readonly ownsHome: boolean;
}

export interface Closable {
  close(): void;
}

export class Host {
  readonly home: string;
  readonly cwd: string;
  readonly ownsHome: boolean;
  daemonMode: boolean;
  #opening: Promise<Client> | null = null;
  readonly #buses = new Set<Closable>();
  readonly #busy = new Set<Promise<unknown>>();

  constructor({ home, cwd, daemonMode, ownsHome }: HostOptions) {
    this.home = home;
    this.cwd = cwd;
    this.daemonMode = daemonMode;
    this.ownsHome = ownsHome;
  }

  /** As it is now: a program may change its own between two calls. */
  get env(): NodeJS.ProcessEnv {
    return process.env;
  }

  /** Opens the line if there is none, and starts a daemon where none lives. */
  client(): Promise<Client> {
    this.#opening ??= this.#open().then(({ client }) => client);
    this.#forgetIfFailed(this.#opening);
    return this.#opening;
  }

  /** The same, and whether the daemon was started for it. */
  async connect(): Promise<{ readonly client: Client; readonly isNew: boolean }> {
    if (this.#opening !== null) return { client: await this.#opening, isNew: false };
    const opened = this.#open();
    this.#opening = opened.then(({ client }) => client);
    this.#forgetIfFailed(this.#opening);
    return opened;
  }

  /** A line of its own to a daemon of any version, for the caller to close; null: no daemon lives. */
  aside(): Promise<Client | null> {
    return this.#join({ anyProtocol: true });
  }

  /** Its answer is waited for before the line is ended. */
  track(call: Promise<unknown>): void {
    this.#busy.add(call);
    const done = (): void => void this.#busy.delete(call);
    call.then(done, done);
  }

  /** Ends every bus, and the line when all calls are answered: a program may disconnect while one is on its way. */
  async disconnect(): Promise<void> {
    await this.closeBuses();
    await Promise.allSettled(this.#busy);
    await this.close();
  }

  /** Ends the line and every bus, so that nothing of ours keeps the program running. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    await this.closeBuses();
    await opening?.then(
      (client) => client.close(),
      () => {},
    );
  }

  async closeBuses(): Promise<void> {
    for (const bus of [...this.#buses]) bus.close();
    this.#buses.clear();
  }

  /** The line is of no use any more: the daemon has ended. */
  forget(): void {
    this.#opening = null;
  }

  /** Closed by `disconnect`. */
  keep(bus: Closable): void {
    this.#buses.add(bus);
  }

  async #open(): Promise<{ readonly client: Client; readonly isNew: boolean }> {
    const present = await this.#join({});
    if (present !== null) return { client: present, isNew: false };
    const client = await connect({ home: this.home, env: this.env });
    if (!this.daemonMode) tether(this.home);
    return { client, isNew: true };
  }

  async #join(options: Pick<ConnectOptions, 'anyProtocol'>): Promise<Client | null> {
    try {
      return await connect({ home: this.home, env: this.env, startDaemon: false, ...options });
    } catch (error) {
      if (error instanceof UpkeepError && error.code === 'NO_DAEMON') return null;
      throw error;
    }
  }

  #forgetIfFailed(opening: Promise<Client>): void {
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = null;
    });
  }
}
