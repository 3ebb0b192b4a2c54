/**
 * The API object: every method bound, so that it works however it was taken off the object. Without the binding
 * `const { list } = require('upkeep/pm2')` and `import * as pm2` would lose the daemon that they belong to.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { homeFrom } from '../../platform/paths.ts';
import { launchBus } from './bus.ts';
import { byActionName } from './by-action.ts';
import { byCommand } from './by-command.ts';
import { constantsOf } from './constants.ts';
import { daemon } from './daemon.ts';
import { asPm2Error, Pm2Error } from './failure.ts';
import { Host } from './host.ts';
import { lifecycle } from './lifecycle.ts';
import { logs } from './logs.ts';
import { looking } from './looking.ts';
import { messages } from './messages.ts';
import type { Operations } from './operation.ts';
import { RpcClient } from './rpc-client.ts';
import { settle, splitCallback } from './settle.ts';
import { settleBus } from './settle-bus.ts';
import { without } from './without.ts';

export interface Pm2Options {
  /** Relative scripts and config files are looked up from here. Default: the folder of the program. */
  readonly cwd?: string;
  /** Folder of the daemon. Default: as the command line finds it. */
  readonly pm2_home?: string;
  /** A home of its own in the folder for temporary files, and a daemon that ends with the program. */
  readonly independent?: boolean;
  /** false: the daemon ends, with its apps, when the program does. Default true. */
  readonly daemon_mode?: boolean;
  readonly machine_name?: string;
  readonly public_key?: string;
  readonly secret_key?: string;
}

const OPERATIONS: Operations = {
  ...without,
  ...lifecycle,
  ...looking,
  ...daemon,
  ...messages,
  ...logs,
  ...byActionName,
  ...byCommand,
};

/** They end the line themselves, or go on until somebody does. */
const UNTRACKED: ReadonlySet<string> = new Set(['disconnect', 'close', 'destroy', 'attach']);

function homeOf({ pm2_home, independent, cwd = process.cwd() }: Pm2Options): string {
  if (independent === true && pm2_home !== undefined)
    throw new Pm2Error('independent and pm2_home exclude each other: an independent home is a new one', 'BAD_REQUEST');
  if (independent === true) return mkdtempSync(join(tmpdir(), 'upkeep-independent-'));
  return pm2_home === undefined ? homeFrom(process.env, cwd) : resolve(cwd, pm2_home);
}

export class Pm2 {
  readonly pm2_home: string;
  readonly cwd: string;
  readonly Client: RpcClient;
  readonly machine_name: string | undefined;
  readonly #host: Host;

  constructor(options: Pm2Options = {}) {
    const { independent = false, daemon_mode: daemonMode = !independent } = options;
    const home = homeOf(options);
    const cwd = resolve(options.cwd ?? process.cwd());
    const host = new Host({ home, cwd, daemonMode, ownsHome: independent || options.pm2_home !== undefined });
    this.#host = host;
    this.pm2_home = home;
    this.cwd = cwd;
    this.Client = new RpcClient(host);
    this.machine_name = options.machine_name;
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      const method = (...given: readonly unknown[]): unknown => {
        const { args, callback } = splitCallback(given);
        const result = operation(host, ...args).catch((error: unknown) => {
          throw asPm2Error(error);
        });
        if (!UNTRACKED.has(name)) host.track(result);
        return settle(result, callback);
      };
      Object.defineProperty(this, name, { value: method, enumerable: true, writable: true, configurable: true });
    }
    // Its answer has two values.
    const bus = (callback?: (error: Error | null, bus?: unknown, socket?: unknown) => void): unknown =>
      settleBus(launchBus(host), callback);
    Object.defineProperty(this, 'launchBus', { value: bus, enumerable: true, writable: true, configurable: true });
  }

  get daemon_mode(): boolean {
    return this.#host.daemonMode;
  }

  get _conf(): Readonly<Record<string, unknown>> {
    return constantsOf(this.pm2_home, this.#host.env);
  }
}
