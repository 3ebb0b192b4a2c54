/**
 * POSIX paths as text, for the rooms that must not touch the operating system. Without it the pure
 * rooms would import node:path, whose result depends on the directory that the process stands in.
 */

export const isAbsolutePath = (path: string): boolean => path.startsWith('/');

/** `path` seen from the absolute `base`, without `.`, `..` and doubled slashes. */
export function resolvePath(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of (isAbsolutePath(path) ? path : `${base}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Last part of a path. */
export function baseName(path: string): string {
  const trimmed = withoutTrailingSlashes(path);
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** The folder that holds an absolute path; of `/` it is `/`. */
export function folderOf(path: string): string {
  const trimmed = withoutTrailingSlashes(path);
  const slash = trimmed.lastIndexOf('/');
  return slash <= 0 ? '/' : trimmed.slice(0, slash);
}

/** `.js` of `a/b.js`; empty for `.hidden` and for names without a dot. */
export function extensionOf(path: string): string {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot);
}

/** `~` and `~/x` with the home in place of the tilde; null if there is no home to put there. */
export function expandHome(path: string, home: string | null): string | null {
  if (path !== '~' && !path.startsWith('~/')) return path;
  return home === null ? null : `${home}${path.slice(1)}`;
}

/** The folder and all above it, the nearest first. */
export function foldersUpwards(folder: string): string[] {
  const folders = [folder];
  let current = folder;
  while (current !== '/') {
    current = folderOf(current);
    folders.push(current);
  }
  return folders;
}

// By hand: /\/+$/ is quadratic on a long run of slashes that does not stand at the end.
function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}
