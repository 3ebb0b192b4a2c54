/** Where the files of a home lie: Upkeep's own variable, PM2's, and PM2's variables for single paths. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const APP = "require('node:net').createServer().listen(0, '127.0.0.1');";

describe('the home', () => {
  test('is PM2_HOME where UPKEEP_HOME is not set, with names of our own in it', async ({ rig }) => {
    const env = { PM2_HOME: rig.home };
    delete rig.env.UPKEEP_HOME;
    rig.write('app.js', APP);
    const { code } = await rig.runWith({ env }, 'start', 'app.js');
    expect(code).toBe(0);
    expect((await rig.list()).map(({ name }) => name)).toEqual(['app']);
    for (const name of ['rpc.sock', 'pub.sock', 'pm2.pid', 'pm2.log'])
      expect(existsSync(join(rig.home, name))).toBe(false);
    rig.env.UPKEEP_HOME = rig.home;
  });

  test('lies where UPKEEP_HOME says, whatever PM2_HOME says', async ({ rig }) => {
    await rig.runWith({ env: { PM2_HOME: join(rig.root, 'other') } }, 'ping');
    expect(existsSync(join(rig.root, 'other'))).toBe(false);
    expect(await rig.daemonPid()).toBeGreaterThan(0);
  });

  test('has its pid file, its log, and the folders of logs and pids where PM2 variables say', async ({ rig }) => {
    const env = {
      PM2_PID_FILE_PATH: join(rig.root, 'far/daemon.pid'),
      PM2_LOG_FILE_PATH: join(rig.root, 'far/daemon.log'),
      PM2_DEFAULT_LOG_PATH: join(rig.root, 'my-logs'),
      PM2_DEFAULT_PID_PATH: join(rig.root, 'my-pids'),
    };
    rig.write('app.js', `console.log('hello');\n${APP}`);
    const { code } = await rig.runWith({ env }, 'start', 'app.js');
    expect(code).toBe(0);
    expect(Number(readFileSync(env.PM2_PID_FILE_PATH, 'utf8'))).toBe(await rig.daemonPid());
    expect(existsSync(env.PM2_LOG_FILE_PATH)).toBe(true);
    const { pid } = await rig.one('app');
    expect(readFileSync(join(env.PM2_DEFAULT_PID_PATH, 'app-0.pid'), 'utf8')).toBe(String(pid));
    const log = join(env.PM2_DEFAULT_LOG_PATH, 'app-out.log');
    await until(
      () => rig.read(log) === 'hello\n' || undefined,
      () => `a line in ${log}`,
    );
  });
});
