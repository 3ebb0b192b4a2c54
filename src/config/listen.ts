/**
 * The addresses of `listen`: from what a user writes to what the daemon binds. Without one reading of them a typo would
 * bind another address than the one that was meant.
 */
import type { DeclaredSocket, SocketAddress } from '../core/terms.ts';
import { filePath, type LogPlace } from './log-rules.ts';
import type { ListenEntry } from './option.ts';

/** The program's descriptors 3 to 18: the keeper's own stand behind them. */
export const MOST_SOCKETS = 16;
/** As in Node: the kernel cuts it to `somaxconn`. */
const DEFAULT_BACKLOG = 511;
const LARGEST_BACKLOG = 65_535;
const DEFAULT_NAME = 'unknown';

/** null: something in it is no address. */
export function readListen(raw: unknown): readonly ListenEntry[] | null {
  const items: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  const entries = items.map(entryOf);
  const isGood = entries.every((entry) => entry !== null) && entries.length <= MOST_SOCKETS;
  const read = entries.filter((entry) => entry !== null);
  const isDoubled = new Set(read.map(({ address }) => address)).size < read.length;
  return isGood && !isDoubled ? read : null;
}

function entryOf(raw: unknown): ListenEntry | null {
  if (typeof raw !== 'object' || raw === null) return entryOf({ address: raw });
  const { address, name, backlog, ...rest } = raw as Readonly<Record<string, unknown>>;
  const text = typeof address === 'number' ? String(address) : typeof address === 'string' ? address.trim() : '';
  if (Object.keys(rest).length > 0 || parse(text) === null) return null;
  // Colons stand between the names in the program's environment.
  if (name !== undefined && (typeof name !== 'string' || !/^[\w.@-]{1,255}$/.test(name))) return null;
  const size = backlog === undefined ? undefined : Number(backlog);
  if (size !== undefined && (!Number.isInteger(size) || size < 1 || size > LARGEST_BACKLOG)) return null;
  return {
    address: text,
    ...(name === undefined ? {} : { name }),
    ...(size === undefined ? {} : { backlog: size }),
  };
}

type Place = Pick<LogPlace, 'cwd' | 'userHome'>;

/** @param place where relative paths of unix sockets begin */
export function declaredSockets(entries: readonly ListenEntry[], place: Place): readonly DeclaredSocket[] {
  return anchoredListen(entries, place).flatMap(({ address, name, backlog }) => {
    const socket = parse(address);
    return socket === null
      ? []
      : [{ text: address, socket, name: name ?? DEFAULT_NAME, backlog: backlog ?? DEFAULT_BACKLOG }];
  });
}

/** With absolute paths: a later update is given from another folder. */
export function anchoredListen(entries: readonly ListenEntry[], place: Place): readonly ListenEntry[] {
  return entries.map((entry) => {
    const path = pathOf(entry.address);
    return path === null ? entry : { ...entry, address: `unix:${filePath(path, place)}` };
  });
}

function pathOf(address: string): string | null {
  if (address.startsWith('unix:')) return address.slice('unix:'.length);
  return address.startsWith('/') ? address : null;
}

/** null: it is no address. */
function parse(text: string): SocketAddress | null {
  const path = pathOf(text);
  if (path !== null) {
    const isPath = path !== '' && !path.includes('\0') && !path.startsWith('@');
    return isPath ? { address: path, port: -1, addressType: -1, flags: 0, index: 0 } : null;
  }
  const [, kind = 'tcp', rest = ''] = /^(?:(tcp|udp):)?(.*)$/.exec(text) ?? [];
  const [, host = '', digits = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(rest) ?? [];
  const port = Number(digits);
  if (digits === '' || port < 1 || port > 65_535) return null;
  const address = hostOf(host);
  if (address === undefined) return null;
  const family = address === null || address.includes(':') ? 6 : 4;
  return { address, port, addressType: kind === 'udp' ? `udp${family}` : family, flags: 0, index: 0 };
}

/** null: any address; undefined: neither an IP address nor a word for one. */
function hostOf(host: string): string | null | undefined {
  if (host === '' || host === '*') return null;
  if (host === 'localhost') return '127.0.0.1';
  if (/^\[[\da-fA-F:.]+(?:%[\w.-]+)?\]$/.test(host) && host.includes(':')) return host.slice(1, -1);
  const parts = host.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255) ? host : undefined;
}
