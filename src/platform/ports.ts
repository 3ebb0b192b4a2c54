/**
 * Which addresses a process listens on, and who has a port: seen from outside, so that it works for any program.
 * Without it `start` could only guess whether an app is up.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Listener {
  readonly address: string;
  readonly port: number;
}

const ON_LINUX = process.platform === 'linux';
/** State 0A in the tables of /proc/net (include/net/tcp_states.h: TCP_LISTEN). */
const LISTEN = '0A';

/** Listening TCP sockets of the network namespace of `pid`, by socket inode. */
function listenersByInode(pid: number | 'self'): Map<string, Listener> {
  const found = new Map<string, Listener>();
  for (const table of ['tcp', 'tcp6']) {
    let text: string;
    try {
      text = readFileSync(`/proc/${pid}/net/${table}`, 'latin1');
    } catch {
      continue;
    }
    for (const line of text.split('\n').slice(1)) {
      const field = line.trim().split(/\s+/);
      if (field[3] !== LISTEN || field[1] === undefined || field[9] === undefined) continue;
      const [host, port] = field[1].split(':');
      found.set(field[9], { address: addressOf(host ?? ''), port: Number.parseInt(port ?? '0', 16) });
    }
  }
  return found;
}

/** The kernel prints addresses as 32-bit words in host order (little-endian on what we run on). */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse().map((pair) => Number.parseInt(pair, 16)));
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '[::]';
  if (bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return '[::1]';
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return `[${groups.join(':')}]`;
}

/** Who listens at the path of a unix socket, also after its file was deleted (Linux; of this user's processes). */
export function unixListener(path: string): number | null {
  let table: string;
  try {
    table = readFileSync('/proc/self/net/unix', 'utf8');
  } catch {
    return null;
  }
  // Num RefCount Protocol Flags Type St Inode Path; flag 0x10000: it listens (__SO_ACCEPTCON).
  const inodes = table.split('\n').flatMap((line) => {
    const [, , , flags, , , inode, ...words] = line.trim().split(/\s+/);
    return flags === '00010000' && inode !== undefined && words.join(' ') === path ? [inode] : [];
  });
  if (inodes.length === 0) return null;
  const pid = readdirSync('/proc')
    .map(Number)
    .find(
      (candidate) => Number.isInteger(candidate) && socketInodes(candidate).some((inode) => inodes.includes(inode)),
    );
  return pid ?? null;
}

function socketInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`));
        return match?.[1] === undefined ? [] : [match[1]];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function lsofListeners(args: readonly string[]): { pid: number; address: string }[] {
  try {
    const text = execFileSync('lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpn', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let pid = 0;
    return text.split('\n').flatMap((line) => {
      if (line.startsWith('p')) pid = Number(line.slice(1));
      return line.startsWith('n') ? [{ pid, address: line.slice(1) }] : [];
    });
  } catch {
    return []; // lsof exits 1 where it finds nothing
  }
}

/** Addresses such as `0.0.0.0:3000` on which any of these processes listens. */
export function listeningAddresses(pids: readonly number[]): string[] {
  if (pids.length === 0) return [];
  if (!ON_LINUX) return [...new Set(lsofListeners(['-a', '-p', pids.join(',')]).map((listener) => listener.address))];
  const inodes = new Set(pids.flatMap(socketInodes));
  if (inodes.size === 0) return [];
  const found = new Set<string>();
  for (const [inode, listener] of listenersByInode(pids[0] ?? 'self')) {
    if (inodes.has(inode)) found.add(`${listener.address}:${listener.port}`);
  }
  return [...found];
}

/** Whether anybody listens on it; null: this system does not tell quickly enough. */
export function hasListener(port: number): boolean | null {
  if (!ON_LINUX) return null;
  for (const listener of listenersByInode('self').values()) if (listener.port === port) return true;
  return false;
}

export interface PortOwners {
  /** Somebody listens on it, seen or not. */
  readonly isTaken: boolean;
  /** Those that have its socket open, as far as they can be seen: other users' only by root. */
  readonly pids: readonly number[];
}

export function portOwners(port: number): PortOwners {
  if (!ON_LINUX) {
    const found = lsofListeners([]).filter((listener) => listener.address.endsWith(`:${port}`));
    return { isTaken: found.length > 0, pids: [...new Set(found.map((listener) => listener.pid))] };
  }
  const wanted = new Set<string>();
  for (const [inode, listener] of listenersByInode('self')) if (listener.port === port) wanted.add(inode);
  if (wanted.size === 0) return { isTaken: false, pids: [] };
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && socketInodes(pid).some((inode) => wanted.has(inode)));
  return { isTaken: true, pids };
}

/** The command line of a process, for people; null if it cannot be read. */
export function commandOf(pid: number): string | null {
  try {
    if (ON_LINUX) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null;
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}
