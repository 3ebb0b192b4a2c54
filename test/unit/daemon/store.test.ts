import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Store } from '../../../src/daemon/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('writes down again what a newer build added to the list and to apps, and drops it with the app', () => {
  const path = join(folder, 'state.json');
  const app = (key: string, more: object): object => ({
    key,
    spec: { name: key },
    watching: false,
    slots: [],
    generation: 1,
    ...more,
  });
  const written = {
    format: 1,
    nextId: 3,
    apps: [app('a', { quota: 5 }), app('b', {})],
    resume: [],
    labels: { of: 'the future' },
  };
  writeFileSync(path, JSON.stringify(written));
  const store = new Store(path);
  const { apps } = store.load().state;
  const read = (): unknown => JSON.parse(readFileSync(path, 'utf8'));
  const known = apps.map(({ key, spec, watching, slots }) => ({ key, spec, watching, slots, generation: 2 }));
  expect(store.save({ nextId: 4, apps: known, resume: [] }).ok).toBe(true);
  expect(read()).toEqual({
    ...written,
    nextId: 4,
    apps: [app('a', { quota: 5, generation: 2 }), app('b', { generation: 2 })],
  });
  expect(store.save({ nextId: 4, apps: known.slice(1), resume: [] }).ok).toBe(true);
  expect(read()).toMatchObject({ labels: { of: 'the future' }, apps: [{ key: 'b' }] });
});
