/** What an app, or another program of its user, may say over the agent line: its own app hears it and nobody else, and the daemon stays small. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectTo } from '../../src/platform/unix-socket.ts';
import type { BusEvent, BusNotice, InstanceView } from '../../src/protocol/control.ts';
import { Peer } from '../../src/protocol/peer.ts';
import { Rig } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { RawLine } from './raw-line.ts';
import { residentBytes } from './resident.ts';
import { runs } from './runs.ts';
import { anyJson, objectOf } from './values.ts';

const MEBIBYTE = 1024 * 1024;

let rig: Rig;
let daemon: number;
let talker: InstanceView;
let bystander: InstanceView;

const tokenOf = ({ pid }: InstanceView): string =>
  /(?:^|\0)UPKEEP_TOKEN=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1] as string;

beforeAll(async () => {
  rig = new Rig();
  rig.write(
    'app.js',
    'process.on("message", () => {}); setInterval(() => process.send({ type: "beat", data: { from: process.env.name } }), 100)',
  );
  // Without a line of its own: what is said in its name comes from the tests.
  rig.write('mute.js', 'setInterval(() => {}, 1000)');
  await rig.must('start', 'app.js', '--name', 'bystander');
  await rig.must('start', 'mute.js', '--name', 'talker', '--no-runtime');
  daemon = await rig.daemonPid();
  talker = await rig.one('talker');
  bystander = await rig.one('bystander');
});

afterAll(() => rig.dispose());

const open = (): Promise<RawLine> => RawLine.open(rig.paths.agentSocket);
const hello = (token: unknown, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'hello',
  protocol: 1,
  token,
  pid: 1,
  node: '20.0.0',
  ...more,
});

async function nothingHappened(): Promise<void> {
  expect(await rig.daemonPid()).toBe(daemon);
  const others = (await rig.list()).map(({ name, pid, status }) => ({ name, pid, status }));
  expect(others).toEqual([
    { name: 'bystander', pid: bystander.pid, status: 'online' },
    { name: 'talker', pid: talker.pid, status: 'online' },
  ]);
}

test('without the token of a living process nothing is heard: no bytes, no guess, no frame of the daemon’s own', async () => {
  const token = tokenOf(bystander);
  const opening = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.concat([bytes, Buffer.from('\n')])),
    anyJson.map((value) => Buffer.from(`${JSON.stringify(value)}\n`)),
    fc
      .oneof(anyJson, fc.constantFrom(token.slice(1), `${token} `, token.toUpperCase(), [token], { token }, '', null))
      .filter((guess) => guess !== token)
      .map((guess) => Buffer.from(`${JSON.stringify(hello(guess))}\n`)),
    fc
      .constantFrom(
        'message',
        'ack',
        'stop',
        'admit',
        'measure',
        'perform',
        'ping',
        'performed',
        'draining',
        'stranded',
      )
      .map((type) => Buffer.from(`${JSON.stringify({ type, token, n: 1, message: 'ready', signal: 'SIGKILL' })}\n`)),
  );
  await fc.assert(
    fc.asyncProperty(opening, async (bytes) => {
      const raw = await open();
      raw.write(bytes);
      raw.write(`${JSON.stringify({ type: 'message', n: 1, message: { type: 'forged' } })}\n`);
      await raw.closed();
      expect(raw.answers).toEqual([]);
    }),
    runs(60),
  );
  await nothingHappened();
});

test('a line that says nothing, or a beginning without an end, is closed after a while or at 64 KiB', async () => {
  const long = await open();
  long.write('x'.repeat(70_000));
  await long.closed();
  const many = await Promise.all(Array.from({ length: 700 }, open));
  await until(
    () => (many.filter(({ isClosed }) => isClosed).length >= 200 ? true : undefined),
    () => 'those above 500 to be closed',
  );
  await nothingHappened();
  await Promise.all(many.map((raw) => raw.closed()));
});

test('with a token anything may be said: it is taken for its own process alone', async () => {
  const told: BusNotice[] = [];
  const bus = new Peer((await connectTo(rig.paths.rpcSocket)) as never, {
    onNotice: (_, value) => told.push(value as BusNotice),
  });
  await bus.request('bus.follow', {});
  let lasts = 0;
  const isLast = (event: BusEvent, last: number): boolean =>
    event.kind === 'event' && event.type === 'last' && (event.data as { last?: unknown }).last === last;
  const frame = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(
          'message',
          'draining',
          'connections',
          'doors',
          'measured',
          'performed',
          'pong',
          'sigusr1',
          'hello',
        ),
        fc.array(
          fc.tuple(
            fc.constantFrom(
              'n',
              'message',
              'inFlight',
              'work',
              'more',
              'open',
              'doors',
              'measures',
              'result',
              'glance',
              'taken',
              'token',
              'node',
            ),
            anyJson,
          ),
          { maxLength: 5 },
        ),
      )
      .map(([type, entries]) => objectOf([...entries, ['type', type]])),
    fc
      .tuple(
        fc.constantFrom('axm:monitor', 'axm:action', 'axm:reply', 'axm:option:configuration', 'process:exception', 'x'),
        anyJson,
      )
      .map(([type, data]) => ({ type: 'message', n: 1, message: { type, data } })),
    anyJson,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 10, maxLength: 10 }), async (frames) => {
      const raw = await open();
      raw.say(hello(tokenOf(talker)));
      for (const one of frames) raw.say(one);
      raw.say(hello(tokenOf(bystander)));
      const last = ++lasts;
      raw.say({ type: 'message', n: 7, message: { type: 'last', data: { last } } });
      await until(
        () => (raw.isClosed || told.some(({ event }) => isLast(event, last)) ? true : undefined),
        () => `an end of ${JSON.stringify(frames)}`,
      );
      raw.end();
      await nothingHappened();
      for (const name of ['talker', 'bystander']) await rig.call('instance.describe', { targets: [name] });
    }),
    runs(15),
  );
  for (const command of [['describe', 'talker'], ['list'], ['jlist']]) expect((await rig.run(...command)).code).toBe(0);
  const said = told.flatMap(({ event }) => (event.kind === 'event' || event.kind === 'message' ? [event] : []));
  const ofBystander = said.filter(({ process }) => process.name === 'bystander');
  for (const event of ofBystander)
    expect(event).toMatchObject({ kind: 'event', type: 'beat', data: { from: 'bystander' } });
  expect(said.some(({ process }) => process.name === 'talker')).toBe(true);
  bus.close();
});

test('a token shown again is the same process again: the line before is closed, and no other gets what is its own', async () => {
  const first = await open();
  first.say(hello(tokenOf(talker)));
  first.say({ type: 'message', n: 1, message: { type: 'one', data: 1 } });
  await first.answered(1);
  const second = await open();
  second.say(hello(tokenOf(talker)));
  await first.closed();
  await rig.call('app.message', { targets: ['talker'], message: 'to talker' }).catch(() => {});
  await rig.call('app.message', { targets: ['bystander'], message: 'to bystander' });
  second.say({ type: 'message', n: 2, message: { type: 'two', data: 2 } });
  await until(
    () => (second.answers.some(({ type }) => type === 'ack') ? true : undefined),
    () => 'the second line to be heard',
  );
  expect(JSON.stringify(second.answers)).not.toContain('to bystander');
  second.end();
  await nothingHappened();
});

test('a million messages of one app: the list answers, other apps are heard, memory is bounded', async () => {
  const before = residentBytes(daemon);
  const beats: number[] = [];
  const bus = new Peer((await connectTo(rig.paths.rpcSocket)) as never, {
    onNotice: (_, value) => {
      const { event } = value as BusNotice;
      if (event.kind === 'event' && event.process.name === 'bystander') beats.push(event.at);
    },
  });
  await bus.request('bus.follow', {});
  const raw = await open();
  raw.socket.pause();
  raw.say(hello(tokenOf(talker)));
  const thousand = Array.from({ length: 1000 }, (_, i) =>
    JSON.stringify({ type: 'message', n: i + 1, message: { type: 'flood', data: { i } } }),
  );
  const bytes = Buffer.from(`${thousand.join('\n')}\n`);
  let sent = 0;
  let slowestMs = 0;
  const flood = (async () => {
    for (; sent < 1000; sent++) await new Promise<void>((resolve) => raw.socket.write(bytes, () => resolve()));
  })();
  while (sent < 1000) {
    const from = performance.now();
    await nothingHappened();
    slowestMs = Math.max(slowestMs, performance.now() - from);
  }
  await flood;
  const heard = beats.length;
  await until(
    () => (beats.length > heard ? true : undefined),
    () => 'the other app to be heard',
  );
  expect(slowestMs).toBeLessThan(5_000);
  expect(residentBytes(daemon) - before).toBeLessThan(150 * MEBIBYTE);
  raw.end();
  bus.close();
  await nothingHappened();
});
