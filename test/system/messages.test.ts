/** What is said to apps and what they answer: messages, actions, profiles, lines to stdin. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { hearBus } from '../helpers/bus.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const LIVES = 'setInterval(() => {}, 1e6);';
/** Speaks as the libraries do, without one. */
const ACTOR = `
const offer = (action_name) => process.send({ type: 'axm:action', data: { action_name, action_type: 'custom', arity: 2, opts: null } });
const reply = (action_name, value) => process.send({ type: 'axm:reply', data: { action_name, return: value } });
for (const name of ['hello', 'echo', 'silent', 'end', 'stream']) offer(name);
process.on('message', (message) => {
  const name = typeof message === 'string' ? message : message.msg;
  if (name === 'hello' || name === 'echo') reply(name, { got: message });
  if (name === 'end') process.exit(5);
  if (name === 'stream') {
    const { uuid } = message;
    for (const data of ['a', 'b']) process.send({ type: 'axm:scoped_action:stream', data: { data, uuid, action_name: name } });
    process.send({ type: 'axm:scoped_action:end', data: { data: null, uuid, action_name: name } });
  }
  if (message.type === 'log:reload') process.send({ type: 'reopened', data: 1 });
  if (message.topic) process.send({ answer: message });
});`;

interface Entry {
  readonly name: string;
  readonly pm2_env: {
    readonly axm_monitor: Record<string, { value: unknown }>;
    readonly axm_actions: readonly { action_name: string }[];
    readonly axm_options: Record<string, unknown>;
    readonly node_version: string;
  };
}

async function entryOf(rig: Rig, name: string): Promise<Entry['pm2_env']> {
  const entries = JSON.parse(await rig.must('jlist')) as Entry[];
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`${name} is not listed`);
  return found.pm2_env;
}

const offered = (rig: Rig, name: string, action: string): Promise<true> =>
  until(
    async () => ((await entryOf(rig, name)).axm_actions.some((one) => one.action_name === action) ? true : undefined),
    () => `${name} to offer ${action}`,
  );

