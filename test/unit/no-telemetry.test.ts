/** Nothing here calls home: the sources name no host to speak to. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|sh)$/.test(file));
const textOf = (file: string): string =>
  readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

/** Texts for people, and names of a JSON Schema and a document type: nobody connects to them. */
const NAMED = ['https://json-schema.org', 'https://learn.microsoft.com', 'http://www.apple.com'];

it('no source names a host to speak to', () => {
  const hosts = sources.flatMap((file) =>
    [...textOf(file).matchAll(/https?:\/\/[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+/g)].map(([host]) => host),
  );
  expect(hosts.filter((host) => !NAMED.includes(host))).toEqual([]);
  expect(hosts.length).toBeGreaterThan(0);
});
