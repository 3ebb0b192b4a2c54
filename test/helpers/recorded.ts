/**
 * What `test/upgrade/record.mjs` wrote down of released builds. They are replayed against this one, which needs neither the old
 * build nor the history of the repository.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MethodName } from '../../src/protocol/control.ts';

const FOLDER = join(import.meta.dirname, '../upgrade/recorded');
/** Stands in every recording where the recorder's own folder was. */
export const RECORDED_ROOT = '/tmp/upkeep-recorded';

export interface Recorded {
  readonly version: string;
  readonly folder: string;
}

export const RECORDED: readonly Recorded[] = readdirSync(FOLDER).map((version) => ({
  version,
  folder: join(FOLDER, version),
}));

export interface Call {
  readonly params: unknown;
  readonly result?: unknown;
}

/** The last call of each method and what the daemon answered, with another folder for the recorder's. */
export function recordedCalls({ folder }: Recorded, root: string): Readonly<Partial<Record<MethodName, Call>>> {
  const text = readFileSync(join(folder, 'control.json'), 'utf8').replaceAll(RECORDED_ROOT, root);
  return (JSON.parse(text) as { readonly calls: Readonly<Partial<Record<MethodName, Call>>> }).calls;
}
