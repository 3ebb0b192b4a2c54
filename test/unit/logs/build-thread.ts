/**
 * Bundles the pump's thread for tests, once for each test file. Without it a worker thread, which
 * needs plain JavaScript, could be tested only after a full build.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

export interface BuiltThread {
  readonly entry: string;
  /** The main thread's side, for a process of its own. */
  readonly pump: string;
  dispose(): void;
}

export async function buildThread(): Promise<BuiltThread> {
  const folder = mkdtempSync(join(tmpdir(), 'upkeep-thread-'));
  const build = await rolldown({
    input: {
      'pump-thread': resolve(import.meta.dirname, '../../../src/logs/pump-thread.ts'),
      pump: resolve(import.meta.dirname, '../../../src/logs/pump.ts'),
    },
    platform: 'node',
  });
  await build.write({ dir: folder, format: 'cjs', entryFileNames: '[name].cjs' });
  await build.close();
  const file = (name: string): string => join(folder, name);
  return {
    entry: file('pump-thread.cjs'),
    pump: file('pump.cjs'),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
