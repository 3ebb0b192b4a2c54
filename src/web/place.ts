/**
 * What the page's server and the command that starts it keep in the home: the token and the address. Without one place for
 * them the command would print a link that the server does not accept.
 *
 * `<home>/web/` is 0700, its files 0600. The token is in no argument, no variable and no log.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../platform/durable-file.ts';

const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Where the server listens, as it found out itself. */
export interface WebAddress {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
}

const folderOf = (home: string): string => join(home, 'web');
const tokenFile = (home: string): string => join(folderOf(home), 'token');
const addressFile = (home: string): string => join(folderOf(home), 'address.json');

function makeFolder(home: string): void {
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  chmodSync(folderOf(home), 0o700);
}

export function newToken(home: string): string {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  makeFolder(home);
  replaceFile(tokenFile(home), `${token}\n`, true);
  return token;
}

/** The token of the home; null: there is none yet. */
export function readToken(home: string): string | null {
  const text = textOf(tokenFile(home))?.trim() ?? '';
  return TOKEN.test(text) ? text : null;
}

export function writeAddress(home: string, address: WebAddress): void {
  makeFolder(home);
  replaceFile(addressFile(home), `${JSON.stringify(address)}\n`, false);
}

/** The last address that a server of this home has had, alive or not. */
export function readAddress(home: string): WebAddress | null {
  try {
    const { pid, host, port } = JSON.parse(textOf(addressFile(home)) ?? '') as Partial<WebAddress>;
    const isWhole = typeof pid === 'number' && typeof host === 'string' && typeof port === 'number';
    return isWhole ? { pid, host, port } : null;
  } catch {
    return null;
  }
}

/** As it stands in an address: an IPv6 address in brackets. */
export const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
