/** `logs` and its kin, in what Upkeep does beyond PM2 or that needs no comparison. */
import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.cjs');
const TICK = `
require('node:net').createServer().listen(0, '127.0.0.1');
setInterval(() => { console.log('tick tock tick'); console.log(''); console.error('oops'); }, 30);
`;

test('a reader that goes away ends logs quietly', async ({ rig }) => {
  rig.write('tick.js', TICK);
  await rig.must('start', 'tick.js', '--name', 'tick');
  const child = spawn(process.execPath, [CLI, 'logs', '--raw', '--lines', '0'], { env: rig.env });
  rig.onDispose(() => void child.kill('SIGKILL'));
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect([code, complaints.replaceAll('oops\n', '')]).toEqual([0, '']);
});

test("PM2 and daemon are the daemon's own log, shown and followed", async ({ rig }) => {
  rig.write('tick.js', TICK);
  await rig.must('start', 'tick.js', '--name', 'tick');
  for (const word of ['PM2', 'daemon']) {
    const text = await rig.must('logs', word, '--nostream', '--lines', '5');
    expect(text).toContain('daemon.log last 5 lines:');
    expect(text).toMatch(/^daemon {5}\| .* tick \(0\) started/m);
    expect(text).not.toContain('tock');
  }
  const all = await rig.must('logs', '--nostream', '--lines', '3');
  expect(all).toContain('daemon.log last 3 lines:');
  for (const only of [['--err'], ['--raw'], ['--json']])
    expect(await rig.must('logs', '--nostream', ...only)).not.toContain('daemon.log');
  const followed = rig.spawnCli('logs', 'PM2', '--lines', '0', '--format');
  await until(
    async () => {
      // Each change writes a line; the follower may not be there for the first.
      await rig.must('reset', 'tick');
      await rig.must('restart', 'tick');
      return /^timestamp=\S+ app=pm2 message=.*tick \(0\)/m.test(followed.output()) ? true : undefined;
    },
    () => `a line of the daemon: ${followed.output()}`,
  );
});

