/**
 * A context whose files and users exist only in a table. Without it the tests of options would depend on
 * what is installed on the machine they run on.
 */
import type { Account, Context } from '../../../src/config/context.ts';

export interface FakeFile {
  readonly text?: string;
  readonly isExecutable?: boolean;
  readonly isBinary?: boolean;
}

export const program: FakeFile = { isExecutable: true, isBinary: true };

export interface FakeWorld {
  readonly files?: Readonly<Record<string, FakeFile>>;
  readonly users?: Readonly<Record<string, Account>>;
  readonly groups?: Readonly<Record<string, number>>;
}

const installed = ['node', 'bash', 'sh', 'python3', 'ls'];

export function fakeContext(world: FakeWorld = {}, changes: Partial<Context> = {}): Context {
  const files = new Map<string, FakeFile>(Object.entries(world.files ?? {}));
  for (const name of installed) files.set(`/usr/bin/${name}`, program);
  const folders = new Set(['/', '/work', '/home/ann']);
  for (const path of files.keys()) {
    for (let folder = path; folder.includes('/'); ) {
      folder = folder.slice(0, folder.lastIndexOf('/'));
      if (folder !== '') folders.add(folder);
    }
  }
  return {
    cwd: '/work',
    env: { PATH: '/usr/bin:/bin', HOME: '/home/ann', USER: 'ann', LANG: 'C', SECRET: 'x' },
    home: '/home/ann/.upkeep',
    username: 'ann',
    nodePath: '/usr/bin/node',
    nodeVersion: 'v20.11.0',
    cpus: 4,
    isRoot: false,
    lookup: {
      kindOf: (path) => (files.has(path) ? 'file' : folders.has(path) ? 'folder' : 'none'),
      isExecutable: (path) => files.get(path)?.isExecutable === true,
      headOf: (path) => {
        const file = files.get(path);
        if (file === undefined) return null;
        return { isBinary: file.isBinary === true, firstLine: (file.text ?? '').split('\n')[0] ?? '' };
      },
      textOf: (path) => files.get(path)?.text ?? null,
      userOf: (user) =>
        Object.entries(world.users ?? {}).find(([name, { uid }]) => name === user || uid === user)?.[1] ?? null,
      groupOf: (group) =>
        Object.entries(world.groups ?? {}).find(([name, gid]) => name === group || gid === group)?.[1] ?? null,
    },
    ...changes,
  };
}
