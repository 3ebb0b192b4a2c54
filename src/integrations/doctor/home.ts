/**
 * The folder that everything is kept in: whose it is, who may read it, what it lies on, and how much room is left. Without it
 * a list of apps would be found to be on a disk that is empty after each boot, after a boot.
 */
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HomePaths } from '../../platform/paths.ts';
import { type Finding, findingsOf, sizeInWords } from './finding.ts';

/** Magic numbers of statfs(2). */
const KINDS: Readonly<Record<number, 'memory' | 'network'>> = {
  16914836: 'memory', // tmpfs
  2240043254: 'memory', // ramfs
  26985: 'network', // nfs
  4283649346: 'network', // cifs
  4266872130: 'network', // smb2
  1702057286: 'network', // fuse, as sshfs is
};
const GROUP_OR_OTHERS = 0o077;
const LOW_BYTES = 1024 ** 3;
const VERY_LOW_BYTES = 100 * 1024 ** 2;
const LOW_INODES = 10_000;

const { good, warning, problem } = findingsOf('Home');

export interface HomeFacts {
  readonly paths: HomePaths;
  readonly uid: number;
}

export function checkHome({ paths, uid }: HomeFacts): readonly Finding[] {
  const { home } = paths;
  if (!existsSync(home)) return [good(`${home} is not there yet: it is made at the first start`)];
  return [
    ...owner(home, uid),
    ...folders(paths),
    ...place(home),
    ...room(home, 'home'),
    ...(dirname(paths.logs) === home && !isOtherDisk(paths.logs, home) ? [] : room(paths.logs, 'logs')),
    ...sockets(paths),
    ...setAside(home),
  ];
}

function owner(home: string, uid: number): readonly Finding[] {
  const { uid: whose, mode } = statSync(home);
  if (whose !== uid && uid !== 0)
    return [
      problem(
        `${home} belongs to another user (${whose})`,
        `name a home of your own by UPKEEP_HOME, or \`sudo chown -R ${uid} ${home}\` if a command was once run as that user`,
      ),
    ];
  const open = mode & GROUP_OR_OTHERS;
  return open === 0
    ? [good(`${home} is for its user alone`)]
    : [
        problem(
          `${home} is open to others (mode ${(mode & 0o777).toString(8)}): environments with secrets lie there`,
          `\`chmod 700 ${home}\``,
        ),
      ];
}

function folders({ home, logs, pids, run }: HomePaths): readonly Finding[] {
  return [home, logs, pids, run].filter(existsSync).flatMap((folder) => {
    try {
      accessSync(folder, constants.W_OK | constants.X_OK);
      return [];
    } catch (error) {
      return [problem(`${folder} cannot be written: ${(error as Error).message}`, 'mend its owner and mode')];
    }
  });
}

function isOtherDisk(path: string, other: string): boolean {
  return existsSync(path) && statSync(path).dev !== statSync(other).dev;
}

function place(home: string): readonly Finding[] {
  const kind = KINDS[statfsSync(home).type >>> 0];
  if (kind === 'memory' || /^\/(tmp|var\/tmp|dev\/shm|run)\//.test(home))
    return [
      warning(
        `${home} does not outlive a boot: the saved list and the logs go with it`,
        'choose a folder on a disk by UPKEEP_HOME',
      ),
    ];
  if (kind === 'network')
    return [
      warning(
        `${home} lies on a network file system: when that hangs, logs and commands hang with it`,
        'choose a folder on a local disk by UPKEEP_HOME; single logs can lie elsewhere',
      ),
    ];
  return [];
}

function room(folder: string, what: string): readonly Finding[] {
  if (!existsSync(folder)) return [];
  const { bavail, bsize, ffree, files } = statfsSync(folder);
  const free = bavail * bsize;
  const text = `${sizeInWords(free)} are free where ${what === 'home' ? 'the home' : 'the logs'} lie${what === 'home' ? 's' : ''}`;
  const advice = 'make room, or lower UPKEEP_LOG_DISK_BUDGET or `log_keep`; `upkeep flush` empties the logs';
  const findings: Finding[] = [
    free < VERY_LOW_BYTES ? problem(text, advice) : free < LOW_BYTES ? warning(text, advice) : good(text),
  ];
  // Some file systems have no fixed number of them, and say 0.
  if (files > 0 && ffree < LOW_INODES)
    findings.push(problem(`${ffree} files can be made there yet (inodes)`, 'remove what is not needed'));
  return findings;
}

function sockets({ home, rpcSocket }: HomePaths): readonly Finding[] {
  if (dirname(rpcSocket) === home) return [];
  return [
    warning(
      `the path of the home is too long for a socket: it lies in ${dirname(rpcSocket)} instead, which a cleaner of temporary files may remove`,
      'choose a shorter folder by UPKEEP_HOME',
    ),
  ];
}

/** Files that could not be read, and were put away. */
function setAside(home: string): readonly Finding[] {
  const names = readdirSync(home).filter((name) => /\.broken-\d+$/.test(name));
  return names.map((name) =>
    warning(
      `${join(home, name)} could not be read when the daemon started, and was set aside`,
      'look into it, and remove it when you have what you want of it',
    ),
  );
}
