/** What the command line says and how it exits, against a real daemon and real processes. */
import { describe, expect } from 'vitest';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const SERVER = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(0, '127.0.0.1', () => console.log('up'));`;
const COUNTER = `let n = 0; setInterval(() => console.log('line ' + ++n), 5);`;
const CRASH = `console.error('cannot find the database'); process.exit(3);`;

describe('start', () => {
  test('says that a server listens, and where', async ({ rig }) => {
    rig.write('api.js', SERVER);
    expect(await rig.must('start', 'api.js')).toMatch(/api \(0\).*listening on 127\.0\.0\.1:\d+, pid \d+/);
    expect((await rig.one('api')).status).toBe('online');
  });

  test('fails with the last lines of a program that does not come up', async ({ rig }) => {
    rig.write('bad.js', CRASH);
    const { code, stderr } = await rig.run('start', 'bad.js', '--no-autorestart');
    expect(code).toBe(1);
    expect(stderr).toContain('exit code 3');
    expect(stderr).toContain('cannot find the database');
  });

  test('starts nothing if one word is a mistake', async ({ rig }) => {
    rig.write('api.js', SERVER);
    expect((await rig.run('start', 'api.js', 'missing.js')).code).toBe(1);
    expect(await rig.list()).toEqual([]);
  });

  test('takes names, scripts that are down, and refuses what runs', async ({ rig }) => {
    const api = rig.write('api.js', SERVER);
    await rig.must('start', api);
    expect((await rig.run('start', api)).code).toBe(1);
    await rig.must('stop', 'api.js');
    await rig.must('start', api);
    await rig.must('start', 'api', '--max-memory-restart', '300M');
    expect((await rig.list()).map(({ name, status }) => [name, status])).toEqual([['api', 'online']]);
    const [entry] = JSON.parse(await rig.must('jlist')) as [{ pm2_env: Record<string, unknown> }];
    expect(entry.pm2_env.max_memory_restart).toBe(300 * 1024 ** 2);
  });

  test('gives the words after -- to the script', async ({ rig }) => {
    rig.write('args.js', `console.log(JSON.stringify(process.argv.slice(2))); setInterval(() => {}, 1e6);`);
    await rig.must('start', 'args.js', '--', '-s', '--name', 'x');
    const { stdout } = await rig.run('logs', 'args', '--nostream', '--raw');
    expect(stdout).toContain('["-s","--name","x"]');
  });
});

describe('several targets', () => {
  test('are all processed, and the exit code tells that one failed', async ({ rig }) => {
    rig.write('api.js', SERVER);
    await rig.must('start', 'api.js');
    const { code, stderr } = await rig.run('stop', 'nosuch', 'api');
    expect(code).toBe(1);
    expect(stderr).toContain('nosuch');
    expect((await rig.one('api')).status).toBe('stopped');
  });
});

describe('what programs read', () => {
  test('is alone on stdout, on a cold home too', async ({ rig }) => {
    expect(await rig.must('jlist')).toBe('[]');
    expect(await rig.must('id', 'nosuch')).toBe('[]\n');
    expect(await rig.must('pid', 'nosuch')).toBe('\n');
    expect(await rig.must('-s', 'jlist')).toBe('[]');
  });
});

describe('restart', () => {
  test('names the variables that differ, but not their values', async ({ rig }) => {
    rig.write('api.js', SERVER);
    await rig.must('start', 'api.js');
    const options = { env: { GREETING: 'hello-secret' } };
    const kept = await rig.runWith(options, 'restart', 'api');
    expect(kept.stdout).toContain('GREETING');
    expect(kept.stdout + kept.stderr).not.toContain('hello-secret');
    expect(await rig.must('env', 'api')).not.toContain('GREETING');
    await rig.runWith(options, 'restart', 'api', '--update-env');
    expect(await rig.must('env', 'api')).toContain('GREETING: hello-secret');
  });
});

describe('logs', () => {
  test('follow without a gap over the death of the daemon', async ({ rig }) => {
    rig.write('counter.js', COUNTER);
    await rig.must('start', 'counter.js');
    const following = rig.spawnCli('logs', 'counter', '--raw', '--lines', '5');
    const numbersIn = (text: string): number[] =>
      [...text.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
    const numbers = (): number[] => numbersIn(following.output());
    const grows = async (): Promise<void> => {
      const before = numbers().length;
      await until(
        () => (numbers().length > before + 20 ? true : undefined),
        () => 'more lines',
      );
    };
    await grows();
    const pid = await rig.daemonPid();
    process.kill(pid, 'SIGKILL');
    await rig.nextDaemon(pid);
    await grows();
    const seen = numbers();
    // The kill itself may have cost the file a chunk (`docs/guarantees.md`); what the file has, the follower has.
    const kept = numbersIn(rig.read('logs/counter-out.log'));
    const from = kept.indexOf(seen[0] ?? 0);
    expect(seen).toEqual(kept.slice(from, from + seen.length));
  });

  test('of what is not there is a mistake', async ({ rig }) => {
    expect((await rig.run('logs', 'nosuch')).code).toBe(1);
  });
});

test('an app that is deleted while it is being described is not there, which is no fault of the daemon', async ({
  rig,
}) => {
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  for (let round = 0; round < 6; round++) {
    await rig.must('start', 'app.js', '--kill-timeout', '1');
    const { pid } = await rig.one('app');
    await rig.when('app', ({ nodeVersion }) => nodeVersion !== null, 'its runtime to have its line');
    // It does not say how it is, which a description waits for.
    process.kill(pid, 'SIGSTOP');
    const described = rig.call('instance.describe', { targets: ['app'] }).then(
      ({ instances }) => instances.map(({ name }) => name),
      ({ code }) => code,
    );
    await rig.call('app.delete', { targets: ['app'] });
    expect(['NOT_FOUND', ['app']]).toContainEqual(await described);
  }
});
