/**
 * What a user names when a module is installed, and the name under which it is known then. Without one rule for all
 * notations a module that was installed by its address could not be uninstalled by its name.
 */

/** Never thrown at a caller: what is no text has no name. */
export function canonicalName(source: unknown): string | null {
  if (typeof source !== 'string' || source === '') return null;
  const plain = source.replace(/^(git\+)?file:(\/\/)?/, '').split(/[?#]/)[0] ?? '';
  const scoped = /^(@[^/@]+\/[^/@]+)/.exec(plain);
  if (scoped?.[1] !== undefined) return scoped[1];
  const last = plain.replace(/\/+$/, '').split('/').at(-1) ?? '';
  const isArchive = /\.(tgz|tar\.gz)$/.test(last);
  const bare = last.replace(/\.(git|tgz|tar\.gz)$/, '');
  return isArchive ? bare.replace(/-v?\d+[.-]\d+[.-]\d+.*$/, '') : bare.replace(/(?!^)@.*$/, '');
}

export type Source =
  /** The folder of the caller: for working on a module. */
  | { readonly kind: 'folder' }
  | { readonly kind: 'tarball'; readonly address: string }
  /** Whatever npm understands: a name, a version, a repository, a `.tgz`. */
  | { readonly kind: 'npm'; readonly spec: string; readonly name: string };

export function sourceOf(text: string, isTarball: boolean): Source | null {
  if (text === '.') return { kind: 'folder' };
  const isPage = /^https?:\/\//.test(text) && !/\.(git|tgz)([?#]|$)/.test(text);
  if (isTarball || isPage || text.endsWith('.tar.gz')) return { kind: 'tarball', address: text };
  const name = canonicalName(text);
  return name === null || !isModuleName(name) ? null : { kind: 'npm', spec: text, name };
}

/** It becomes a folder: nothing that leads out of another one. */
export const isModuleName = (name: string): boolean => /^(@[\w-][\w.-]*\/)?[\w-][\w.-]*$/.test(name);

/** Additions of PM2 that need no installation here, and why. */
export const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['pm2-logrotate', 'rotation is built in; `upkeep set pm2-logrotate:max_size 50M` and its kin set it'],
  ...['typescript', 'livescript', 'coffee-script', 'coffeescript'].map(
    (name) =>
      [name, `a script in it is run by what the app itself has installed: \`npm install ${name}\` there`] as const,
  ),
  ...['gc-stats', 'event-loop-inspector', 'v8-profiler', 'profiler', 'deep-monitoring'].map(
    (name) => [name, 'what it measures is measured by the runtime that every Node app gets'] as const,
  ),
]);
