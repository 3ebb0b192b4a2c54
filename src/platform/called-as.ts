/**
 * The name by which a server on loopback was called. Without the look at it a page of somebody else's, whose name leads to
 * 127.0.0.1 for once (DNS rebinding), could read what is served here.
 */
import { isIP } from 'node:net';

/** The port as the browser sees it: through a tunnel it is another than ours. null: it is no name. */
export function calledAs(host: string): { readonly name: string; readonly port: string } | null {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(host);
  return found === null ? null : { name: (found[1] ?? '').toLowerCase(), port: found[2] ?? '80' };
}

/** @param names besides addresses and `localhost` */
export function isOwnName(name: string, names: ReadonlySet<string>): boolean {
  const bare = name.replace(/^\[|\]$/g, '');
  // Nobody can make an address lead elsewhere.
  return isIP(bare) !== 0 || name === 'localhost' || names.has(name) || name.endsWith('.localhost');
}
