/** The numbered stream of events: what is told with which figures, filters, and reading without a daemon. */
import { expect } from 'vitest';
import type { EventRecord } from '../../src/protocol/control.ts';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const SERVER = `require('node:http').createServer((_, r) => r.end()).listen(0, '127.0.0.1')`;

test('scale, changed configs, reloads, deletes, ends and a lost daemon are told with their figures; filters; without a daemon', async ({
  rig,
}) => {
  const config = (env: string, script = 'server.js'): string =>
    rig.write(
      'ecosystem.json',
      JSON.stringify({
        apps: [{ name: 'web', script, instances: 2, exec_mode: 'cluster', min_healthy: 100, env: { SECRET_KEY: env } }],
      }),
    );
  rig.write('server.js', SERVER);
  rig.write('bad.js', 'process.exit(7)');
  await rig.must('start', config('s3cret-1'));
  const follower = rig.spawnCli('events', '--follow', '--json', '--kind', 'reloaded,daemon-lost', 'web', 'all');
  await rig.must('scale', 'web', '3');
  await rig.must('reload', config('s3cret-2'));
  await rig.run('reload', config('s3cret-2', 'bad.js'));
  const pid = await rig.daemonPid();
  process.kill(pid, 'SIGKILL');
  await rig.nextDaemon(pid);
  await until(
    () => (follower.output().includes('"daemon-lost"') ? true : undefined),
    () => `the follower to go on; it has ${follower.output()}`,
  );
  const followed = follower
    .output()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EventRecord);
  expect(followed.map(({ kind }) => kind)).toEqual(['reloaded', 'daemon-lost']);
  await rig.must('delete', 'web');
  await rig.must('kill');

  // From the files: no daemon is started for it.
  const read = async (...args: string[]): Promise<readonly EventRecord[]> =>
    (await rig.must('events', '--json', ...args))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EventRecord);
  const all = await read();
  expect(rig.read('daemon.pid')).toBe('');
  expect(all.map(({ number }) => number)).toEqual(all.map((_, i) => i + 1));
  const of = (kind: string): readonly unknown[] =>
    all.filter((event) => event.kind === kind).map(({ name, reason, details }) => ({ name, reason, details }));
  expect(of('scaled')[0]).toEqual({ name: 'web', reason: 'from 2 to 3 processes', details: { from: 2, to: 3 } });
  expect(of('config-changed')[0]).toEqual({
    name: 'web',
    reason: 'env.SECRET_KEY',
    details: { keys: 'env.SECRET_KEY', generation: 1 },
  });
  expect(JSON.stringify(all)).not.toContain('s3cret');
  expect(of('reload-begun')).toHaveLength(2);
  expect(of('reloaded')[0]).toMatchObject({ details: { generation: 1, trigger: 'reloaded by command' } });
  expect(of('reload-failed')[0]).toMatchObject({
    details: { generation: 2 },
    reason: expect.stringContaining('did not come up'),
  });
  expect(of('exited')).toContainEqual({
    name: 'web',
    reason: 'exit code 7',
    details: {
      asked: false,
      code: 7,
      signal: null,
      lived: expect.any(Number),
      role: 'candidate',
      crash: expect.any(String),
    },
  });
  expect(of('deleted').length).toBeGreaterThanOrEqual(2);
  expect(of('daemon-lost')).toEqual([
    { name: null, reason: expect.stringContaining(`daemon ${pid} `), details: undefined },
  ]);
  expect(all.at(-1)).toMatchObject({ kind: 'daemon-ended', reason: 'kill' });

  expect((await read('--kind', 'scaled', '--since', '1h')).map(({ kind }) => kind)).toEqual(['scaled']);
  expect(await read('--lines', '1', '/^w/')).toEqual([all.findLast(({ name }) => name === 'web')]);
  expect((await read('--after', String(all.length - 1))).map(({ number }) => number)).toEqual([all.length]);
  expect(await rig.must('events', '--since', '2999-01-01')).toBe('');
  const typo = await rig.run('events', '--kind', 'exitd');
  expect(typo).toMatchObject({ code: 1, stderr: expect.stringContaining('did you mean exited?') });
});
