/** What is kept of ends that nobody wanted: every kind of end for real, under one daemon. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCrash, readCrashes } from '../../src/client/crashes.ts';
import type { CrashRecord } from '../../src/protocol/observation.ts';
import { Rig } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** Stands in the environment of every app. */
const PLANTED = 'planted-value-that-must-not-be-kept';

const TYPED = `interface Order { readonly price: number }

function total(orders: readonly Order[]): number {
  return orders.map((order) => order.price).reduce((a, b) => a + b);
}
setTimeout(() => { total(JSON.parse('[null]')); }, 50);
`;

/** Two requests are under way when it dies. */
const SERVER = `
const http = require('node:http');
const server = http.createServer((request, response) => {
  if (request.url.startsWith('/boom')) throw new RangeError('too much', { cause: new Error('the depth') });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const first = http.get({ port, host: '127.0.0.1', path: '/slow?card=4111' }).on('error', () => {});
  first.on('socket', (socket) => socket.on('connect', () => setTimeout(() =>
    http.request({ port, host: '127.0.0.1', method: 'POST', path: '/boom?x=1' }).on('error', () => {}).end(), 200)));
});
`;

/** Fills the heap with strings: a snapshot of them is small. */
const HEAP = `
const kept = [];
setTimeout(() => { for (let i = 0; ; i++) kept.push(Buffer.alloc(100_000, 97).toString('latin1') + i); }, 100);
`;

const PYTHON = `
def inner():
    raise ValueError("no such thing")
def outer():
    inner()
outer()
`;

const BLOCKED = `
function spin() { for (;;); }
require('node:http').createServer(() => {}).listen(0);
setTimeout(spin, 300);
`;

const FILES: Readonly<Record<string, string>> = {
  'rejects.js': `Promise.reject(new Error('nobody waits for this'));`,
  'caught.js': `process.on('uncaughtException', (error) => { console.error('bye'); process.exit(3); });
setTimeout(() => { throw new TypeError('caught, and the end all the same'); }, 50);`,
  'aborts.js': `console.error('about to abort'); setTimeout(() => process.abort(), 50);`,
  'heap.js': HEAP,
  'lives.js': `console.log('up'); setInterval(() => {}, 1000);`,
  'fails.py': PYTHON,
  'blocked.js': BLOCKED,
  'server.js': SERVER,
  'exits.js': `console.log('that was it'); process.exit(Number(process.argv[2]));`,
  'shell.sh': `#!/bin/sh\necho 'cannot open the door' >&2\nexit 4\n`,
};

const once = { autorestart: false };
const APPS = [
  { name: 'typed', script: './built/typed.js', ...once },
  { name: 'rejects', script: './rejects.js', ...once },
  { name: 'caught', script: './caught.js', ...once },
  { name: 'aborts', script: './aborts.js', ...once },
  { name: 'heap', script: './heap.js', node_args: '--max-old-space-size=20', ...once },
  {
    name: 'snapshot',
    script: './heap.js',
    node_args: '--max-old-space-size=20',
    heap_snapshot_near_limit: true,
    ...once,
  },
  { name: 'killed', script: './lives.js' },
  { name: 'python', script: './fails.py', ...once },
  { name: 'shell', script: './shell.sh', interpreter: 'sh', ...once },
  { name: 'blocked', script: './blocked.js', event_loop_limit: 500, event_loop_restart: true, kill_timeout: 100 },
  { name: 'server', script: './server.js', ...once },
  { name: 'fat', script: './lives.js', max_memory_restart: '5M' },
  { name: 'wanted', script: './exits.js', args: '7', stop_exit_codes: [7] },
  { name: 'clean', script: './exits.js', args: '0', ...once },
  { name: 'silent', script: './exits.js', args: '5', crash_records: 0, ...once },
  { name: 'steady', script: './lives.js' },
];

let rig: Rig;

const newest = (name: string, what = 'a crash record'): Promise<CrashRecord> =>
  until(
    async () => {
      const [summary] = await readCrashes(rig.home, [name], 1);
      return summary === undefined ? undefined : await readCrash(rig.home, summary.crash);
    },
    () => `${what} of ${name}`,
  );
const folderOf = (record: CrashRecord): string => join(rig.paths.crashes, record.crash);

