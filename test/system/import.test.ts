/** `import pm2`: what a home of PM2 holds, from files that nobody vouches for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';

const STAY = 'setInterval(() => {}, 1e6);';

/** A home as PM2 leaves it: two apps, of which one was running, and settings. */
function writeHome(rig: Rig): string {
  rig.write('web.js', STAY);
  const record = { pm_exec_path: join(rig.root, 'web.js'), pm_cwd: rig.root, exec_interpreter: 'node' };
  const own = (name: string) => ({
    name,
    exec_mode: 'fork_mode',
    merge_logs: true,
    pm_out_log_path: join(rig.root, `pm2/logs/${name}-out.log`),
    pm_err_log_path: join(rig.root, `pm2/logs/${name}-error.log`),
    env: { COLOUR: name, pm_id: '3' },
  });
  rig.write(
    'pm2/dump.pm2',
    JSON.stringify([
      { ...record, ...own('web'), status: 'online' },
      { ...record, ...own('job'), status: 'stopped', cron_restart: '0 3 * * *' },
      { ...record, ...own('pm2-logrotate'), status: 'online', pmx_module: true },
      { ...record, ...own('gone'), status: 'online', pm_exec_path: join(rig.root, 'gone.js') },
    ]),
  );
  rig.write(
    'pm2/module_conf.json',
    JSON.stringify({
      web: { MODE: 'fast', KEPT: 'theirs' },
      'pm2-logrotate': { max_size: '50M', dateFormat: 'YYYY' },
      'module-db-v2': { 'pm2-logrotate': {}, 'pm2-slack': {} },
    }),
  );
  return join(rig.root, 'pm2');
}

describe('import pm2', () => {
  test('registers apps, takes settings that are not set here, and says what it leaves and why', async ({ rig }) => {
    const home = writeHome(rig);
    await rig.must('set', 'web:KEPT', 'ours');
    const { stdout, stderr } = await rig.run('import', 'pm2', '--home', home);
    expect(stdout).toContain('log files are rotated at 50M');
    expect(stdout).toContain('Module pm2-logrotate is not needed');
    expect(stderr).toContain('pm2-slack is not taken over');
    expect(stderr).toContain('dateFormat has no effect');
    expect(stderr).toContain('gone cannot be started again');
    const { instances } = await rig.call('instance.describe', { targets: ['all'] });
    expect(instances.map(({ name, status, spec }) => [name, status, spec.cron])).toEqual([
      ['web', 'stopped', null],
      ['job', 'stopped', '0 3 * * *'],
    ]);
    expect(instances[0]?.spec.env.inherited).toMatchObject({ COLOUR: 'web' });
    expect(instances[0]?.spec.log.outFile).toBe(join(home, 'logs/web-out.log'));
    expect(JSON.parse(rig.read('module_conf.json'))).toEqual({
      web: { MODE: 'fast', KEPT: 'ours' },
      'pm2-logrotate': { max_size: '50M', dateFormat: 'YYYY' },
    });
    // Once more changes nothing.
    await rig.must('import', 'pm2', '--home', home);
    expect(await rig.list()).toHaveLength(2);
  });

  test('starts what was running if it is asked to, with logs of its own if it is asked to', async ({ rig }) => {
    const home = writeHome(rig);
    await rig.must('import', 'pm2', '--home', home, '--start', '--own-logs');
    expect((await rig.list()).map(({ name, status }) => [name, status])).toEqual([
      ['web', 'online'],
      ['job', 'stopped'],
    ]);
    expect(existsSync(join(rig.home, 'logs/web-out.log'))).toBe(true);
    expect(existsSync(join(home, 'logs'))).toBe(false);
  });

  test('changes nothing in a dry run', async ({ rig }) => {
    const home = writeHome(rig);
    expect(await rig.must('import', 'pm2', '--home', home, '--dry-run')).toContain(
      'web: fork mode, 1 process, would be',
    );
    expect(rig.read('module_conf.json')).toBe('');
    expect(await rig.must('jlist')).toBe('[]');
  });

  test('reads a list that is JavaScript only as a value, and runs nothing of it', async ({ rig }) => {
    const script = rig.write('web.js', STAY);
    rig.write('pm2/dump.pm2', `[{ name: 'web', pm_exec_path: '${script}', exec_mode: 'fork_mode', env: {}, }]`);
    await rig.must('import', 'pm2', '--home', join(rig.root, 'pm2'));
    expect((await rig.one('web')).status).toBe('stopped');
    const trap = join(rig.root, 'trap');
    rig.write('evil/dump.pm2', `[{ name: require('node:fs').writeFileSync('${trap}', '') }]`);
    expect((await rig.run('import', 'pm2', '--home', join(rig.root, 'evil'))).code).toBe(1);
    expect(existsSync(trap)).toBe(false);
  });

  test('takes the copy of a list that is broken, and says so', async ({ rig }) => {
    const script = rig.write('web.js', STAY);
    rig.write('pm2/dump.pm2', '[{"name": ');
    rig.write('pm2/dump.pm2.bak', JSON.stringify([{ name: 'web', pm_exec_path: script, exec_mode: 'fork_mode' }]));
    const { stderr } = await rig.run('import', 'pm2', '--home', join(rig.root, 'pm2'));
    expect(stderr).toContain('dump.pm2');
    expect((await rig.one('web')).status).toBe('stopped');
    expect(existsSync(join(rig.root, 'pm2/dump.pm2'))).toBe(true);
  });

  test('names what it cannot find', async ({ rig }) => {
    expect((await rig.run('import', 'pm2', '--home', 'nosuch')).stderr).toContain('no home of PM2');
    expect((await rig.run('import', 'forever')).stderr).toContain('the source is pm2');
    rig.write('pm2/module_conf.json', '{}');
    expect((await rig.run('takeover', '--home', join(rig.root, 'pm2'))).stderr).toContain('no daemon of PM2 runs');
  });
});
