import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jlistEntry } from '../../../src/pm2/jlist.ts';
import { RESERVED } from '../../../src/pm2/words.ts';
import { NOW, sample, sampleSpec } from '../cli/samples.ts';

const HOME = '/home';
const withEnv = (declared: Record<string, string>): ReturnType<typeof sample> =>
  sample({ spec: sampleSpec({ env: { inherited: { PATH: '/usr/bin' }, declared } }) });

describe('an entry of jlist', () => {
  it('has the fields that scripts read', () => {
    const entry = jlistEntry(sample(), HOME);
    expect(entry).toMatchObject({ pid: 4321, name: 'api', pm_id: 0, monit: { memory: 34_078_720, cpu: 1.2 } });
    expect(entry.pm2_env).toMatchObject({
      name: 'api',
      namespace: 'default',
      pm_id: 0,
      status: 'online',
      restart_time: 0,
      unstable_restarts: 0,
      created_at: NOW - 90_000,
      pm_uptime: NOW - 90_000,
      exec_mode: 'fork_mode',
      exec_interpreter: 'node',
      node_args: [],
      pm_exec_path: '/srv/api/server.js',
      pm_cwd: '/srv/api',
      pm_out_log_path: '/home/logs/api-out.log',
      pm_err_log_path: '/home/logs/api-error.log',
      pm_pid_path: '/home/pids/api-0.pid',
      NODE_APP_INSTANCE: 0,
      watch: false,
      autorestart: true,
      vizion: true,
      km_link: false,
      version: '1.2.3',
      node_version: '20.20.2',
    });
  });

  it('leaves out what PM2 leaves out', () => {
    const { pm2_env } = jlistEntry(sample(), HOME);
    for (const key of ['args', 'exit_code', 'pm_log_path', 'cron_restart', 'max_memory_restart'])
      expect(pm2_env).not.toHaveProperty(key);
  });

  it('is plain JSON', () => {
    const entry = jlistEntry(sample({ status: 'stopped', pid: 0, lastExit: { kind: 'code', code: 3 } }), HOME);
    expect(JSON.parse(JSON.stringify(entry))).toEqual(entry);
    expect(entry.pid).toBe(0);
    expect(entry.pm2_env.exit_code).toBe(3);
  });

  it('tells a death by signal in a field of its own', () => {
    const { pm2_env } = jlistEntry(sample({ lastExit: { kind: 'signal', signal: 'SIGKILL', number: 9 } }), HOME);
    expect(pm2_env).toMatchObject({ exit_code: 0, exit_signal: 'SIGKILL' });
  });

  it('has what PM2 has no word for under one key', () => {
    const { pm2_env } = jlistEntry(sample({ readiness: 'unready', generation: 2 }), HOME);
    expect(pm2_env).toMatchObject({
      status: 'online',
      upkeep: { state: 'ready', readiness: 'unready', generation: 2, health: null },
    });
  });

  it('shows variables twice: in env and flattened', () => {
    const { pm2_env } = jlistEntry(withEnv({ PORT: '3000' }), HOME);
    expect(pm2_env.PORT).toBe('3000');
    expect(pm2_env.env).toMatchObject({ PORT: '3000', PATH: '/usr/bin' });
  });

  it('never lets a variable take the place of a field', () => {
    const { env: _, PATH, ...expected } = jlistEntry(withEnv({}), HOME).pm2_env;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...RESERVED, ...Object.keys(expected)), fc.string()), (declared) => {
        const { env, PATH: _, ...fields } = jlistEntry(withEnv(declared), HOME).pm2_env;
        expect(PATH).toBe('/usr/bin');
        expect(fields).toEqual(expected);
        expect(env).toMatchObject(declared);
      }),
    );
  });
});