test('highlight marks the first place in each line, where there are colours', async ({ rig }) => {
  rig.write('tick.js', TICK);
  await rig.must('start', 'tick.js', '--name', 'tick');
  await until(
    () => (rig.read('logs/tick-out.log').includes('tock') ? true : undefined),
    () => 'output',
  );
  const args = ['logs', 'tick', '--nostream', '--out', '--lines', '2', '--highlight', 'tick'];
  const painted = (await rig.runWith({ env: { FORCE_COLOR: '1' } }, ...args)).stdout;
  expect(painted).toMatch(/\| \u001b\[43m\u001b\[30mtick\u001b\[39m\u001b\[49m tock tick$/m);
  expect((await rig.run(...args)).stdout).toMatch(/\| tick tock tick$/m);
});

test('empty lines are left out of a stream, and stand in a raw one', async ({ rig }) => {
  rig.write('tick.js', TICK);
  await rig.must('start', 'tick.js', '--name', 'tick');
  const shown = rig.spawnCli('logs', 'tick', '--lines', '0', '--out');
  const raw = rig.spawnCli('logs', 'tick', '--lines', '0', '--out', '--raw');
  await until(
    () => (shown.output().split('\n').length > 5 && raw.output().split('\n').length > 5 ? true : undefined),
    () => 'lines',
  );
  expect(shown.output()).not.toMatch(/\| $/m);
  expect(raw.output()).toContain('\n\n');
});

test('the time in logs --timestamp is that of the line, not of the moment it is shown', async ({ rig }) => {
  rig.write('tick.js', TICK);
  await rig.must(
    'start',
    'tick.js',
    '--name',
    'json',
    '--log-type',
    'json',
    '--log-date-format',
    'YYYY-MM-DDTHH:mm:ss.SSSZ',
  );
  await until(
    () => (rig.read('logs/json-out.log').includes('tock') ? true : undefined),
    () => 'output',
  );
  await rig.must('stop', 'json');
  writeFileSync(
    join(rig.paths.logs, 'json-out.log'),
    `${JSON.stringify({ message: 'of old', timestamp: '2001-02-03T04:05:06.000Z', type: 'out' })}\n`,
  );
  const text = await rig.must('logs', 'json', '--nostream', '--out', '--timestamp', 'YYYY');
  expect(text).toMatch(/^2001 0\|json {5}\| of old$/m);
});

test('two processes in one file: no line is broken, and each object of JSON is a line', async ({ rig }) => {
  rig.write(
    'long.js',
    `
    require('node:net').createServer().listen(0, '127.0.0.1');
    for (let i = 0; i < 200; i++) process.stdout.write('x'.repeat(500) + '-' + i + '\\n');`,
  );
  await rig.must('start', 'long.js', '--name', 'long', '-i', '2', '--merge-logs', '--log-type', 'json');
  const lines = (): string[] =>
    rig
      .read('logs/long-out.log')
      .split('\n')
      .filter((line) => line !== '');
  await until(
    () => (lines().length >= 400 ? true : undefined),
    () => `400 lines, there are ${lines().length}`,
  );
  for (const line of lines()) expect((JSON.parse(line) as { message: string }).message).toMatch(/^x{500}-\d+$/);
});

test('callbacks of process.stdout.write and stderr.write fire', async ({ rig }) => {
  rig.write(
    'back.js',
    `
    require('node:net').createServer().listen(0, '127.0.0.1');
    process.stdout.write('first\\n', () => process.stderr.write('second\\n', () => console.log('third')));`,
  );
  for (const mode of ['fork', 'cluster']) {
    await rig.must('start', 'back.js', '--name', mode, '-f', ...(mode === 'cluster' ? ['-i', '1'] : []));
    const files = (): string => rig.read(`logs/${mode}-out.log`) + rig.read(`logs/${mode}-out-1.log`);
    await until(
      () => (files().includes('third') ? true : undefined),
      () => `third in the log of ${mode}`,
    );
  }
});

test('the format of dates follows a restart with another one', async ({ rig }) => {
  rig.write('tick.js', TICK);
  await rig.must('start', 'tick.js', '--name', 'tick', '--log-date-format', 'YYYY');
  await until(
    () => (/^\d{4}: tick/m.test(rig.read('logs/tick-out.log')) ? true : undefined),
    () => 'years',
  );
  await rig.must('restart', 'tick', '--log-date-format', '[day] DDD');
  await until(
    () => (/^day \d+: tick/m.test(rig.read('logs/tick-out.log')) ? true : undefined),
    () => `days: ${rig.read('logs/tick-out.log').slice(-200)}`,
  );
  await rig.must('restart', 'tick', '--log-date-format', '%%% ???');
  await until(
    () => (/^%%% \?\?\?: tick/m.test(rig.read('logs/tick-out.log')) ? true : undefined),
    () => 'a format that is none',
  );
});

test('flush says which files it emptied, also when a file has gone', async ({ rig }) => {
  rig.write('tick.js', TICK);
  await rig.must('start', 'tick.js', '--name', 'tick');
  await rig.must('stop', 'tick');
  rmSync(join(rig.paths.logs, 'tick-error.log'), { force: true });
  const text = await rig.must('flush');
  expect(text).toContain(join(rig.paths.logs, 'tick-out.log'));
  expect(text).toContain(rig.paths.daemonLog);
  expect(existsSync(rig.paths.daemonLog)).toBe(true);
});

test('who follows a name goes on when it is deleted and started again, and when there are more of it', async ({
  rig,
}) => {
  rig.write('tick.js', `${TICK}\nconsole.log('I am', process.pid);`);
  await rig.must('start', 'tick.js', '--name', 'tick');
  const follower = rig.spawnCli('logs', 'tick', '--lines', '0', '--out');
  await until(
    () => (follower.output().includes('tock') ? true : undefined),
    () => 'the first lines',
  );
  await rig.must('delete', 'tick');
  await rig.must('start', 'tick.js', '--name', 'tick', '-i', '2');
  for (const { pid } of await rig.list())
    await until(
      () => (follower.output().includes(`I am ${pid}`) ? true : undefined),
      () => `what ${pid} says: ${follower.output().slice(-500)}`,
    );
});
