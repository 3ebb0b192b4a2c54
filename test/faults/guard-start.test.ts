/** A guard in want: its log cannot be opened, or it cannot be started at all. The daemon must not die of it. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Guard } from '../../src/daemon/guard.ts';
import { until } from '../helpers/until.ts';

const SCRIPT = join(import.meta.dirname, '../../src/platform/shell/guard.sh');

function startGuard(env: NodeJS.ProcessEnv): { readonly guard: Guard; readonly replaced: () => number } {
  let replaced = 0;
  const guard = new Guard({
    script: SCRIPT,
    failed: 0,
    command: ['/bin/true'],
    env,
    logFile: '/nowhere/at/all/daemon.log',
    fds: [],
    onReplaced: () => {
      replaced++;
    },
  });
  onTestFinished(() => guard.dismiss());
  return { guard, replaced: () => replaced };
}

test('without a log it starts all the same', () => {
  const { guard } = startGuard({ PATH: process.env.PATH });
  expect(guard.pid).toBeGreaterThan(0);
});

test('one that cannot be started is tried again', async () => {
  // The kernel takes no variable of this length (E2BIG), as it takes nothing more where descriptors have run out.
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, LONG: 'x'.repeat(4_000_000) };
  const { guard, replaced } = startGuard(env);
  expect(guard.pid).toBe(0);
  delete env.LONG;
  await until(
    () => (guard.pid > 0 ? true : undefined),
    () => 'a guard',
  );
  expect(replaced()).toBe(1);
});
