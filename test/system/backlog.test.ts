/** The length of the kernel's queue is what the app asked for, whoever binds and listens. Needs `ss`. */
import { execFileSync } from 'node:child_process';
import { describe, expect } from 'vitest';
import { PYTHON_SERVER } from '../helpers/declared-server.ts';
import { freePort, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** For a listening socket `Send-Q` is its backlog. */
const backlogsOf = (port: number): number[] =>
  execFileSync('ss', ['-Hltn', `sport = :${port}`], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => Number(line.trim().split(/\s+/)[2]));

const listens = (port: number, backlog: number): Promise<true> =>
  until(
    () => (backlogsOf(port).every((one) => one === backlog) ? true : undefined),
    () => `a backlog of ${backlog}; it is ${backlogsOf(port).join(', ')}`,
  );

describe('backlog', () => {
  for (const [mode, flags] of [
    ['fork', []],
    ['cluster', ['-i', '2']],
  ] as const)
    test(`of a Node app in ${mode} mode, also after a restart and under the next daemon`, async ({ rig }) => {
      const port = await freePort();
      rig.write(
        'app.js',
        `require('node:net').createServer((socket) => socket.end()).listen({ port: ${port}, host: '127.0.0.1', backlog: 77 });`,
      );
      await rig.must('start', 'app.js', ...flags);
      await listens(port, 77);
      await rig.must('restart', 'app');
      await listens(port, 77);
      const daemon = await rig.daemonPid();
      process.kill(daemon, 'SIGKILL');
      await rig.nextDaemon(daemon);
      await rig.must('restart', 'app');
      await listens(port, 77);
      expect(backlogsOf(port).length).toBe(1);
    });

  test('of a declared socket', async ({ rig }) => {
    const port = await freePort();
    rig.write('server.py', PYTHON_SERVER);
    const app = { script: 'server.py', listen: { address: `127.0.0.1:${port}`, backlog: 99 } };
    rig.write('apps.json', JSON.stringify({ apps: [app] }));
    await rig.must('start', 'apps.json');
    expect(backlogsOf(port)).toEqual([99]);
    await rig.must('restart', 'server');
    expect(backlogsOf(port)).toEqual([99]);
  });
});