describe('messages', () => {
  test('reach the app at once after its start, and its answer is heard', async ({ rig }) => {
    rig.write('app.js', ACTOR);
    await rig.must('ping');
    const bus = await hearBus(rig);
    await bus.client.start({ script: join(rig.root, 'app.js'), name: 'app' }, { wait: false });
    await rig.when('app', (one) => one.pid !== 0, 'its pid');
    const packet = { topic: 'my topic', data: { some: 'data' }, id: 0 };
    const report = await bus.client.sendMessage(0, packet);
    expect(report.outcomes.map(({ failure }) => failure)).toEqual([null]);
    const answer = await bus.first('process:msg', ({ raw }) => (raw as { answer?: unknown }).answer !== undefined);
    expect(answer).toMatchObject({ raw: { answer: packet }, process: { pm_id: 0, name: 'app' } });
  });

  test('to a process that cannot get one are a failure with a reason', async ({ rig }) => {
    rig.write('app.js', ACTOR);
    rig.write('app.sh', 'sleep 1000');
    await rig.must('start', 'app.js');
    await rig.must('start', 'app.sh', '--name', 'other');
    await rig.must('stop', 'app');
    const { outcomes } = await rig.call('app.message', { targets: ['all'], message: 'x' });
    expect(outcomes.map(({ name, failure }) => [name, failure?.code])).toEqual([
      ['app', 'NOT_RUNNING'],
      ['other', 'NOT_RUNNING'],
    ]);
    await expect(rig.call('app.message', { targets: ['9'], message: 'x' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('workers are told when log files are opened anew, others are not', async ({ rig }) => {
    rig.write('app.js', ACTOR);
    await rig.must('start', 'app.js', '--name', 'worker', '-i', '1');
    await rig.must('start', 'app.js', '--name', 'single');
    await Promise.all([offered(rig, 'worker', 'stream'), offered(rig, 'single', 'stream')]);
    const bus = await hearBus(rig);
    await rig.must('reloadLogs');
    await bus.first('reopened');
    await rig.must('trigger', 'single', 'hello');
    await bus.first('axm:reply');
    expect(bus.packets.filter(({ name }) => name === 'reopened')).toHaveLength(1);
  });
});

describe('trigger', () => {
  test('by id and name, with and without parameters, in fork and cluster mode', async ({ rig }) => {
    rig.write('app.js', ACTOR);
    await rig.must('start', 'app.js', '--name', 'one');
    await rig.must('start', 'app.js', '--name', 'four', '-i', '4');
    rig.write('plain.js', LIVES);
    await rig.must('start', 'plain.js');
    await offered(rig, 'one', 'stream');
    expect(await rig.must('trigger', '0', 'hello')).toContain('[one:0:default]={"got":"hello"}\n');
    expect(await rig.must('trigger', 'one', 'echo', 'a b')).toContain('={"got":{"id":0,"msg":"echo","opts":"a b"}}\n');
    const ofFour = await rig.must('trigger', 'four', 'hello');
    expect(ofFour.match(/^\[four:\d:default\]=/gm)).toHaveLength(4);
    // Who has no such action is left out.
    expect((await rig.must('trigger', 'all', 'hello')).match(/^\[/gm)).toHaveLength(5);
    for (const [target, action, reason] of [
      ['nobody', 'hello', 'nobody'],
      ['one', 'nothing', 'hello'],
      ['plain', 'hello', 'no action hello'],
    ] as const) {
      const { code, stdout, stderr } = await rig.run('trigger', target, action);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(reason);
    }
    await rig.must('stop', 'one');
    expect((await rig.run('trigger', 'one', 'hello')).code).toBe(1);
  });

  test('an answer that does not come is not waited for without an end', async ({ rig }) => {
    rig.write('app.js', ACTOR);
    await rig.must('start', 'app.js');
    await offered(rig, 'app', 'stream');
    const silent = await rig.run('trigger', 'app', 'silent', '--timeout', '200');
    expect([silent.code, silent.stderr.includes('200 ms')]).toEqual([1, true]);
    const ended = await rig.run('trigger', 'app', 'end');
    expect([ended.code, ended.stderr.includes('ended')]).toEqual([1, true]);
  });

  test('a streaming action: each part is heard with the uuid of the call, and its end is the answer', async ({
    rig,
  }) => {
    rig.write('app.js', ACTOR);
    await rig.must('start', 'app.js');
    await offered(rig, 'app', 'stream');
    const bus = await hearBus(rig);
    const { called, replies } = await bus.client.trigger('app', 'stream', { uuid: 'u1', params: {} });
    expect([called, replies.length]).toEqual([1, 1]);
    await bus.first('axm:scoped_action:end', ({ data }) => (data as { uuid: string }).uuid === 'u1');
    const parts = bus.packets.filter(({ name }) => name === 'axm:scoped_action:stream');
    expect(parts.map(({ packet }) => packet.data)).toMatchObject([{ data: 'a' }, { data: 'b' }]);
    // As with msgProcess: only sent.
    expect(await bus.client.trigger('app', 'silent', { uuid: 'u2', waitMs: 0 })).toEqual({
      called: 1,
      replies: [],
      failures: [],
    });
  });
});

describe('the inside of an app', () => {
  test('its metrics, actions and settings are listed and described, and are gone with its life', async ({ rig }) => {
    rig.write(
      'app.js',
      `if (!require('node:fs').existsSync('second')) { process.send({ type: 'axm:monitor', data: { 'my metric': { value: 7, unit: 'cows' } } });
       process.send({ type: 'axm:option:configuration', data: { module_name: 'mine', name: 'other', extra: 1 } });
       process.send({ type: 'axm:action', data: { action_name: 'act', arity: 0 } }); } ${LIVES}`,
    );
    await rig.must('start', 'app.js');
    await offered(rig, 'app', 'act');
    const before = await entryOf(rig, 'app');
    expect(before.axm_monitor['my metric']).toEqual({ value: 7, unit: 'cows' });
    expect(before.node_version).toBe(process.versions.node);
    expect((await rig.list()).map(({ name }) => name)).toEqual(['app']);
    expect(before.axm_options).toMatchObject({ module_name: 'mine', extra: 1 });
    const described = await rig.must('describe', 'app');
    for (const part of ['my metric', '7 cows', 'act']) expect(described).toContain(part);
    rig.write('second', '');
    await rig.must('restart', 'app');
    const after = await entryOf(rig, 'app');
    expect(after.axm_monitor).not.toHaveProperty('my metric');
    expect(after.axm_options).not.toHaveProperty('extra');
    expect(after.axm_actions.map((one) => one.action_name)).not.toContain('act');
  });

  test('heap, event loop and requests are measured without a line of code', async ({ rig }) => {
    rig.write(
      'app.js',
      `const http = require('node:http'); const server = http.createServer((_, res) => setTimeout(() => res.end(), 20)).listen(0, () => {
         setInterval(() => http.get({ port: server.address().port, agent: false }, (res) => res.resume()), 50); });`,
    );
    await rig.must('start', 'app.js');
    const metrics = await until(
      async () => {
        const { axm_monitor } = await entryOf(rig, 'app');
        // The first looks at an idle loop can come a little early: then it is not late at all.
        const isLoopSeen = Number(axm_monitor['Event Loop Latency']?.value) > 0;
        return isLoopSeen && Number(axm_monitor.HTTP?.value) >= 10 ? axm_monitor : undefined;
      },
      () => 'the measures of the app',
    );
    for (const name of ['Heap Size', 'Used Heap Size', 'Heap Usage'])
      expect(Number(metrics[name]?.value), name).toBeGreaterThan(0);
    expect(metrics).toHaveProperty('Event Loop Latency p95');
    for (const name of ['HTTP Mean Latency', 'HTTP P95 Latency'])
      expect(Number(metrics[name]?.value), name).toBeGreaterThanOrEqual(19);
    expect(metrics).toHaveProperty('Active handles');
    expect(metrics).toHaveProperty('Active requests');
  });

  test('a process that stands still does not keep others from being seen, and is measured again when it goes on', async ({
    rig,
  }) => {
    rig.write('app.js', LIVES);
    await rig.must('start', 'app.js');
    await rig.must('start', 'app.js', '--name', 'other');
    const measured = async (name: string): Promise<true | undefined> =>
      (await entryOf(rig, name)).axm_monitor['Heap Size'] === undefined ? undefined : true;
    await until(
      () => measured('app'),
      () => 'the measures of app',
    );
    const { pid } = await rig.one('app');
    process.kill(pid, 'SIGSTOP');
    const { instances } = await rig.call('instance.describe', { targets: ['all'] });
    expect(instances.map(({ name }) => name)).toEqual(['app', 'other']);
    // As it last was.
    expect(await measured('app')).toBe(true);
    const before = instances[0]?.inApp?.measures?.loop;
    process.kill(pid, 'SIGCONT');
    await until(
      async () => {
        const [one] = (await rig.call('instance.describe', { targets: ['app'] })).instances;
        return one?.inApp?.measures?.loop?.meanMs === before?.meanMs ? undefined : true;
      },
      () => 'app to be measured again',
    );
  });

  test('--no-pmx, --no-automation: nothing of it is told, and the app still sends and listens', async ({ rig }) => {
    rig.write(
      'app.js',
      `${ACTOR}; process.on('message', (message) => { if (message === 'boom') throw new Error('x'); }); process.send('ready');`,
    );
    await rig.must('ping');
    const bus = await hearBus(rig);
    for (const option of ['--no-pmx', '--no-automation']) {
      const name = option.slice(5);
      await rig.must('start', 'app.js', '--name', name, option, '--wait-ready', '--no-autorestart', '-i', '1');
      await offered(rig, name, 'stream');
      const { axm_monitor, axm_actions } = await entryOf(rig, name);
      expect(axm_monitor).toEqual({});
      expect(axm_actions.map((one) => one.action_name)).toEqual(['hello', 'echo', 'silent', 'end', 'stream']);
      await rig.call('app.message', { targets: [name], message: 'boom' });
      await rig.when(name, (one) => one.status === 'stopped', 'its end');
    }
    expect(bus.packets.map((packet) => packet.name)).not.toContain('process:exception');
  });
});

test('heapdump, cpuprofile, heapprofile and inspect work in any Node app', async ({ rig }) => {
  rig.write('app.js', LIVES);
  await rig.must('start', 'app.js');
  const fileOf = (stdout: string): string => stdout.trim().split('\n').at(-1) as string;
  for (const [command, words, part] of [
    ['heapdump', [], '"snapshot"'],
    ['cpuprofile', ['50ms'], '"nodes"'],
    ['heapprofile', ['50ms'], '"head"'],
  ] as const) {
    const file = fileOf(await rig.must(command, 'app', ...words, '--into', '.'));
    expect(file.startsWith(rig.root) && existsSync(file), file).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain(part);
  }
  expect(await rig.must('inspect', 'app')).toMatch(/ws:\/\/127\.0\.0\.1:\d+\//);
  expect(await rig.must('trigger', 'app', 'km:heap:sampling:stop')).toContain('"success":false');
  const { code, stderr } = await rig.run('cpuprofile', 'app', 'soon');
  expect([code, stderr.includes('soon')]).toEqual([1, true]);
});

describe('stdin', () => {
  test('attach: lines go in, what is printed comes out, until the input ends', async ({ rig }) => {
    rig.write('app.sh', 'while read -r line; do echo "got $line"; done');
    await rig.must('start', 'app.sh');
    const { code, stdout } = await rig.runWith({ input: 'one\ntwo\n' }, 'attach', '0');
    expect([code, stdout]).toEqual([0, 'got one\ngot two\n']);
    expect((await rig.run('attach', 'nobody')).code).toBe(1);
    await rig.must('stop', '0');
    expect((await rig.run('attach', '0')).code).toBe(1);
  });

  test('attach ends with the process', async ({ rig }) => {
    rig.write('app.sh', 'read -r line; echo "bye $line"');
    await rig.must('start', 'app.sh', '--no-autorestart');
    const child = spawn(rig.node, [join(import.meta.dirname, '../../dist/cli.cjs'), 'attach', '0'], { env: rig.env });
    rig.onDispose(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.stdin.write('now\n');
    expect(await ended).toBe(0);
    expect(text).toBe('bye now\n');
  });

  test('send works in cluster mode too, and with a separator of its own', async ({ rig }) => {
    rig.write('app.js', `process.stdin.on('data', (data) => process.send(String(data)));`);
    await rig.must('start', 'app.js', '-i', '1');
    const bus = await hearBus(rig);
    await rig.must('send', '0', 'a line');
    await bus.first('process:msg', ({ raw }) => raw === 'a line\n');
    await bus.client.send(0, 'another', ';');
    await bus.first('process:msg', ({ raw }) => raw === 'another;');
    for (const id of ['7', 'nobody']) expect((await rig.run('send', id, 'x')).code, id).toBe(1);
    await rig.must('stop', '0');
    expect((await rig.run('send', '0', 'x')).code).toBe(1);
  });
});
