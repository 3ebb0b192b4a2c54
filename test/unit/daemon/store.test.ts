import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Store, type StoredState } from '../../../src/daemon/store.ts';
import { RECORDED } from '../../helpers/recorded.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each(RECORDED)(
  'writes down again what a build after $version added to the list and to apps',
  ({ folder: recorded }) => {
    const path = join(folder, 'state.json');
    const read = (): unknown => JSON.parse(readFileSync(path, 'utf8'));
    const { apps, ...list } = JSON.parse(readFileSync(join(recorded, 'home/state.json'), 'utf8')) as StoredState;
    const [first, ...rest] = apps;
    const added = { ...first, quota: 5 };
    writeFileSync(path, JSON.stringify({ ...list, labels: { of: 'the future' }, apps: [added, ...rest] }));
    const store = new Store(path);
    const { note } = store.load();
    expect(note).toBeNull();
    expect(store.save({ nextId: 99, apps, resume: [] }).ok).toBe(true);
    expect(read()).toEqual({ ...list, nextId: 99, labels: { of: 'the future' }, apps: [added, ...rest] });
    // What belonged to an app goes with it.
    expect(store.save({ nextId: 99, apps: rest, resume: [] }).ok).toBe(true);
    expect(read()).toEqual({ ...list, nextId: 99, labels: { of: 'the future' }, apps: rest });
  },
);
