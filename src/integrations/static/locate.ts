/**
 * Which file answers a request. Without these rules apart from the sending of bytes, a path that leads out of the served
 * folder would be one forgotten check away.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StaticSettings } from './settings.ts';

export type Located =
  /** `path` is below the root, decoded, with a leading slash. */
  | { readonly kind: 'file'; readonly path: string; readonly status: 200 | 404 }
  | { readonly kind: 'listing'; readonly path: string }
  /** A folder asked for without its slash: relative links in its index.html would lead astray. */
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'refused'; readonly status: 400 | 403 }
  | { readonly kind: 'missing' };

const NOT_FOUND_PAGE = '/404.html';

/** @param target what stands in the request line: path and query */
export async function locate(target: string, settings: StaticSettings): Promise<Located> {
  const path = pathOf(target);
  if (path === null) return { kind: 'refused', status: 400 };
  const segments = path.split('/');
  // Plain dot segments are gone by now; what is left was hidden behind %2f.
  if (segments.includes('..')) return { kind: 'refused', status: 403 };
  return (isHidden(segments) ? null : await present(path, target, settings)) ?? missing(path, settings);
}

/** Decoded and without dot segments; null if it cannot be understood. */
function pathOf(target: string): string | null {
  try {
    const url = target.startsWith('/') ? new URL(`http://localhost${target}`) : new URL(target);
    const path = decodeURIComponent(url.pathname);
    return path.includes('\0') ? null : path;
  } catch {
    return null;
  }
}

/** `.env`, `.git/…`: never meant for the world, other than `.well-known`. */
const isHidden = (segments: readonly string[]): boolean =>
  segments.some((segment) => segment.startsWith('.') && segment !== '.well-known');

async function kindOf(path: string, { root }: StaticSettings): Promise<'file' | 'folder' | 'none'> {
  const found = await stat(join(root, path)).catch(() => null);
  if (found === null) return 'none';
  return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'none';
}

async function present(path: string, target: string, settings: StaticSettings): Promise<Located | null> {
  const isRoot = path === '/';
  if (!isRoot) {
    const kind = await kindOf(path, settings);
    if (kind === 'none' || (kind === 'file' && path.endsWith('/'))) return null;
    if (kind === 'file') return { kind: 'file', path, status: 200 };
  }
  const index = isRoot ? settings.homepage : `${path.replace(/\/$/, '')}/index.html`;
  if ((await kindOf(index, settings)) === 'file') {
    return path.endsWith('/') ? { kind: 'file', path: index, status: 200 } : redirect(target);
  }
  return settings.ftp ? { kind: 'listing', path } : null;
}

/** Relative, so that it also holds behind a proxy that cuts off a prefix. */
function redirect(target: string): Located {
  const [, path = '', query = ''] = /^([^?]*)(\?.*)?$/s.exec(target) ?? [];
  const name = path.slice(path.lastIndexOf('/') + 1);
  // `./`: a name with a colon would be read as a scheme.
  return { kind: 'redirect', location: `./${name}/${query}` };
}

async function missing(path: string, settings: StaticSettings): Promise<Located> {
  if (settings.spa) {
    const base = path.slice(path.lastIndexOf('/'));
    for (const candidate of isHidden([base.slice(1)]) ? [settings.homepage] : [base, settings.homepage]) {
      if ((await kindOf(candidate, settings)) === 'file') return { kind: 'file', path: candidate, status: 200 };
    }
  }
  if ((await kindOf(NOT_FOUND_PAGE, settings)) === 'file') return { kind: 'file', path: NOT_FOUND_PAGE, status: 404 };
  return { kind: 'missing' };
}
