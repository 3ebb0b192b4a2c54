/** A client that says anything over the control line: the daemon answers with a reason, goes on for the others, and stays small. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppSpec } from '../../src/core/terms.ts';
import type { InstanceView } from '../../src/protocol/control.ts';
import { Rig } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { mutated } from './mutations.ts';
import { RawLine } from './raw-line.ts';
import { residentBytes } from './resident.ts';
import { runs } from './runs.ts';
import { anyJson, NASTY_NAMES, objectOf } from './values.ts';

const MEBIBYTE = 1024 * 1024;

/** All but those that end the daemon or write where a path says. */
const METHODS = [
  'daemon.ping',
  'instance.list',
  'instance.describe',
  'instance.why',
  'metrics.now',
  'metrics.history',
  'app.start',
  'app.restart',
  'app.reload',
  'app.reloaded',
  'app.scale',
  'app.amend',
  'app.stop',
  'app.delete',
  'app.reset',
  'app.signal',
  'app.send',
  'app.env',
  'app.message',
  'app.trigger',
  'app.monitor',
  'logs.follow',
  'logs.flush',
  'events.follow',
  'bus.follow',
  'host.look',
  'state.resurrect',
  'alerts.list',
  'alerts.status',
  'alerts.use',
  'alerts.mute',
  'alerts.test',
  'daemon.update',
  'daemon.profile',
] as const;

const PARAMETERS = [
  'targets',
  'target',
  'specs',
  'apps',
  'count',
  'signal',
  'streams',
  'after',
  'parallel',
  'since',
  'line',
  'separator',
  'message',
  'action',
  'params',
  'uuid',
  'waitMs',
  'by',
  'wait',
  'force',
  'onlyDown',
  'toggleWatch',
  'on',
  'span',
  'config',
  'destination',
  'durationMs',
  'kind',
  'command',
  'env',
];

/** No fuzzed word may mean the app of the bystander. */
const isHarmless = (params: unknown): boolean => !/"all"|"\/|bystander|"0"|"default"/.test(JSON.stringify(params));

let rig: Rig;
let bystander: InstanceView;
let daemon: number;

beforeAll(async () => {
  rig = new Rig();
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  await rig.must('start', 'app.js', '--name', 'bystander');
  bystander = await rig.one('bystander');
  daemon = await rig.daemonPid();
});

afterAll(() => rig.dispose());

const open = (): Promise<RawLine> => RawLine.open(rig.paths.rpcSocket);

async function nothingHappened(): Promise<void> {
  expect(await rig.daemonPid()).toBe(daemon);
  const { id, pid, status, restarts } = await rig.one('bystander');
  expect({ id, pid, status, restarts }).toEqual({
    id: bystander.id,
    pid: bystander.pid,
    status: 'online',
    restarts: bystander.restarts,
  });
}

