/**
 * All checks of the machine, in the order in which a person would go: from the program outwards. Without one place for
 * gathering the facts each check would ask the daemon and the kernel by itself.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import type { Client } from '../../client/client.ts';
import { VERSION } from '../../client/version.ts';
import { parseMemory } from '../../platform/host-counters.ts';
import { pathsOf } from '../../platform/paths.ts';
import { lastingNode } from '../boot/node-path.ts';
import { checkApps, checkSaved } from './apps.ts';
import { checkDaemon } from './daemon.ts';
import { type Finding, findingsOf, type Read } from './finding.ts';
import { checkHome } from './home.ts';
import { checkLimits } from './limits.ts';
import { checkMemory } from './memory.ts';
import { checkNode } from './node.ts';

const LOGIND_FOLDERS = ['/etc/systemd/logind.conf', '/etc/systemd/logind.conf.d', '/usr/lib/systemd/logind.conf.d'];
/** Node's own, unless an app says otherwise. */
const BACKLOG = 511;

export interface Patient {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  /** null: no daemon runs. */
  readonly client: Client | null;
  readonly pm2Pid: number | null;
  /** Whether a boot would bring the apps up. */
  readonly boot: () => readonly Finding[];
}

export const readFile: Read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

export async function examine({ env, home, client, pm2Pid, boot }: Patient): Promise<readonly Finding[]> {
  const paths = pathsOf(home, env);
  const [listed, instances] =
    client === null ? [null, []] : await Promise.all([client.listWithNotes(), client.describe()]);
  const pid = client?.daemon.pid ?? 'self';
  const memory = parseMemory(readFile('/proc/meminfo') ?? '');
  return [
    ...checkNode({
      version: process.versions.node,
      execPath: process.execPath,
      lastingPath: lastingNode(process.execPath, env.PATH ?? ''),
      daemonVersion: client?.daemon.node.replace(/^v/, '') ?? null,
      env,
      now: Date.now(),
    }),
    ...checkHome({ paths, uid: process.getuid?.() ?? 0 }),
    ...shell(),
    ...checkDaemon({
      daemon: client?.daemon ?? null,
      version: VERSION,
      notes: listed?.notes ?? [],
      read: readFile,
      pm2Pid,
      logind: logindSettings(),
    }),
    ...boot(),
    ...checkLimits({
      read: readFile,
      pid,
      openFiles: openFilesOf(pid),
      processes: instances.length,
      watched: new Set(instances.filter(({ watching }) => watching).map(({ appKey }) => appKey)).size,
      backlog: Math.max(BACKLOG, ...instances.flatMap(({ spec }) => spec.listen?.map(({ backlog }) => backlog) ?? [])),
    }),
    ...checkMemory({
      read: readFile,
      pid,
      availableBytes: memory?.availableBytes ?? freemem(),
      totalBytes: memory?.totalBytes ?? totalmem(),
    }),
    ...checkApps(instances),
    ...checkSaved(instances, savedApps(paths.dump)),
  ];
}

/** What every process is started with. */
function shell(): readonly Finding[] {
  const folders = (process.env.PATH ?? '').split(':');
  const has = (program: string): boolean => folders.some((folder) => existsSync(`${folder}/${program}`));
  const missing = [...(existsSync('/bin/sh') ? [] : ['/bin/sh']), ...(has('mkfifo') ? [] : ['mkfifo'])];
  return missing.map((program) =>
    findingsOf('Daemon').problem(
      `${program} is not there, and no process can be started without it`,
      program === 'mkfifo' ? 'install coreutils (or busybox), or mend PATH' : 'install a shell (dash, busybox)',
    ),
  );
}

/** Later files win, so they come last. */
function logindSettings(): string | null {
  const texts = LOGIND_FOLDERS.flatMap((path) => {
    if (!path.endsWith('.d')) return [readFile(path)];
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .sort()
      .map((name) => readFile(`${path}/${name}`));
  }).filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join('\n');
}

function openFilesOf(pid: number | 'self'): number | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return null;
  }
}

function savedApps(dump: string): readonly { readonly name: string; readonly instances: number }[] | null {
  try {
    const { apps } = JSON.parse(readFileSync(dump, 'utf8')) as {
      apps?: readonly { spec: { name: string; instances: number } }[];
    };
    return (apps ?? []).map(({ spec }) => ({ name: spec.name, instances: spec.instances }));
  } catch {
    return null;
  }
}
