/** The layout as data: which room may import which. Fails with the exact edge. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

/** Room → rooms below it, or single files. `node` stands for node:* modules. A room may always import itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  protocol: ['core'],
  config: ['core'],
  platform: ['core', 'node', 'packages'],
  supervisor: ['core', 'protocol', 'platform', 'node'],
  logs: ['core', 'protocol', 'platform', 'node'],
  daemon: ['core', 'protocol', 'platform', 'supervisor', 'logs', 'node', 'packages'],
  runtime: ['protocol', 'node'],
  client: ['core', 'protocol', 'config', 'platform', 'logs', 'node'],
  pm2: ['core', 'protocol', 'client', 'config', 'platform', 'node', 'packages'],
  integrations: ['core', 'protocol', 'client', 'config', 'platform', 'node', 'packages'],
  // Runs in browsers: of the rest only what is pure, and the types of what the server answers.
  'web/ui': ['core', 'protocol', 'web/api.ts', 'packages'],
  export: ['core', 'protocol', 'config', 'platform', 'client', 'logs', 'node'],
  web: ['core', 'protocol', 'config', 'platform', 'client', 'pm2', 'logs', 'export', 'node', 'packages'],
  cli: [
    'core',
    'protocol',
    'config',
    'platform',
    'client',
    'pm2',
    'integrations',
    'web',
    'logs',
    'export',
    'node',
    'packages',
  ],
};

/** Files that may do more than their room, and why. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // The room's doors to the file system and to the parsers.
  'config/load.ts': ['node', 'packages'],
  'config/load-alerts.ts': ['node'],
  'config/load-text.ts': ['node', 'packages'],
  'config/load-module.ts': ['node', 'packages'],
  'config/lookup.ts': ['node'],
  'config/cron.ts': ['packages'],
};

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly room: string;
  readonly typeOnly: boolean;
}

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));

const roomOf = (path: string): string => (path.startsWith('web/ui/') ? 'web/ui' : (path.split('/')[0] ?? ''));

function edgesOf(file: string): Edge[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)|require\('([^']+)'\)|^\s*import\s+'([^']+)'/gm,
  );
  return [...found].map((match) => {
    const to = match[2] ?? match[3] ?? match[4] ?? match[5] ?? '';
    const inside = to.startsWith('.') ? relative(SRC, resolve(SRC, file, '..', to)) : null;
    const room = inside === null ? (to.startsWith('node:') ? 'node' : 'packages') : roomOf(inside);
    return { from: file, to: inside ?? to, room, typeOnly: match[1] !== undefined };
  });
}

describe('imports point down', () => {
  for (const file of sources) {
    it(file, () => {
      const room = roomOf(file);
      const allowed = [room, ...(ALLOWED[room] ?? []), ...(EXCEPTIONS[file] ?? [])];
      expect(ALLOWED[room], `the room ${room} is not in the rules`).toBeDefined();
      expect(
        edgesOf(file)
          .filter(({ room: into, to }) => !allowed.includes(into) && !allowed.includes(to))
          .map((edge) => `${edge.from} → ${edge.to}`),
      ).toEqual([]);
    });
  }
});

it('nobody imports a main', () => {
  expect(
    sources
      .flatMap(edgesOf)
      .filter((edge) => edge.to.endsWith('/main.ts'))
      .map((edge) => `${edge.from} → ${edge.to}`),
  ).toEqual([]);
});

it('core keeps no time, no chance and no process of its own', () => {
  for (const file of sources.filter((name) => name.startsWith('core/'))) {
    const text = readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(text.match(/\b(?:Date\.now|Math\.random|setTimeout|setInterval)\b|(?<![.\w])process\./g), file).toBeNull();
  }
});

it('there are no circles', () => {
  const graph = new Map(
    sources.map((file) => [
      file,
      edgesOf(file)
        .filter((edge) => !edge.typeOnly && sources.includes(edge.to))
        .map((edge) => edge.to),
    ]),
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) throw new Error(`a circle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
});
