/**
 * PM2's saved list, read as what the user meant. The file may come from another program or another hand: nothing in it is
 * run, and an entry that makes no sense costs only itself.
 */
import type { Context } from '../config/context.ts';
import { inheritedEnv } from '../config/environment.ts';
import { toSpecs } from '../config/normalise.ts';
import { OPTIONS } from '../config/options.ts';
import type { AppSpec } from '../core/terms.ts';
import type { SavedApp } from '../protocol/control.ts';

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** PM2's record has these under other names, or in another sense. */
const OWN_RULE = new Set([
  'script',
  'cwd',
  'instances',
  'exec_mode',
  'out_file',
  'error_file',
  'log_file',
  'pid_file',
  'env',
]);

/** @throws SyntaxError if it is not a list of entries */
export function parseDump(text: string): readonly Entry[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list) || !list.every(isEntry)) throw new SyntaxError('it is not a list of entries');
  return list;
}

/** Instances that do not share their files have their id at the end of the name; it is given anew. */
const withoutId = (path: unknown, isMerged: boolean): unknown =>
  typeof path === 'string' && !isMerged ? path.replace(/-\d+(\.[^./]+)?$/, '$1') : path;

function optionsOf(entry: Entry, instances: number): Record<string, unknown> {
  const isCluster = entry.exec_mode === 'cluster_mode';
  const isMerged = entry.merge_logs === true;
  const known = OPTIONS.filter(({ name }) => !OWN_RULE.has(name) && entry[name] != null);
  const options: Record<string, unknown> = Object.fromEntries(known.map(({ name }) => [name, entry[name]]));
  const put = (key: string, value: unknown): void => {
    if (value != null) options[key] = value;
  };
  put('name', entry.name);
  put('script', entry.pm_exec_path);
  put('cwd', entry.pm_cwd);
  put('exec_mode', isCluster ? 'cluster' : 'fork');
  put('out_file', withoutId(entry.pm_out_log_path, isMerged));
  put('error_file', withoutId(entry.pm_err_log_path, isMerged));
  put('log_file', withoutId(entry.pm_log_path, isMerged));
  if (isCluster || instances > 1) options.instances = instances;
  return options;
}

/** Their environment was whole in the entry: the caller's plays no part. */
function withEnvironment(spec: AppSpec, entry: Entry): AppSpec {
  const texts = Object.entries(isEntry(entry.env) ? entry.env : {}).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[key, String(value)]] : [],
  );
  // Marked as a caller that runs under a supervisor: what described the process itself stays behind.
  const { pm_id: _, ...inherited } = inheritedEnv({ ...Object.fromEntries(texts), pm_id: '0' }, undefined);
  return { ...spec, env: { inherited, declared: {} } };
}

const isStopped = (entry: Entry): boolean => entry.status === 'stopped' || entry.status === 'errored';

/** Entries of one app, as they were listed. */
function grouped(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.name, entry.namespace, entry.pm_exec_path, entry.exec_mode, entry.args]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

export interface SavedList {
  readonly apps: readonly SavedApp[];
  readonly notes: readonly string[];
}

export async function savedApps(entries: readonly Entry[], context: Context): Promise<SavedList> {
  const apps: SavedApp[] = [];
  const notes: string[] = [];
  for (const group of grouped(entries)) {
    const [entry] = group;
    if (entry === undefined || entry.pmx_module === true) continue;
    const made = await toSpecs([optionsOf(entry, group.length)], {}, context);
    const spec = made.ok ? made.value.specs[0] : undefined;
    if (!made.ok || spec === undefined) {
      notes.push(
        `${typeof entry.name === 'string' ? entry.name : JSON.stringify(entry.name)} cannot be started again: ${made.ok ? 'it is no app' : made.failure.message}`,
      );
      continue;
    }
    apps.push({ spec: withEnvironment(spec, entry), up: !group.every(isStopped) });
  }
  return { apps, notes };
}
