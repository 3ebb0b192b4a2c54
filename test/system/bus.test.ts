/** What is heard on the bus: what processes do, what apps say, in the order, number and shape that PM2's users count on. */
import { describe, expect } from 'vitest';
import { connectTo } from '../../src/platform/unix-socket.ts';
import type { BusPacket } from '../../src/pm2/bus.ts';
import type { BusNotice } from '../../src/protocol/control.ts';
import { Peer } from '../../src/protocol/peer.ts';
import { hearBus } from '../helpers/bus.ts';
import { DELETE_STEP, SCENES } from '../helpers/bus-steps.ts';
import { freePort, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const LIVES = 'setInterval(() => {}, 1e6);';

describe('steps of a process', () => {
  for (const { title, script, startArgs, acts } of SCENES) {
    test(title, async ({ rig }) => {
      rig.write('app.js', script);
      rig.env.BUS_PORT = String(await freePort());
      await rig.must('ping');
      const bus = await hearBus(rig);
      for (const { command, steps } of acts) {
        const before = bus.steps().length;
        const heard = (): readonly string[] =>
          bus
            .steps()
            .slice(before)
            .filter((step) => !DELETE_STEP.test(step));
        const [verb = '', ...words] = command;
        await rig.run(verb, ...(words.length === 0 ? ['app.js', ...startArgs] : words));
        await until(
          () => (heard().length >= steps.length ? true : undefined),
          () => `the steps of ${command.join(' ')}; heard: ${heard().join(', ')}`,
        );
        expect(heard(), command.join(' ')).toEqual(steps);
      }
      for (const { packet } of bus.packets.filter(({ name }) => name === 'process:event')) {
        expect(Object.keys(packet).sort()).toEqual(['at', 'event', 'manually', 'process']);
        expect(packet.process).toMatchObject({ name: 'app', namespace: 'default', pm_exec_path: `${rig.root}/app.js` });
        expect(packet.process).not.toHaveProperty('env');
      }
    });
  }

  test('delete is told, after its exits', async ({ rig }) => {
    rig.write('app.js', LIVES);
    await rig.must('start', 'app.js');
    const bus = await hearBus(rig);
    await rig.must('delete', 'app');
    await bus.first('process:event', ({ event }) => event === 'delete');
    await bus.first('log:PM2', ({ data }) => String(data).includes('app (0) exited'));
    expect(bus.steps()).toEqual(['exit stopping', 'exit stopped', 'delete stopped by command']);
  });

  test('kill is told before the daemon ends', async ({ rig }) => {
    await rig.must('ping');
    const bus = await hearBus(rig);
    await rig.must('kill');
    expect(await bus.first('pm2:kill')).toMatchObject({ status: 'killed' });
  });
});

for (const [mode, options] of [
  ['fork', {}],
  ['cluster', { instances: 1, exec_mode: 'cluster' }],
] as const) {
  test(`what an app says in ${mode} mode: typed events, all else as a message, and lines`, async ({ rig }) => {
    rig.write(
      'app.js',
      `process.send({ type: 'my:type', data: { a: 1 } }); process.send({ type: 'human:event', data: { __name: 'bought', n: 2 } });
       process.send('text'); process.send({ type: 'no:data' }); process.send({ foo: 1 }); process.send('ready');
       console.log('to out'); console.error('to err'); ${LIVES}`,
    );
    rig.write('apps.json', JSON.stringify([{ name: 'app', script: 'app.js', ...options }]));
    await rig.must('ping');
    const bus = await hearBus(rig);
    await rig.must('start', 'apps.json');
    const named = { pm_id: 0, name: 'app', namespace: 'default' };
    const at = expect.any(Number);
    expect(await bus.first('my:type')).toEqual({ at, data: { a: 1 }, process: named });
    expect(await bus.first('human:event')).toMatchObject({ data: { __name: 'bought', n: 2 }, process: named });
    await bus.first('process:msg', ({ raw }) => raw === 'ready');
    const messages = bus.packets.filter(({ name }) => name === 'process:msg').map(({ packet }) => packet);
    expect(messages.map(({ raw }) => raw)).toEqual(['text', { type: 'no:data' }, { foo: 1 }, 'ready']);
    for (const message of messages) expect(message).toEqual({ at, raw: message.raw, process: named });
    expect(await bus.first('log:out')).toEqual({ at, data: 'to out\n', process: { ...named, rev: null } });
    expect(await bus.first('log:err')).toEqual({ at, data: 'to err\n', process: { ...named, rev: null } });
  });

  test(`an exception in ${mode} mode is told once, and Node prints and ends as ever`, async ({ rig }) => {
    const scripts = {
      later: `setTimeout(() => { throw new TypeError('boom'); }, 200);`,
      early: `throw new TypeError('boom');`,
      promise: `setTimeout(() => Promise.reject(new TypeError('boom')), 200);`,
    };
    const apps = Object.entries(scripts).map(([name, code]) => {
      rig.write(`${name}.js`, code);
      return { name, script: `${name}.js`, autorestart: false, ...options };
    });
    rig.write('apps.json', JSON.stringify(apps));
    await rig.must('ping');
    const bus = await hearBus(rig);
    await rig.run('start', 'apps.json');
    for (const { name } of apps) {
      const ofIt = (packet: BusPacket['packet']): boolean => (packet.process as { name: string }).name === name;
      const { data, process } = await bus.first('process:exception', ofIt);
      expect(data).toMatchObject({
        message: 'boom',
        name: 'TypeError',
        stack: expect.stringContaining(`${name}.js:1`),
      });
      expect(process).toEqual({ pm_id: expect.any(Number), name, namespace: 'default' });
      await bus.first('log:err', (packet) => ofIt(packet) && String(packet.data).includes('Node.js v'));
      await rig.when(name, (one) => one.status === 'stopped', 'its end');
      expect((await rig.one(name)).lastExit).toEqual({ kind: 'code', code: 1 });
    }
    expect(bus.packets.filter(({ name }) => name === 'process:exception')).toHaveLength(apps.length);
  });
}

test('an app with a handler of its own goes on, and its exceptions are told all the same', async ({ rig }) => {
  rig.write(
    'app.js',
    `process.on('uncaughtException', () => process.send('handled')); setTimeout(() => { throw new Error('one'); }, 100);
     setTimeout(() => { throw 'a text'; }, 200); ${LIVES}`,
  );
  await rig.must('ping');
  const bus = await hearBus(rig);
  await rig.must('start', 'app.js');
  await bus.first('process:exception', ({ data }) => (data as { message: string }).message === 'a text');
  const told = bus.packets.filter(({ name }) => name === 'process:exception').map(({ packet }) => packet.data);
  expect(told.map((data) => (data as { message: string }).message)).toEqual(['one', 'a text']);
  expect((await rig.one('app')).restarts).toBe(0);
});

test('a library of the app that tells an exception itself is not told twice', async ({ rig }) => {
  rig.write(
    'app.js',
    `process.on('uncaughtException', (e) => process.send({ type: 'process:exception', data: { message: 'by the library' } }));
     setTimeout(() => { throw new Error('x'); }, 100); setTimeout(() => process.send('later'), 300); ${LIVES}`,
  );
  await rig.must('ping');
  const bus = await hearBus(rig);
  await rig.must('start', 'app.js');
  await bus.first('process:msg', ({ raw }) => raw === 'later');
  const told = bus.packets.filter(({ name }) => name === 'process:exception').map(({ packet }) => packet.data);
  expect(told).toEqual([{ message: 'by the library' }]);
});

test('metrics and offers of actions are not passed on', async ({ rig }) => {
  rig.write(
    'app.js',
    `const say = (type, data) => process.send({ type, data }); say('axm:monitor', { a: { value: 1 } }); say('axm:action', { action_name: 'a' });
     say('axm:option:configuration', { a: 1 }); say('axm:option:setPID', 5); process.send('over'); ${LIVES}`,
  );
  await rig.must('ping');
  const bus = await hearBus(rig);
  await rig.must('start', 'app.js');
  await bus.first('process:msg', ({ raw }) => raw === 'over');
  expect(bus.packets.filter(({ name }) => name.startsWith('axm:'))).toEqual([]);
});

test('goes on with the next daemon', async ({ rig }) => {
  rig.write('app.js', `process.on('message', (m) => process.send({ type: 'echo', data: m })); ${LIVES}`);
  await rig.must('start', 'app.js');
  const bus = await hearBus(rig);
  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  await until(
    async () => {
      await rig.call('app.message', { targets: ['app'], message: 'again' }).catch(() => null);
      return bus.packets.some(({ name, packet }) => name === 'echo' && packet.data === 'again') ? true : undefined;
    },
    () => 'the bus of the next daemon',
  );
  // What was there before is no news.
  expect(bus.steps()).toEqual([]);
});

test('a follower that does not read is told how much it missed, and costs the daemon nothing', async ({ rig }) => {
  const sent = 200;
  rig.write(
    'app.js',
    `process.on('message', (message) => {
       if (message === 'one') return process.send({ type: 'one', data: 1 });
       for (let i = 0; i < ${sent}; i++) process.send({ type: 'flood', data: { i, x: 'x'.repeat(50_000) } });
       process.send({ type: 'axm:action', data: { action_name: 'flooded' } });
     });`,
  );
  await rig.must('start', 'app.js');
  const socket = await connectTo(rig.paths.rpcSocket);
  if (socket === null) throw new Error('no daemon answers');
  const notices: BusNotice[] = [];
  const slow = new Peer(socket, { onNotice: (_, value) => notices.push(value as BusNotice) });
  rig.onDispose(() => slow.close());
  await slow.request('bus.follow', {});
  socket.pause();
  await rig.call('app.message', { targets: ['app'], message: 'go' });
  await until(
    async () => {
      const { instances } = await rig.call('instance.describe', { targets: ['app'] });
      return instances[0]?.inApp?.actions.some(({ name }) => name === 'flooded') ? true : undefined;
    },
    () => 'the daemon to have heard the flood',
  );
  socket.resume();
  const typed = (type: string): number =>
    notices.filter(({ event }) => event.kind === 'event' && event.type === type).length;
  await until(
    async () => {
      await rig.call('app.message', { targets: ['app'], message: 'one' });
      return typed('one') > 0 ? true : undefined;
    },
    () => 'what comes after the flood',
  );
  const missed = notices.reduce((sum, notice) => sum + notice.missed, 0);
  expect(missed).toBeGreaterThan(sent / 2);
  // What came and what was missed are all that was sent; a question may be among what was missed.
  expect(missed + typed('flood')).toBeGreaterThanOrEqual(sent);
});
