import { appendFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/client.ts';
import { type ConnectOptions, connect } from '../../../src/client/index.ts';
import { daemonEnvironment } from '../../../src/client/start-daemon.ts';
import { UpkeepError } from '../../../src/core/errors.ts';
import { ALLOCATOR_VARIABLES } from '../../../src/platform/allocator.ts';
import type { FilePosition, LogBatch } from '../../../src/protocol/control.ts';
import { until } from '../../helpers/until.ts';
import { sample } from '../cli/samples.ts';
import { FakeDaemon, makeTestHome } from './fake-daemon.ts';

const LIST = { instances: [sample()], notes: [] };

let place: ReturnType<typeof makeTestHome>;
const undo: (() => void | Promise<void>)[] = [];

beforeEach(() => {
  place = makeTestHome();
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  place.remove();
});

async function daemon(
  ...args: ConstructorParameters<typeof FakeDaemon> extends [string, ...infer R] ? R : never
): Promise<FakeDaemon> {
  const fake = await new FakeDaemon(place.home, ...args).start();
  undo.push(() => fake.die());
  return fake;
}

async function client(options: ConnectOptions = {}): Promise<Client> {
  const opened = await connect({ home: place.home, startDaemon: false, ...options });
  undo.push(() => opened.close());
  return opened;
}

describe('connecting', () => {
  it('says hello first', async () => {
    const fake = await daemon();
    expect((await client()).daemon).toEqual(fake.hello);
    expect(fake.asked[0]?.method).toBe('daemon.ping');
  });

  it('fails where no daemon is and none may be started', async () => {
    await expect(client()).rejects.toMatchObject({ code: 'NO_DAEMON' });
  });

  it('refuses another protocol, and says how to mend it', async () => {
    const fake = await daemon({}, { protocol: 99, version: '9.0.0' });
    await expect(client()).rejects.toMatchObject({
      code: 'VERSION_MISMATCH',
      message: expect.stringMatching(/9\.0\.0 \(protocol 99\).*\(protocol 1\)/),
      hint: expect.stringContaining('upkeep update'),
    });
    expect((await client({ anyProtocol: true })).daemon.protocol).toBe(99);
    expect(fake.asked[0]?.params).toMatchObject({ protocol: 1, oldest: 1, version: expect.any(String) });
  });

  it('only notes another version', async () => {
    await daemon({}, { version: '0.0.1' });
    const notes: string[] = [];
    await client({ onNote: (note) => notes.push(note) });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('0.0.1');
  });

  it('asks for the list together with the hello, and only once', async () => {
    const fake = await daemon({ 'instance.list': () => LIST });
    const one = await client({ ahead: 'instance.list' });
    expect(await one.list()).toHaveLength(1);
    expect(fake.asked.map(({ method }) => method)).toEqual(['daemon.ping', 'instance.list']);
    await one.list();
    expect(fake.asked).toHaveLength(3);
  });
});

describe('a daemon that goes while it is asked', () => {
  it('is followed by another one, who is asked the same; a command is not given twice', async () => {
    const first = await daemon({ 'instance.list': (_, peer) => peer.close(), 'app.stop': (_, peer) => peer.close() });
    const one = await client();
    const second = new FakeDaemon(place.home, { 'instance.list': () => LIST, 'app.stop': (_, peer) => peer.close() });
    await first.die();
    await second.start();
    undo.push(() => second.die());
    expect(await one.list()).toHaveLength(1);
    second.answers['instance.list'] = (_, peer) => {
      second.answers['instance.list'] = () => LIST;
      peer.close();
    };
    expect(await one.list()).toHaveLength(1);
    await expect(one.stop('all')).rejects.toMatchObject({ code: 'NO_DAEMON' });
    expect(second.asked.filter(({ method }) => method === 'app.stop')).toHaveLength(1);
  });

  it('is greeted once more', async () => {
    const fake = await daemon({ 'instance.list': () => LIST });
    let greetings = 0;
    fake.answers['daemon.ping'] = (_, peer) => {
      if (greetings++ === 0) peer.close();
      return fake.hello;
    };
    expect(await (await client({ ahead: 'instance.list' })).list()).toHaveLength(1);
    expect(greetings).toBe(2);
  });
});

describe('starting a daemon', () => {
  const entry = (name: string, code: string): NodeJS.ProcessEnv => {
    const path = join(place.home, name);
    writeFileSync(path, code);
    return { ...process.env, UPKEEP_DAEMON_ENTRY: path };
  };

  it('waits until it answers', async () => {
    const env = entry(
      'daemon.cjs',
      `const { createServer } = require('node:net');
       const server = createServer((socket) => socket.on('data', (chunk) => {
         const { id } = JSON.parse(chunk);
         const hello = { protocol: 1, version: '0.0.0-test', pid: process.pid, home: process.env.UPKEEP_HOME, startedAt: 1, node: '20' };
         socket.write(JSON.stringify({ id, result: hello }) + '\\n');
         socket.on('close', () => process.exit(0));
       })).listen(process.env.UPKEEP_HOME + '/upkeep.sock');`,
    );
    const opened = await client({ startDaemon: true, env });
    expect(opened.daemon.home).toBe(place.home);
  });

  it('shows why it could not start', async () => {
    const env = entry('broken.cjs', 'console.error("no space left"); process.exit(3);');
    await expect(client({ startDaemon: true, env })).rejects.toMatchObject({
      code: 'NO_DAEMON',
      message: expect.stringMatching(/code 3[\s\S]*no space left/),
    });
  });

  it('gives it no secrets and no options for Node', () => {
    const env = { PATH: '/bin', NODE_OPTIONS: '--inspect', DB_PASSWORD: 'x', UPKEEP_LOG_KEEP: '3', TZ: 'UTC' };
    const kept = { PATH: '/bin', UPKEEP_LOG_KEEP: '3', TZ: 'UTC', UPKEEP_HOME: '/h' };
    expect(daemonEnvironment(env, '/h')).toEqual({ ...kept, ...ALLOCATOR_VARIABLES });
  });
});

describe('a lost connection', () => {
  it('fails what was asked, and is opened again for the next request', async () => {
    const first = await daemon({ 'app.stop': () => new Promise(() => {}), 'instance.list': () => LIST });
    const one = await client();
    const stopping = one.stop('api');
    stopping.catch(() => {});
    await until(
      () => (first.asked.some(({ method }) => method === 'app.stop') ? true : undefined),
      () => 'the request',
    );
    await first.die();
    await expect(stopping).rejects.toMatchObject({ code: 'NO_DAEMON' });
    const second = await daemon({ 'instance.list': () => LIST });
    expect(await one.list()).toHaveLength(1);
    expect(one.daemon.pid).toBe(second.hello.pid);
  });

  it('stays closed after close', async () => {
    await daemon({ 'instance.list': () => LIST });
    const one = await client();
    one.close();
    await expect(one.list()).rejects.toMatchObject({ code: 'NO_DAEMON' });
  });
});

describe('targets', () => {
  it('may be a name, an id or several', async () => {
    const fake = await daemon({ 'app.stop': () => ({ outcomes: [], notes: [] }) });
    const one = await client();
    await one.stop('api');
    await one.stop(3);
    await one.stop(['a', 1]);
    const asked = fake.asked.slice(1).map(({ params }) => (params as { targets: unknown }).targets);
    expect(asked).toEqual([['api'], ['3'], ['a', '1']]);
  });

  it('that are all may be none; that are named may not', async () => {
    await daemon({
      'instance.describe': () => {
        throw new UpkeepError({ code: 'NOT_FOUND', message: 'none' });
      },
    });
    const one = await client();
    expect(await one.describe()).toEqual([]);
    await expect(one.describe('x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('following logs over the death of a daemon', () => {
  const batch = (path: string, texts: readonly string[]): LogBatch => ({
    lines: texts.map((text) => ({ id: 0, name: 'api', namespace: 'default', stream: 'out', at: 1, text })),
    missed: 0,
    positions: [endOf(path)],
  });
  const endOf = (path: string): FilePosition => ({ path, inode: statSync(path).ino, offset: statSync(path).size });

  it('gives every line once', async () => {
    const path = join(place.home, 'api-out.log');
    writeFileSync(path, 'old\n');
    const detail = sample({ paths: { ...sample().paths, out: path } });
    const answers = {
      'instance.describe': () => ({ instances: [detail] }),
      'logs.follow': () => ({ positions: [endOf(path)] }),
    };
    const first = await daemon(answers);
    const one = await client();
    const lines = await one.followLogs('api');
    const seen: string[] = [];
    const reading = (async () => {
      for await (const line of lines) seen.push(line.text);
    })();
    const write = (...texts: string[]): void => appendFileSync(path, texts.map((text) => `${text}\n`).join(''));
    write('a');
    first.peers.at(-1)?.notify('logs.lines', batch(path, ['a']));
    await until(
      () => (seen.length === 1 ? true : undefined),
      () => 'the first line',
    );
    await first.die();
    write('b', 'c');
    const second = await daemon({
      ...answers,
      // A line that comes after the subscription, but before its answer.
      'logs.follow': (_params: unknown, peer: { notify(name: string, value: unknown): boolean }) => {
        const positions = [endOf(path)];
        write('d');
        peer.notify('logs.lines', batch(path, ['d']));
        return { positions };
      },
    });
    await until(
      () => (seen.includes('d') ? true : undefined),
      () => `the lines after it; seen: ${seen.join()}`,
    );
    expect(second.asked.some(({ method }) => method === 'logs.follow')).toBe(true);
    await lines.return?.();
    await reading;
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });

  it('goes on from where files were read up to', async () => {
    const path = join(place.home, 'api-out.log');
    writeFileSync(path, 'one\ntwo\nthree\n');
    const from = { path, inode: statSync(path).ino, offset: 4 };
    const detail = sample({ paths: { ...sample().paths, out: path } });
    await daemon({
      'instance.describe': () => ({ instances: [detail] }),
      'logs.follow': () => ({ positions: [{ ...from, offset: 8 }] }),
    });
    const lines = await (await client()).followLogs('api', { from: [from] });
    expect(await lines.next()).toMatchObject({ value: { text: 'two', name: 'api', stream: 'out' } });
    await lines.return?.();
    expect(await lines.next()).toMatchObject({ done: true });
  });
});

describe('following events', () => {
  it('that is left before it began ends, and is no failure', async () => {
    const leaving = new AbortController();
    let isAsked = (): void => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const never = (): Promise<unknown> => {
      isAsked();
      return new Promise(() => {});
    };
    await daemon({ 'events.follow': never });
    const following = (await client()).followEvents({ signal: leaving.signal });
    await asked;
    leaving.abort();
    expect(await (await following).next()).toEqual({ done: true, value: undefined });
  });

  it('asks a new daemon for what came after the last one', async () => {
    const event = (number: number): unknown => ({
      number,
      at: 1,
      kind: 'started',
      id: 0,
      name: 'api',
      incarnation: 1,
      reason: '',
    });
    const first = await daemon({ 'events.follow': () => ({ last: 5, events: [event(5)], missed: 0 }) });
    const events = await (await client()).followEvents({ after: 4 });
    expect((await events.next()).value).toMatchObject({ number: 5 });
    first.peers.at(-1)?.notify('events.event', event(6));
    expect((await events.next()).value).toMatchObject({ number: 6 });
    await first.die();
    const second = await daemon({ 'events.follow': () => ({ last: 7, events: [event(7)], missed: 0 }) });
    expect((await events.next()).value).toMatchObject({ number: 7 });
    expect(second.asked.at(-1)).toEqual({ method: 'events.follow', params: { after: 6 } });
    await events.return?.();
  });
});
