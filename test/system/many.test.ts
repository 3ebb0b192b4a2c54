/** Many at once: processes, and commands on a cold home. */
import { describe, expect } from 'vitest';
import { findByEnvironment } from '../../src/platform/process.ts';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

describe('many at once', () => {
  test('300 processes from one file are all up, and all gone after delete', { timeout: 180_000 }, async ({ rig }) => {
    rig.write(
      'ecosystem.json',
      JSON.stringify({
        apps: [{ name: 'sleeper', script: 'sleep', args: ['1000'], exec_mode: 'fork', instances: 300 }],
      }),
    );
    const startedAt = performance.now();
    await rig.must('start', 'ecosystem.json');
    console.log(JSON.stringify({ start300Ms: Math.round(performance.now() - startedAt) }));
    const list = await rig.list();
    expect(list).toHaveLength(300);
    expect(new Set(list.map((instance) => instance.pid)).size).toBe(300);
    expect(list.every((instance) => instance.status === 'online' && instance.restarts === 0)).toBe(true);
    expect(new Set(list.map((instance) => instance.slot)).size).toBe(300);
    await rig.must('delete', 'all');
    expect(await rig.list()).toEqual([]);
    // Only the daemon, its guard and nothing of the apps.
    expect(findByEnvironment('UPKEEP_HOME', rig.home)).toHaveLength(2);
  });

  test('50 commands at once on a cold home: one daemon, and every command succeeds', { timeout: 120_000 }, async ({
    rig,
  }) => {
    const results = await Promise.all(Array.from({ length: 50 }, () => rig.run('ping')));
    expect(results.filter((result) => result.code !== 0)).toEqual([]);
    // Daemons that found the home served may still be on their way out.
    const daemons = await until(
      () => {
        const found = findByEnvironment('UPKEEP_HOME', rig.home);
        return found.length === 2 ? found : undefined;
      },
      () => 'one daemon and its guard to be left',
    );
    expect(daemons).toContain(await rig.daemonPid());
  });
});
