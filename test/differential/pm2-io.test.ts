/** The published libraries @pm2/io and tx2 run in apps under Upkeep as they are: metrics, actions, events, errors. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { hearBus } from '../helpers/bus.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const PACKAGES = join(import.meta.dirname, '../../.reference/node_modules');
const LIMIT = 20_000;

const IO = `
const io = require('@pm2/io');
io.metric({ name: 'my gauge', unit: 'cows' }).set(42);
io.metric({ name: 'polled', value: () => 7 });
io.counter({ name: 'my counter' }).inc(3);
const meter = io.meter({ name: 'my meter', samples: 1, timeframe: 60 });
const histogram = io.histogram({ name: 'my histogram', measurement: 'mean' });
setInterval(() => { meter.mark(); histogram.update(10); }, 20);
io.action('hello', (reply) => reply({ hi: 1 }));
io.action('echo', (param, reply) => reply({ got: param }));
io.action('notify', (reply) => { io.notifyError(new Error('told'), { custom: { a: 1 } }); reply('done'); });
io.action('emit', (reply) => { io.emit('bought', { n: 2 }); reply('done'); });
io.action('reject', (reply) => { reply('done'); setImmediate(() => Promise.reject(new Error('rejected'))); });
io.action('throw', (reply) => { reply('done'); setImmediate(() => { throw new Error('thrown'); }); });`;

const TX2 = `
const tx2 = require('tx2');
tx2.metric('my gauge', () => 42);
tx2.metric({ name: 'polled', value: () => 7 });
tx2.counter({ name: 'my counter' }).inc(3);
tx2.action('hello', (reply) => reply({ hi: 1 }));
tx2.action('echo', (param, reply) => reply({ got: param }));
tx2.action('notify', (reply) => { tx2.issue(new Error('told')); reply('done'); });
tx2.action('emit', (reply) => { tx2.event('bought', { n: 2 }); reply('done'); });
setInterval(() => {}, 1e6);`;

function place(rig: Rig, name: string, code: string): void {
  rig.write(name, code);
  symlinkSync(PACKAGES, join(rig.root, 'node_modules'));
}

interface Record {
  readonly axm_monitor: { readonly [name: string]: { readonly value: unknown } };
  readonly axm_actions: readonly { readonly action_name: string }[];
  readonly axm_options: { readonly apm?: unknown };
}

async function records(rig: Rig): Promise<readonly Record[]> {
  const entries = JSON.parse(await rig.must('jlist')) as { readonly pm2_env: Record }[];
  return entries.map((entry) => entry.pm2_env);
}

/** Waits until each process shows its metrics and actions. */
async function shown(rig: Rig, action: string): Promise<readonly Record[]> {
  return until(
    async () => {
      const all = await records(rig);
      const isThere = all.every(
        ({ axm_monitor, axm_actions }) =>
          axm_monitor['my counter']?.value === 3 && axm_actions.some((one) => one.action_name === action),
      );
      return isThere ? all : undefined;
    },
    () => 'the metrics and actions of the library',
    LIMIT,
  );
}

for (const [library, code] of [
  ['@pm2/io', IO],
  ['tx2', TX2],
] as const)
  describe.each([
    ['fork', 1, []],
    ['cluster', 2, ['-i', '2']],
  ] as const)(`${library} in %s mode`, (_, count, args) => {
    test('metrics, actions, events and errors, also under the next daemon', async ({ rig }) => {
      place(rig, 'app.js', code);
      await rig.must('start', 'app.js', ...args);
      const check = async (): Promise<void> => {
        for (const { axm_monitor } of await shown(rig, 'emit')) {
          expect(axm_monitor['my gauge']?.value).toBe(42);
          expect(axm_monitor.polled?.value).toBe(7);
        }
        const hello = await rig.must('trigger', 'app', 'hello');
        expect(hello.match(/^\[app:\d:default\]=\{"hi":1\}$/gm)).toHaveLength(count);
        expect(await rig.must('trigger', 'app', 'echo', 'a b')).toContain('={"got":"a b"}\n');
        const bus = await hearBus(rig);
        await rig.must('trigger', 'app', 'notify');
        const { data } = await bus.first('process:exception');
        expect(data).toMatchObject({ message: 'told', stack: expect.stringContaining('app.js') });
        await rig.must('trigger', 'app', 'emit');
        const isBought = ({ data: event }: { data?: unknown }): boolean =>
          (event as { __name: string }).__name === 'bought';
        expect(await bus.first('human:event', isBought)).toMatchObject({ data: { __name: 'bought', n: 2 } });
      };
      await check();
      const daemon = await rig.daemonPid();
      const pids = (await rig.list()).map(({ pid }) => pid);
      process.kill(daemon, 'SIGKILL');
      await rig.nextDaemon(daemon);
      await check();
      expect((await rig.list()).map(({ pid }) => pid)).toEqual(pids);
    });
  });

describe('@pm2/io', () => {
  test('meter and histogram, and what it says of itself', async ({ rig }) => {
    place(rig, 'app.js', IO);
    await rig.must('start', 'app.js');
    await shown(rig, 'emit');
    const record = await until(
      async () => {
        const [one] = await records(rig);
        return Number(one?.axm_monitor['my meter']?.value) > 0 ? one : undefined;
      },
      () => 'a rate of the meter',
    );
    expect(record.axm_monitor['my histogram']?.value).toBe(10);
    expect(record.axm_options.apm).toMatchObject({ type: 'node', version: '6.1.0' });
  });

  test('an exception is told once and ends the app; a rejection is told, and the library keeps it up', async ({
    rig,
  }) => {
    place(rig, 'app.js', IO);
    await rig.must('start', 'app.js', '--no-autorestart');
    await shown(rig, 'throw');
    const bus = await hearBus(rig);
    await rig.must('trigger', 'app', 'reject');
    await bus.first('process:exception', ({ data }) => (data as { message: string }).message === 'rejected');
    expect(await rig.must('trigger', 'app', 'hello')).toContain('{"hi":1}');
    await rig.must('trigger', 'app', 'throw');
    await bus.first('process:event', ({ event }) => event === 'exit');
    await rig.when('app', (one) => one.status === 'stopped', 'its end');
    expect((await rig.one('app')).lastExit).toEqual({ kind: 'code', code: 1 });
    const told = bus.packets.filter(({ name }) => name === 'process:exception').map(({ packet }) => packet.data);
    expect(told.map((data) => (data as { message: string }).message)).toEqual(['rejected', 'thrown']);
  });

  test('a program that has nothing left to do ends, though it has the library', async ({ rig }) => {
    place(rig, 'app.js', `require('@pm2/io').metric({ name: 'x' }).set(1); console.log('done');`);
    await rig.run('start', 'app.js', '--no-autorestart');
    await rig.when('app', (one) => one.status === 'stopped', 'its end');
    expect((await rig.one('app')).lastExit).toEqual({ kind: 'code', code: 0 });
  });
});