describe('the control line', () => {
  test('whatever bytes come, the line is closed with a reason and nothing else happens', async () => {
    const line = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      anyJson.map((value) => Buffer.from(JSON.stringify(value))),
      fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(line, async (bytes) => {
        const raw = await open();
        raw.write(Buffer.concat([bytes, Buffer.from('\n{"id":7,"method":"daemon.ping"}\nnot json\n')]));
        await raw.closed();
        const refused = raw.answers.filter(({ id }) => id === 0);
        expect(refused.length).toBeGreaterThan(0);
        for (const { error } of refused)
          expect(error).toMatchObject({ code: 'BAD_REQUEST', message: expect.any(String) });
      }),
      runs(60),
    );
    await nothingHappened();
  });

  test('a method with parameters of any type is answered, and never by a stack trace', async () => {
    const value = fc.oneof(anyJson, fc.array(fc.constantFrom(...NASTY_NAMES), { maxLength: 3 }));
    const params = fc
      .array(fc.tuple(fc.constantFrom(...PARAMETERS), value), { maxLength: 8 })
      .map((entries) => objectOf([...entries, ['wait', false], ['waitMs', 1]]))
      .filter(isHarmless);
    const request = fc.tuple(
      fc.constantFrom(...METHODS),
      fc.oneof({ weight: 6, arbitrary: params }, anyJson.filter(isHarmless)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 20, maxLength: 20 }), async (requests) => {
        const raw = await open();
        try {
          for (const [i, [method, params]] of requests.entries()) raw.say({ id: i + 1, method, params });
          await until(
            () =>
              requests.every((_, i) => raw.answers.some(({ id }) => id === i + 1)) || raw.isClosed ? true : undefined,
            () => `answers to all of ${JSON.stringify(requests)}`,
          );
          expect(raw.isClosed).toBe(false);
          for (const { error } of raw.answers) {
            const { code, message } = (error ?? { code: '', message: '' }) as { code: string; message: string };
            expect([code, message]).not.toEqual(['INTERNAL', expect.anything()]);
          }
        } finally {
          raw.end();
        }
      }),
      runs(25),
    );
    await nothingHappened();
  });

  test('a spec of which one part is anything is refused by the name of that part, or can be run, listed and taken up again', async () => {
    const [described] = (await rig.call('instance.describe', { targets: ['bystander'] })).instances;
    const base = { ...(described?.spec as AppSpec), name: 'mutant', autostart: false };
    // As many processes as that would start, and are not the subject here.
    const isMany = (count: unknown): boolean => typeof count === 'number' && count > 3 && count <= 10_000;
    const mutant = mutated(base, anyJson).filter(({ value }) => !isMany(value.instances));
    await fc.assert(
      fc.asyncProperty(mutant, async ({ value, path }) => {
        const raw = await open();
        try {
          raw.say({ id: 1, method: 'app.start', params: { specs: [value], wait: false, force: true } });
          await raw.answered(1);
          const { error } = raw.answers[0] as { error?: { code: string; message: string } };
          if (error === undefined) return;
          expect(error.code).toBe('BAD_REQUEST');
          expect(error.message).toContain(`specs[0].${path[0]}`);
        } finally {
          raw.end();
        }
      }),
      runs(150),
    );
    await nothingHappened();
    const before = (await rig.list()).map(({ id, name }) => [id, name]);
    expect(before.length).toBeGreaterThan(1);
    expect((await rig.run('list')).code).toBe(0);
    process.kill(daemon, 'SIGKILL');
    daemon = await rig.nextDaemon(daemon);
    expect((await rig.list()).map(({ id, name }) => [id, name])).toEqual(before);
    const others = before.map(([id]) => id).filter((id) => id !== bystander.id);
    await rig.call('app.delete', { targets: others.map(String) });
    await nothingHappened();
  });

  test('two requests of one number are both answered', async () => {
    const raw = await open();
    raw.say({ id: 5, method: 'daemon.ping', params: {} });
    raw.say({ id: 5, method: 'instance.why', params: { target: 'nobody' } });
    raw.say({ id: 5, result: 'an answer that nobody waits for' });
    raw.say({ id: 6, method: 'daemon.ping' });
    await raw.answered(3);
    expect(raw.answers.map(({ id }) => id).sort()).toEqual([5, 5, 6]);
    raw.end();
  });

  test('what is nested very deep is refused', async () => {
    const raw = await open();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const method of ['app.message', 'alerts.use', 'app.trigger'])
      raw.write(
        `{"id":1,"method":"${method}","params":{"targets":["bystander"],"message":${deep},"config":${deep}}}\n`,
      );
    await raw.answered(3);
    expect(raw.answers.map(({ error }) => (error as { code: string }).code)).toEqual(Array(3).fill('BAD_REQUEST'));
    raw.end();
    await nothingHappened();
  });

  test('a message without an end is refused at 64 MiB, and many of them at 256 MiB together; then their memory is free again', async () => {
    const before = residentBytes(daemon);
    const raw = await open();
    const piece = Buffer.alloc(MEBIBYTE, 'x');
    const fill = async (line: RawLine, mebibytes: number): Promise<void> => {
      for (let i = 0; i < mebibytes && !line.isClosed; i++)
        await new Promise<void>((resolve) => line.socket.write(piece, () => resolve()));
    };
    await fill(raw, 66);
    await raw.closed();
    expect(raw.answers).toMatchObject([
      { id: 0, error: { code: 'BAD_REQUEST', message: expect.stringMatching(/longer than/) } },
    ]);
    const many = await Promise.all(Array.from({ length: 12 }, open));
    await Promise.all(many.map((line) => fill(line, 30)));
    await until(
      () => (many.some(({ isClosed }) => isClosed) ? true : undefined),
      () => 'one to be refused',
    );
    expect(residentBytes(daemon) - before).toBeLessThan(450 * MEBIBYTE);
    await nothingHappened();
    for (const line of many) line.end();
    // Who comes next has all of the room.
    const next = await open();
    await fill(next, 40);
    next.write(`\n`);
    await next.closed();
    expect(next.answers).toMatchObject([{ error: { message: expect.stringMatching(/JSON/) } }]);
    await nothingHappened();
  });

  test('who asks for ever and never reads is not listened to beyond a bound, and the others are', async () => {
    const before = residentBytes(daemon);
    const raw = await open();
    raw.socket.pause();
    const request = `${JSON.stringify({ id: 1, method: 'instance.describe', params: { targets: ['bystander'] } })}\n`;
    const many = Buffer.from(request.repeat(2_000));
    for (let i = 0; i < 100; i++) raw.write(many);
    await Promise.all(Array.from({ length: 20 }, nothingHappened));
    await until(
      async () => {
        const left = raw.socket.writableLength;
        await nothingHappened();
        return left > 0 && left === raw.socket.writableLength ? true : undefined;
      },
      () => 'the daemon to listen to it no more',
    );
    expect(residentBytes(daemon) - before).toBeLessThan(100 * MEBIBYTE);
    raw.socket.resume();
    await raw.answered(2_000);
    raw.end();
    await nothingHappened();
  });
});
