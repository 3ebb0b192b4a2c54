/**
 * Reads the machine's counters: a few small files on Linux, what Node knows elsewhere. Without the care for each source
 * by itself, one file that is missing in a container would take all the others with it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';
import type { FileSystemUse, HostCounters, HostMemory, InterfaceCounters } from '../core/host.ts';

const SECTOR_BYTES = 512;
/** Whole disks: a partition would be counted twice, and a loop or device-mapper volume stands on one of these. */
const DISK = /^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;
/** Kinds that lie on this machine's disks: a look at a dead network share would never come back. */
const LOCAL_KINDS = new Set(
  'ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs vfat exfat ntfs3 overlay bcachefs'.split(' '),
);

/** null: this source is not there. */
function from<T>(path: string, parse: (text: string) => T): T | null {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

export function readHostCounters(at: number): HostCounters {
  return {
    at,
    cpu: cpuTimes(),
    memory: from('/proc/meminfo', parseMemory) ?? { totalBytes: totalmem(), availableBytes: freemem() },
    disk: from('/proc/diskstats', parseDisks),
    interfaces: (from('/proc/net/dev', parseInterfaces) ?? []).filter(({ name }) => !isDown(name)),
    temperature: temperature(),
  };
}

function cpuTimes(): HostCounters['cpu'] {
  let [busyMs, totalMs] = [0, 0];
  for (const { times } of cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    busyMs += busy;
    totalMs += busy + times.idle;
  }
  return { busyMs, totalMs };
}

export function parseMemory(text: string): HostMemory | null {
  const bytesOf = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024;
  const memory = { totalBytes: bytesOf('MemTotal'), availableBytes: bytesOf('MemAvailable') };
  return Number.isNaN(memory.totalBytes + memory.availableBytes) ? null : memory;
}

export function parseDisks(text: string): HostCounters['disk'] {
  let [readBytes, writtenBytes] = [0, 0];
  let found = false;
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (!DISK.test(fields[2] ?? '')) continue;
    found = true;
    readBytes += Number(fields[5]) * SECTOR_BYTES;
    writtenBytes += Number(fields[9]) * SECTOR_BYTES;
  }
  return found ? { readBytes, writtenBytes } : null;
}

export function parseInterfaces(text: string): InterfaceCounters[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*([^\s:]+):\s*(.*)$/.exec(line);
    if (match === null) return [];
    const values = (match[2] ?? '').trim().split(/\s+/).map(Number);
    const at = (index: number): number => values[index] ?? 0;
    return [
      {
        name: match[1] ?? '',
        receivedBytes: at(0),
        receiveErrors: at(2),
        receiveDrops: at(3),
        sentBytes: at(8),
        sendErrors: at(10),
        sendDrops: at(11),
      },
    ];
  });
}

/** Nobody asks for the traffic of an interface that is switched off. */
const isDown = (name: string): boolean => from(`/sys/class/net/${name}/operstate`, (text) => text.trim()) === 'down';

/** Of the CPU's own sensor, where there is one. */
function temperature(): number | null {
  const folder = '/sys/class/thermal';
  try {
    for (const zone of readdirSync(folder)) {
      const kind = from(`${folder}/${zone}/type`, (text) => text.trim());
      if (kind !== null && /^(x86_pkg_temp|cpu|soc)/.test(kind))
        return from(`${folder}/${zone}/temp`, (text) => Number(text) / 1000);
    }
  } catch {
    // no sensors, as in most virtual machines
  }
  return null;
}

/** Of the disks of this machine. Does not block: a disk that hangs only keeps this answer away. */
export async function readFileSystems(): Promise<readonly FileSystemUse[]> {
  const mounts = from('/proc/mounts', (text) => text.split('\n').map((line) => line.split(' '))) ?? [['', '/', 'ext4']];
  const seen = new Map<string, string>();
  for (const [device = '', mount = '', kind = ''] of mounts)
    if (LOCAL_KINDS.has(kind) && !seen.has(device)) seen.set(device, mount.replaceAll('\\040', ' '));
  const looked = await Promise.all(
    [...seen.values()].map(async (mount): Promise<FileSystemUse | null> => {
      try {
        const { blocks, bfree, bavail, bsize } = await statfs(mount);
        const used = blocks - bfree;
        if (blocks === 0) return null;
        return { mount, sizeBytes: blocks * bsize, usedPercent: (used / Math.max(1, used + bavail)) * 100 };
      } catch {
        return null;
      }
    }),
  );
  return looked.filter((use) => use !== null);
}