beforeAll(async () => {
  rig = new Rig(process.env.UPKEEP_TEST_NODE ?? process.execPath);
  Object.assign(rig.env, {
    UPKEEP_WORKER_INTERVAL: '300',
    DB_PASSWORD: PLANTED,
    PAYMENT_URL: `https://u:${PLANTED}@pay/`,
  });
  for (const [name, text] of Object.entries(FILES)) rig.write(name, text);
  const built = await rolldown({ input: rig.write('typed.ts', TYPED) });
  await built.write({ file: join(rig.root, 'built/typed.js'), format: 'cjs', sourcemap: 'inline', minify: true });
  await built.close();
  rig.write('ecosystem.json', JSON.stringify({ apps: APPS }));
  await rig.run('start', 'ecosystem.json');
});
afterAll(() => rig.dispose());

describe('an end that nobody wanted', () => {
  it('of an exception: the error, source-mapped, and what was printed', async () => {
    const record = await newest('typed');
    expect(record.exit).toEqual({ kind: 'code', code: 1 });
    expect(record.headline).toMatch(/^TypeError: Cannot read properties of null/);
    expect(record.stackFrom).toBe('runtime');
    expect(record.curve).toMatchObject({ stepMs: 10_000, series: { memoryBytes: expect.any(Array) } });
    expect(record.stack[0]).toMatch(/typed\.ts:4:\d+/);
    expect(record.lastLines.some(({ text }) => text.includes('TypeError: Cannot read'))).toBe(true);
    expect(record).toMatchObject({ name: 'typed', incarnation: 1, inRow: 1, generation: 0 });
    expect(record.nodeVersion).toBe(
      execFileSync(rig.node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim(),
    );
  });

  it('of an exception: with Node’s report, which has no environment', async () => {
    const record = await newest('typed');
    expect(record.files.map(({ name }) => name)).toEqual(['report.json']);
    const report = JSON.parse(readFileSync(join(folderOf(record), 'report.json'), 'utf8'));
    expect(report.javascriptStack.message).toContain('Cannot read properties of null');
    expect(report.javascriptHeap.heapSpaces).toBeDefined();
    expect(report.environmentVariables).toBeUndefined();
  });

  it('of a rejection that nobody handled', async () => {
    const record = await newest('rejects');
    expect(record.errors[0]).toMatchObject({ name: 'Error', message: 'nobody waits for this' });
    expect(record.exit).toEqual({ kind: 'code', code: 1 });
  });

  it('of an exception that the app met with an exit of its own', async () => {
    const record = await newest('caught');
    expect(record.exit).toEqual({ kind: 'code', code: 3 });
    expect(record.headline).toBe('TypeError: caught, and the end all the same');
    expect(record.stack[0]).toContain('caught.js:2');
    expect(record.lastLines.at(-1)?.text).toBe('bye');
  });

  it('of an abort', async () => {
    const record = await newest('aborts');
    expect(record.exit).toMatchObject({ kind: 'signal', signal: 'SIGABRT' });
    expect(record.lastLines.map(({ text }) => text)).toContain('about to abort');
    expect(record.memoryNote).toBeNull();
  });

  it('of a full heap: it says so, and has V8’s report', async () => {
    const record = await newest('heap');
    expect(record.exit).toMatchObject({ kind: 'signal', signal: 'SIGABRT' });
    expect(record.headline).toMatch(/^FATAL ERROR: .*heap out of memory/);
    expect(record.memoryNote).toMatch(/^V8 reached the limit of its heap/);
    expect(record.inFlight).toBeNull();
    expect(record.notes.join()).toContain('in flight is not known');
    expect(record.files.map(({ name }) => name)).toEqual(['report.json']);
    const report = JSON.parse(readFileSync(join(folderOf(record), 'report.json'), 'utf8'));
    expect(report.header.trigger).toBe('OOMError');
    expect(report.environmentVariables).toBeUndefined();
  });

  it('of a full heap: with a heap snapshot where that is asked for', async () => {
    const record = await newest('snapshot');
    const snapshot = record.files.find(({ name }) => name === 'heap.heapsnapshot');
    const path = join(folderOf(record), 'heap.heapsnapshot');
    expect(snapshot?.bytes).toBe(statSync(path).size);
    expect(JSON.parse(readFileSync(path, 'utf8')).snapshot.meta).toBeDefined();
    // Nothing is left where the app runs.
    expect(readdirSync(rig.root).filter((name) => name.endsWith('.heapsnapshot'))).toEqual([]);
  });

  it('by a signal from outside', async () => {
    const { pid } = await rig.when('killed', ({ status, pid }) => status === 'online' && pid > 0, 'to run');
    process.kill(pid, 'SIGKILL');
    const record = await newest('killed');
    expect(record).toMatchObject({ pid, exit: { kind: 'signal', signal: 'SIGKILL' }, stackFrom: null });
    expect(record.lastLines.map(({ text }) => text)).toEqual(['up']);
    expect(record.notes.join()).toContain('in flight is not known');
  });

  it('of a program without our runtime: the stack is read from what it printed', async () => {
    const record = await newest('python');
    expect(record.exit).toEqual({ kind: 'code', code: 1 });
    expect(record.headline).toBe('ValueError: no such thing');
    expect(record.stack.map((frame) => frame.split(' ')[0])).toEqual(['inner', 'outer', '<module>']);
    const shell = await newest('shell');
    expect(shell).toMatchObject({ headline: 'cannot open the door', exit: { kind: 'code', code: 4 } });
  });

  it('because its event loop was blocked: with the place where it stood', async () => {
    const record = await newest('blocked');
    expect(record.exit).toMatchObject({ kind: 'signal', signal: 'SIGKILL' });
    expect(record.reason).toContain('its event loop has not turned for');
    expect(record.stackFrom).toBe('blocked-loop');
    expect(record.stack[0]).toMatch(/spin .*blocked\.js:2/);
    expect(record.memoryNote).toBeNull();
    await rig.call('app.stop', { targets: ['blocked'] });
  });

  it('because it used too much memory', async () => {
    const record = await newest('fat');
    expect(record.reason).toMatch(/^used \d+ bytes of memory, more than max_memory_restart/);
    await rig.call('app.stop', { targets: ['fat'] });
  });

  it('with what was in flight: method, path without the query, age', async () => {
    const record = await newest('server');
    expect(record.errors.map(({ name, message }) => `${name}: ${message}`)).toEqual([
      'RangeError: too much',
      'Error: the depth',
    ]);
    const work = record.inFlight?.work ?? [];
    expect(work.map(({ protocol, method, path }) => [protocol, method, path]).sort()).toEqual([
      ['http/1', 'GET', '/slow'],
      ['http/1', 'POST', '/boom'],
    ]);
    expect(work.find(({ path }) => path === '/slow')?.openMs).toBeGreaterThanOrEqual(190);
    expect(record.at - (record.inFlight?.toldAt ?? 0)).toBeLessThan(5_000);
  });
});

describe('what is no crash', () => {
  it('leaves no record: a wanted exit code, a clean end, records turned off', async () => {
    for (const name of ['wanted', 'clean', 'silent']) {
      await rig.when(name, ({ status, incarnation }) => status === 'stopped' && incarnation === 1, 'to be stopped');
      expect(await readCrashes(rig.home, [name])).toEqual([]);
    }
  });

  it('leaves no record: restart, reload and stop by command', async () => {
    const targets = ['steady'];
    await rig.call('app.restart', { targets, specs: {}, wait: true, onlyDown: false });
    await rig.call('app.reload', { targets, specs: {}, parallel: null });
    await rig.call('app.stop', { targets });
    expect((await rig.one('steady')).incarnation).toBe(3);
    expect(await readCrashes(rig.home, targets)).toEqual([]);
  });
});

describe('where it is shown', () => {
  it('the event of the end names the record, `why` names the newest', async () => {
    const { crash } = await newest('python');
    const { events } = await rig.call('events.follow', { after: 0 });
    expect(events.find(({ kind, name }) => kind === 'exited' && name === 'python')).toMatchObject({
      details: { crash },
    });
    expect(events.find(({ kind, name }) => kind === 'exited' && name === 'clean')?.details).not.toHaveProperty('crash');
    expect((await rig.call('instance.why', { target: 'python' }))[0]?.crash).toBe(crash);
    expect(await rig.must('why', 'python')).toContain(`upkeep crash show ${crash}`);
  });

  it('`crashes` lists them, newest first; `crash show` shows one', async () => {
    const { crash } = await newest('python');
    const all: { crash: string }[] = JSON.parse(await rig.must('crashes', '--json', '-n', '100'));
    const names = all.map((one) => one.crash);
    expect(names.length).toBeGreaterThan(10);
    expect(names).toEqual([...names].sort().reverse());
    expect(await rig.must('crashes', 'python', 'shell')).toMatch(/ValueError: no such thing.*cannot open the door/s);
    const shown = await rig.must('crash', 'show', 'server');
    for (const part of ['RangeError: too much', 'caused by Error: the depth', 'GET /slow (http/1)', 'report.json'])
      expect(shown).toContain(part);
    expect(JSON.parse(await rig.must('crash', 'show', crash, '--json'))).toEqual(await readCrash(rig.home, crash));
  });

  it('no secret of the environment is anywhere in the folder', async () => {
    await newest('server');
    const texts = readdirSync(rig.paths.crashes, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(join(rig.paths.crashes, name), 'utf8'));
    expect(texts.length).toBeGreaterThan(10);
    expect(texts.filter((text) => text.includes(PLANTED))).toEqual([]);
    const modes = readdirSync(rig.paths.crashes).map((name) => statSync(join(rig.paths.crashes, name)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o700]));
  });
});

