/** The way over from a PM2 that runs: app by app, under load, and back. */
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect } from 'vitest';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { Side } from './side.ts';

const PM2 = join(import.meta.dirname, '../../.reference/node_modules/pm2/bin/pm2');
const SERVER = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');`;
/** Two of it at a time would be seen in the file. */
const WRITER = `
const { appendFileSync } = require('node:fs');
const write = (what) => appendFileSync(process.env.BOOK, what + ' ' + process.pid + '\\n');
write('begin'); setInterval(() => write('tick'), 20);
process.on('SIGINT', () => { write('end'); process.exit(0); });`;
const IDLE = `setInterval(() => {}, 1e6);`;
const PICKY = `if (process.env.UPKEEP_APP) { console.error('not here'); process.exit(7); } setInterval(() => {}, 1e6);`;

const pm2 = new Side('pm2');
afterAll(() => pm2.dispose());

beforeEach(async () => {
  await pm2.clean().catch(() => {});
  pm2.newCase();
  for (const [name, text] of Object.entries({ server: SERVER, writer: WRITER, picky: PICKY, idle: IDLE })) {
    pm2.write(`${name}.js`, text);
  }
});

const takeover = (rig: Rig, ...args: string[]) => rig.run('takeover', '--home', pm2.home, '--pm2', PM2, ...args);
const statuses = async (): Promise<readonly unknown[]> =>
  (await pm2.list()).map(({ name, pm2_env: { status } }) => [name, status]);

/** What clients saw of it, and what the command said of it. */
async function underLoad(port: number, act: () => Promise<{ stdout: string; stderr: string; code: number }>) {
  const load = startLoad(port, { keepAlive: 0, fresh: 2 });
  await until(
    () => (load.sent() > 20 ? true : undefined),
    () => 'requests before the move',
  );
  const ran = await act();
  const before = load.sent();
  await until(
    () => (load.sent() > before + 50 ? true : undefined),
    () => 'requests after the move',
  );
  await load.stop();
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const gapMs = Number(/nobody listened for (\d+) ms/.exec(ran.stdout)?.[1]);
  return { gapMs, failures: load.failures(), sent: load.sent() };
}

describe('takeover', () => {
  test('moves a cluster app: it is booted here first, and gets its port when PM2 lets go of it', async ({ rig }) => {
    const port = await freePort();
    await pm2.runWith({ env: { PORT: String(port) } }, 'start', 'server.js', '--name', 'api', '-i', '2');
    const { gapMs, failures, sent } = await underLoad(port, () => takeover(rig));
    console.log(
      `cluster: nobody listened for ${gapMs} ms; ${failures.length} of ${sent} requests failed: ${[...new Set(failures)].join(', ')}`,
    );
    // Less than a boot takes: it was booted before.
    expect(gapMs).toBeLessThan(1000);
    expect(await statuses()).toEqual([
      ['api', 'stopped'],
      ['api', 'stopped'],
    ]);
    expect((await rig.list()).map(({ name, status, execMode }) => [name, status, execMode])).toEqual([
      ['api', 'online', 'cluster'],
      ['api', 'online', 'cluster'],
    ]);
  });

  test('moves a fork app with a port, and brings it back', async ({ rig }) => {
    const port = await freePort();
    await pm2.runWith({ env: { PORT: String(port), COLOUR: 'blue' } }, 'start', 'server.js', '--name', 'web');
    const there = await underLoad(port, () => takeover(rig));
    console.log(
      `fork: nobody listened for ${there.gapMs} ms; ${there.failures.length} of ${there.sent} requests failed`,
    );
    expect(await statuses()).toEqual([['web', 'stopped']]);
    expect(await rig.must('env', 'web')).toContain('COLOUR: blue');
    const back = await underLoad(port, () => takeover(rig, '--back'));
    console.log(`fork, back: nobody listened for ${back.gapMs} ms`);
    expect(await statuses()).toEqual([['web', 'online']]);
    expect(await rig.list()).toEqual([]);
    expect((await takeover(rig, '--back')).code).toBe(1);
  });

  test('never lets two of an app without a port write at a time', async ({ rig }) => {
    const book = pm2.write('book', '');
    await pm2.runWith({ env: { BOOK: book } }, 'start', 'writer.js');
    await until(
      () => (pm2.read(book).includes('tick') ? true : undefined),
      () => 'the writer under PM2',
    );
    const { code, stdout } = await takeover(rig);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/writer runs here .*nobody ran for \d+ ms/)]);
    const mine = String((await rig.one('writer')).pid);
    await until(
      () => (pm2.read(book).includes(`tick ${mine}`) ? true : undefined),
      () => 'the writer here',
    );
    const lines = pm2.read(book).trim().split('\n');
    const end = lines.findIndex((line) => line.startsWith('end'));
    expect(end).toBeGreaterThan(0);
    expect(lines.slice(0, end).some((line) => line.endsWith(mine))).toBe(false);
    expect(lines.slice(end + 1).every((line) => line.endsWith(mine))).toBe(true);
  });

  test('lets an app without a port run twice for a moment if it is asked to', async ({ rig }) => {
    await pm2.must('start', 'idle.js');
    const { code, stdout } = await takeover(rig, '--overlap');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/idle runs here .*nobody ran for 0 ms/)]);
    expect((await rig.one('idle')).status).toBe('online');
  });

  test('gives an app back that does not come up here, and moves the others', async ({ rig }) => {
    await pm2.must('start', 'picky.js', '--no-autorestart');
    await pm2.must('start', 'idle.js');
    const { code, stderr } = await takeover(rig);
    expect(code).toBe(1);
    expect(stderr).toMatch(/picky was given back to PM2: .*exit code 7/);
    expect(stderr).toContain('not here');
    expect(await statuses()).toEqual([
      ['picky', 'online'],
      ['idle', 'stopped'],
    ]);
    expect((await rig.list()).map(({ name }) => name)).toEqual(['idle']);
  });

  test('takes only what is named, and nothing in a dry run', async ({ rig }) => {
    await pm2.must('start', 'idle.js', '--name', 'a');
    await pm2.must('start', 'idle.js', '--name', 'b');
    const dry = await takeover(rig, '--dry-run');
    expect(dry.stdout).toMatch(/a: 1 process, would be/);
    expect(await rig.list()).toEqual([]);
    expect((await takeover(rig, '--only', 'b')).code).toBe(0);
    expect(await statuses()).toEqual([
      ['a', 'online'],
      ['b', 'stopped'],
    ]);
  });
});

describe('import pm2', () => {
  test('registers what PM2 has saved, as PM2 itself wrote it', async ({ rig }) => {
    await pm2.runWith({ env: { COLOUR: 'green' } }, 'start', 'idle.js', '--name', 'w', '-i', '2', '--', 'x', 'y');
    await pm2.must('start', '/bin/sleep', '--name', 'nap', '--interpreter', 'none', '--', '1000');
    await pm2.must('save', '--force');
    expect(await rig.must('import', 'pm2', '--home', pm2.home)).toContain('is registered');
    const found = await rig.call('instance.describe', { targets: ['all'] });
    expect(found.instances.map(({ name, status, spec }) => [name, status, spec.execMode, spec.args])).toEqual([
      ['w', 'stopped', 'cluster', ['x', 'y']],
      ['w', 'stopped', 'cluster', ['x', 'y']],
      ['nap', 'stopped', 'fork', ['1000']],
    ]);
    expect(found.instances[0]?.spec.env.inherited.COLOUR).toBe('green');
    const refused = await rig.run('import', 'pm2', '--home', pm2.home, '--start');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('would run twice')]);
  });
});
