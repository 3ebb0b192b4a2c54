/**
 * Profiles and heap snapshots of running apps, taken on demand and kept in the home. Without the bounds here a few snapshots of a
 * large heap would fill the disk that the apps write their logs to.
 */
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import { UpkeepError } from '../../core/errors.ts';
import { safeName } from '../../core/log-paths.ts';
import { takeForeignFile } from '../../platform/foreign-file.ts';
import type { Profile, ProfileOrder } from '../api.ts';
import { detailOf } from './instances.ts';
import { badRequest, RefusedRequest } from './refusal.ts';

const MOST_FILES = 20;
/** The newest stays whatever its size. */
const MOST_BYTES = 2 * 1024 ** 3;
const USUAL_SECONDS = 10;
const LONGEST_SECONDS = 300;
/** A snapshot of a large heap takes its time. */
const SNAPSHOT_WAIT_MS = 600_000;

const EXTENSIONS: Readonly<Record<ProfileOrder['kind'], string>> = {
  cpu: 'cpuprofile',
  heap: 'heapprofile',
  heapsnapshot: 'heapsnapshot',
};
const KINDS = Object.keys(EXTENSIONS) as readonly ProfileOrder['kind'][];
const ABILITIES = { cpu: 'km:cpu:profiling', heap: 'km:heap:sampling' } as const;

export function orderOf({ id, kind, seconds }: Readonly<Record<string, unknown>>): Required<ProfileOrder> {
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) throw badRequest('id is the id of a process');
  const known = KINDS.find((one) => one === kind);
  if (known === undefined) throw badRequest(`kind is one of ${KINDS.join(', ')}`);
  const isTime = typeof seconds === 'number' && seconds > 0 && seconds <= LONGEST_SECONDS;
  if (seconds !== undefined && !isTime) throw badRequest(`seconds is a number above 0, up to ${LONGEST_SECONDS}`);
  return { id, kind: known, seconds: isTime ? seconds : USUAL_SECONDS };
}

interface Running {
  stop(): Promise<void>;
}

export class Profiles {
  readonly #folder: string;
  readonly #running = new Map<string, Running>();

  /** @param home of Upkeep; they are in its `profiles/`, which is nobody else's to read */
  constructor(home: string) {
    this.#folder = join(home, 'profiles');
  }

  /** Newest first. */
  list(): readonly Profile[] {
    return this.#files().map(({ file, kind, at, bytes }) => ({ file, kind, at, bytes }));
  }

  /** @returns null: there is no such profile */
  pathOf(file: string): string | null {
    return this.#files().some((one) => one.file === file) ? join(this.#folder, file) : null;
  }

  /** Resolves when it is written. */
  async take(client: Client, { id, kind, seconds }: Required<ProfileOrder>): Promise<Profile> {
    const key = `${id} ${kind}`;
    if (this.#running.has(key))
      throw new RefusedRequest(409, `a ${kind} profile of the process ${id} is being taken already: wait for its end`);
    this.#running.set(key, { stop: async () => {} });
    try {
      const { name, slot, spec } = await detailOf(client, id);
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      chmodSync(this.#folder, 0o700);
      const at = new Date().toISOString().replace(/[:.]/g, '-').slice(0, -1);
      const path = join(this.#folder, `${safeName(name)}-${slot}-${at}.${EXTENSIONS[kind]}`);
      // Another user's process cannot write here: it chooses a place of its own, from which the file is fetched.
      const isForeign = spec.uid !== null && spec.uid !== process.getuid?.();
      const params = isForeign ? undefined : { path };
      const written =
        kind === 'heapsnapshot'
          ? await call(client, id, 'km:heapdump', params, SNAPSHOT_WAIT_MS)
          : await this.#record(client, { id, kind, seconds }, params);
      if (written !== path) await takeForeignFile(written, path, spec.uid);
      chmodSync(path, 0o600);
      this.#prune();
      return { file: path.slice(this.#folder.length + 1), kind, at: Date.now(), bytes: statSync(path).size };
    } finally {
      this.#running.delete(key);
    }
  }

  /** No app goes on recording for a server that has gone. */
  async endAll(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map((running) => running.stop()));
  }

  async #record(
    client: Client,
    { id, kind, seconds }: { readonly id: number; readonly kind: 'cpu' | 'heap'; readonly seconds: number },
    params: object | undefined,
  ): Promise<string> {
    const ability = ABILITIES[kind];
    await call(client, id, `${ability}:start`, undefined, SNAPSHOT_WAIT_MS);
    const end = new AbortController();
    const over = sleep(seconds * 1000, undefined, { signal: end.signal })
      .catch(() => {})
      .then(() => call(client, id, `${ability}:stop`, params, SNAPSHOT_WAIT_MS));
    this.#running.set(`${id} ${kind}`, {
      stop: async () => {
        end.abort();
        await over;
      },
    });
    return over;
  }

  #files(): readonly (Profile & { readonly path: string })[] {
    let names: string[] = [];
    try {
      names = readdirSync(this.#folder, { withFileTypes: true }).flatMap((one) => (one.isFile() ? [one.name] : []));
    } catch {
      // none was taken yet
    }
    return names
      .flatMap((file) => {
        const path = join(this.#folder, file);
        const kind = KINDS.find((one) => file.endsWith(`.${EXTENSIONS[one]}`));
        const found = statSync(path, { throwIfNoEntry: false });
        return kind === undefined || found === undefined
          ? []
          : [{ file, path, kind, at: Math.round(found.mtimeMs), bytes: found.size }];
      })
      .sort((a, b) => b.at - a.at);
  }

  #prune(): void {
    let bytes = 0;
    this.#files().forEach((one, i) => {
      bytes += one.bytes;
      if (i > 0 && (i >= MOST_FILES || bytes > MOST_BYTES)) rmSync(one.path, { force: true });
    });
  }
}

/** @returns the file that was written; empty: none */
async function call(
  client: Client,
  id: number,
  action: string,
  params: object | undefined,
  waitMs: number,
): Promise<string> {
  const options = { by: 'runtime', waitMs, ...(params === undefined ? {} : { params }) } as const;
  const { replies, failures } = await client.trigger(id, action, options);
  const reply = replies.find(({ process }) => process.id === id);
  const failure = failures[0];
  if (reply === undefined)
    throw new UpkeepError(failure ?? { code: 'NOT_RUNNING', message: `the process ${id} did not answer to ${action}` });
  const { success, err, dump_file } = ((reply.data as { readonly return?: unknown } | null)?.return ?? {}) as {
    readonly success?: boolean;
    readonly err?: string;
    readonly dump_file?: string;
  };
  if (success === true) return dump_file ?? '';
  throw new RefusedRequest(409, `${reply.process.name} (${id}) did not do it: ${err ?? 'it does not say why'}`);
}
