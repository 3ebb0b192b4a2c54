/** The daemon is killed between every pair of steps of a start, a stop and a restart. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { findByEnvironment } from '../../src/platform/process.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const LAUNCH = [
  'before.launching',
  'after.launching',
  'launch.recorded',
  'launch.prepared',
  'launch.spawned',
  'launch.keeper-known',
  'launch.pid-known',
  'before.starting',
  'after.starting',
];
const END = ['before.draining', 'after.draining', 'asked', 'before.reaping', 'after.reaping', 'swept'];

/** Writes its pid down for as long as it lives, so that a second one would be seen whatever the daemon believes. */
const APP = `setInterval(() => {}, 1000); process.on('SIGINT', () => process.exit(0));`;

/** The app's processes as the kernel knows them: with the home in their environment, and not ours. */
function appProcesses(rig: Rig): number[] {
  return findByEnvironment('UPKEEP_HOME', rig.home).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(join(rig.root, 'app.js'));
    } catch {
      return false;
    }
  });
}

class Failpoint {
  readonly #rig: Rig;
  readonly #once: string;

  constructor(rig: Rig, name: string) {
    this.#rig = rig;
    this.#once = join(rig.root, 'once');
    Object.assign(rig.env, { UPKEEP_FAILPOINT: name, UPKEEP_FAILPOINT_ONCE: this.#once });
    this.disarm();
  }

  disarm(): void {
    writeFileSync(this.#once, '');
  }

  arm(): void {
    rmSync(this.#once);
  }

  /** Waits for the death of that daemon at the point. */
  async hit(daemonPid: number): Promise<void> {
    await until(
      () => (existsSync(this.#once) ? true : undefined),
      () => `the daemon to reach ${process.env.UPKEEP_FAILPOINT ?? 'the failpoint'}`,
    );
    await this.#rig.nextDaemon(daemonPid);
  }
}

/** The whole truth about one app: what the list says is what the kernel has. */
async function settled(rig: Rig, status: 'online' | 'stopped', incarnation: number): Promise<void> {
  const instance = await rig.when(
    'app',
    (candidate) => candidate.status === status && (status === 'stopped' || candidate.state === 'ready'),
    `to be ${status}`,
  );
  expect(appProcesses(rig)).toEqual(status === 'online' ? [instance.pid] : []);
  expect(instance.incarnation, rig.read('daemon.log')).toBe(incarnation);
}

describe('killed during a start', () => {
  for (const point of [...LAUNCH, 'before.ready', 'after.ready']) {
    test(`at ${point}: one process, and it is known`, async ({ rig }) => {
      const failpoint = new Failpoint(rig, point);
      rig.write('app.js', APP);
      await rig.must('ping');
      const daemon = await rig.daemonPid();
      failpoint.arm();
      await rig.run('start', 'app.js');
      await failpoint.hit(daemon);
      await until(
        async () => ((await rig.list()).length === 1 ? true : undefined),
        () => 'the app to be listed',
      );
      const instance = await rig.one('app');
      // Killed before the machine had taken the command: the app is registered, and was never started.
      if (point === 'before.launching') {
        expect(instance).toMatchObject({ status: 'stopped', incarnation: 0 });
        expect(appProcesses(rig)).toEqual([]);
      } else {
        await settled(rig, 'online', 1);
      }
    });
  }
});

describe('killed during a stop', () => {
  for (const point of [...END, 'before.down', 'after.down']) {
    test(`at ${point}: no process, or the command had not begun`, async ({ rig }) => {
      const failpoint = new Failpoint(rig, point);
      rig.write('app.js', APP);
      await rig.must('start', 'app.js');
      const daemon = await rig.daemonPid();
      failpoint.arm();
      await rig.run('stop', 'app');
      await failpoint.hit(daemon);
      await settled(rig, point === 'before.draining' ? 'online' : 'stopped', 1);
    });
  }
});

describe('killed during a restart', () => {
  for (const point of [...END, ...LAUNCH]) {
    test(`at ${point}: one process, and it is known`, async ({ rig }) => {
      const failpoint = new Failpoint(rig, point);
      rig.write('app.js', APP);
      await rig.must('start', 'app.js');
      const daemon = await rig.daemonPid();
      failpoint.arm();
      await rig.run('restart', 'app');
      await failpoint.hit(daemon);
      await settled(rig, 'online', point === 'before.draining' ? 1 : 2);
    });
  }
});