describe('what has changed', () => {
  it('since it last went well is told; of a secret only that it did', async () => {
    rig.write(
      'moody.js',
      `if (process.env.MOOD === 'bad') throw new Error('in a bad mood'); setInterval(() => {}, 1000);`,
    );
    const config = (env: object, more: object = {}): string =>
      rig.write(
        'moody.json',
        JSON.stringify({ apps: [{ name: 'moody', script: './moody.js', ...once, env, ...more }] }),
      );
    config({ MOOD: 'good', API_KEY: 'first-key' });
    await rig.must('start', 'moody.json');
    config({ MOOD: 'bad', API_KEY: 'second-key' }, { kill_timeout: 700 });
    await rig.run('restart', 'moody.json', '--update-env');
    const record = await newest('moody');
    expect(record.changed).toEqual([
      { key: 'env.API_KEY', before: null, after: null, isSecret: true },
      { key: 'env.MOOD', before: 'good', after: 'bad' },
      { key: 'kill_timeout', before: null, after: '700' },
    ]);
    expect(readFileSync(join(folderOf(record), 'crash.json'), 'utf8')).not.toMatch(/first-key|second-key/);
    expect(await rig.must('crash', 'show', 'moody')).toContain('env.MOOD: good → bad');
  });
});

describe('a crash loop', () => {
  it('is recorded a few times, however often it crashes; and when it is given up', async () => {
    const args = [
      '--interpreter',
      'sh',
      '--name',
      'loop',
      '--crash-records',
      '5',
      '--max-restarts',
      '10',
      '--min-uptime',
      '5s',
    ];
    await rig.run('start', 'shell.sh', ...args);
    await rig.when('loop', ({ status }) => status === 'errored', 'to be given up');
    const recorded = await until(
      async () => {
        const found = await readCrashes(rig.home, ['loop']);
        return found.some(({ inRow }) => inRow === 10) ? found : undefined;
      },
      () => 'the record of the last crash',
    );
    expect(recorded.map(({ inRow }) => inRow)).toEqual([10, 8, 4, 3, 2]);
    expect(recorded[0]?.reason).toContain('10 times');
  });
});

describe('without a daemon', () => {
  it('records can be read and removed, and no daemon is started for it', async () => {
    const other = join(rig.root, 'other');
    const folder = join(other, 'crashes', '20260101T000000000Z-gone-3');
    mkdirSync(folder, { recursive: true });
    const record = { ...(await newest('python')), crash: '20260101T000000000Z-gone-3', name: 'gone', id: 3 };
    writeFileSync(join(folder, 'crash.json'), JSON.stringify(record));
    const run = (...args: string[]) => rig.runWith({ env: { UPKEEP_HOME: other } }, ...args);
    expect(JSON.parse((await run('crashes', '--json')).stdout)).toMatchObject([{ name: 'gone' }]);
    expect((await run('crash', 'show')).stdout).toContain('ValueError: no such thing');
    expect((await run('crash', 'rm', '20260101')).code).toBe(0);
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(join(other, 'daemon.pid'))).toBe(false);
  });
});
