/** Apps that try to mislead with their output, their titles and their environment: what they are is seen rightly, and reaches nobody else. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppSpec } from '../../src/core/terms.ts';
import { Rig } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { residentBytes } from './resident.ts';
import { runs } from './runs.ts';

const MEBIBYTE = 1024 * 1024;

let rig: Rig;

beforeAll(() => {
  rig = new Rig();
  rig.write('app.js', 'setInterval(() => {}, 1000)');
});

afterAll(() => rig.dispose());

test('a title that looks like the kernel’s own words changes nothing in what is seen of it, and it is stopped like any other', async () => {
  // The kernel shows the name of the main thread in brackets, between fields that are separated by blanks.
  rig.write(
    'title.js',
    `require('node:fs').writeFileSync('/proc/self/comm', ') R 1 1 1\\n)('); process.title = ') Z 1\\n (x) R 1 1 1 0 -1'; process.on('SIGINT', () => {}); setInterval(() => {}, 1000); require('node:child_process').spawn(process.execPath, ['-e', 'process.title=")\\\\n) R 1 1"; setInterval(() => {}, 1000)'], { stdio: 'ignore' });`,
  );
  await rig.must('start', 'title.js', '--name', 'title', '--kill-timeout', '200');
  const seen = await rig.when(
    'title',
    ({ status, memoryBytes }) => status === 'online' && (memoryBytes ?? 0) > MEBIBYTE,
    'measured',
  );
  expect(readFileSync(`/proc/${seen.pid}/stat`, 'latin1')).toContain(') R 1');
  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  expect(await rig.one('title')).toMatchObject({ pid: seen.pid, status: 'online', restarts: 0 });
  await rig.must('delete', 'title');
  expect(existsSync(`/proc/${seen.pid}`)).toBe(false);
});

test('a hundred megabytes without a line end, with any bytes, are in the file as they were; the daemon stays small', async () => {
  await rig.must('ping');
  const daemon = await rig.daemonPid();
  const before = residentBytes(daemon);
  rig.write(
    'bytes.js',
    `
const chunk = Buffer.alloc(1 << 20); for (let i = 0; i < chunk.length; i++) chunk[i] = (i * 7 + (i >> 8)) & 255;
for (let i = 0; i < chunk.length; i++) if (chunk[i] === 10) chunk[i] = 0;
let left = 100;
const more = () => { while (left-- > 0) if (!process.stdout.write(chunk)) return process.stdout.once('drain', more); process.stderr.write('done\\n'); };
more(); setInterval(() => {}, 1000);`,
  );
  await rig.must('start', 'bytes.js', '--name', 'bytes', '--log-max-size', '0');
  let most = 0;
  await until(
    () => {
      most = Math.max(most, residentBytes(daemon));
      return rig.read(join(rig.paths.logs, 'bytes-error.log')).includes('done') ? true : undefined;
    },
    () => 'all to be written',
  );
  const out = join(rig.paths.logs, 'bytes-out.log');
  await until(
    () => (statSync(out).size === 100 * MEBIBYTE ? true : undefined),
    () => `the file to be whole: ${statSync(out).size}`,
  );
  expect(most - before).toBeLessThan(100 * MEBIBYTE);
  const bytes = readFileSync(out);
  for (const at of [0, 255, 256, 65_535, 65_536, MEBIBYTE - 1, MEBIBYTE, 100 * MEBIBYTE - 1]) {
    const i = at % MEBIBYTE;
    const byte = (i * 7 + (i >> 8)) & 255;
    expect([at, bytes[at]]).toEqual([at, byte === 10 ? 0 : byte]);
  }
  expect((await rig.run('logs', 'bytes', '--nostream', '--lines', '3')).code).toBe(0);
  await rig.must('delete', 'bytes');
});

test('any bytes of a program are in its file as they were, whatever they look like', async () => {
  const chunks = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .constantFrom(
          '{"message":"forged","timestamp":"2020-01-01","type":"out"}\n',
          '\u001b[2J\n',
          '\0\n',
          'upkeep-collected\n',
          '\r\n',
          'upkeep: 0\n',
          '\u{1F419}',
        )
        .map((text) => Buffer.from(text)),
    ),
    { minLength: 20, maxLength: 60 },
  );
  const samples = fc.sample(chunks, runs(1) as never)[0] as Uint8Array[];
  const whole = Buffer.concat([...samples, Buffer.from('\nEND\n')]);
  writeFileSync(join(rig.root, 'any.bin'), whole);
  rig.write(
    'any.js',
    `process.stdout.write(require('node:fs').readFileSync(${JSON.stringify(join(rig.root, 'any.bin'))})); setInterval(() => {}, 1000)`,
  );
  await rig.must('start', 'any.js', '--name', 'any');
  const file = join(rig.paths.logs, 'any-out.log');
  await until(
    () => (rig.read(file).endsWith('END\n') ? true : undefined),
    () => 'all to be written',
  );
  expect(readFileSync(file).equals(whole)).toBe(true);
  await rig.must('delete', 'any');
});

test('a message of more than 4 MiB is refused in the app, and those after it arrive', async () => {
  rig.write(
    'big.js',
    `process.send({ type: 'x', data: 'y'.repeat(5 << 20) }, (error) => { console.log('refused:', error && error.message); process.send({ type: 'axm:monitor', data: { after: { value: 42 } } }); }); setInterval(() => {}, 1000)`,
  );
  await rig.must('start', 'big.js', '--name', 'big');
  await until(
    async () => {
      const [described] = (await rig.call('instance.describe', { targets: ['big'] })).instances;
      return (described?.inApp?.metrics as Record<string, { value: unknown }> | undefined)?.after?.value === 42
        ? true
        : undefined;
    },
    () => 'the message after it',
  );
  await until(
    () =>
      /refused: a message of more than \d+ bytes/.test(rig.read(join(rig.paths.logs, 'big-out.log')))
        ? true
        : undefined,
    () => 'the app to be told',
  );
  await rig.must('delete', 'big');
});

test('variables of any name and size reach the app, and no shell between reads them as its own', async () => {
  const env: Record<string, string> = {
    'BASH_FUNC_ls%%': '() { touch /tmp/upkeep-escaped; }',
    ENV: '/tmp/upkeep-no-such-env',
    BASH_ENV: '/tmp/upkeep-no-such-env',
    PS4: '$(touch /tmp/upkeep-escaped)',
    'dotted.name': 'dot',
    'with-dash': 'dash',
    '1digit': 'digit',
    'with space': 'space',
    'new\nline': 'in its name',
    ünïcode: 'ü',
    LINES_IN: 'a\nb\nc=d\n',
    EMPTY: '',
    HUGE: 'x'.repeat(100_000),
    ESC: '\u001b[2J',
    UPKEEP_TOKEN_: 'mine',
    __proto__x: 'y',
  };
  rig.write(
    'env.js',
    'require("node:fs").writeFileSync("env.json", JSON.stringify(process.env)); setInterval(() => {}, 1000)',
  );
  const config = rig.write('env.config.json', JSON.stringify({ apps: [{ name: 'env', script: 'env.js', env }] }));
  await rig.must('start', config);
  const got = await until(
    () =>
      existsSync(join(rig.root, 'env.json'))
        ? ((JSON.parse(rig.read(join(rig.root, 'env.json')) || 'null') as Record<string, string> | null) ?? undefined)
        : undefined,
    () => 'the variables',
  );
  expect(Object.fromEntries(Object.keys(env).map((name) => [name, got[name]?.slice(0, 60)]))).toEqual(
    Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.slice(0, 60)])),
  );
  expect(existsSync('/tmp/upkeep-escaped')).toBe(false);
  await rig.must('delete', 'env');
});

test('what no kernel takes is refused by its name, and no life of an app is tried without end', async () => {
  const [described] = await (async () => {
    await rig.must('start', 'app.js', '--name', 'plain');
    return (await rig.call('instance.describe', { targets: ['plain'] })).instances;
  })();
  const spec = described?.spec as AppSpec;
  const huge = { ...spec, name: 'huge', env: { ...spec.env, declared: { HUGE: 'x'.repeat(3 * MEBIBYTE) } } };
  const { outcomes } = await rig.call('app.start', { specs: [huge], wait: true, force: true });
  expect(outcomes[0]?.failure?.message).toMatch(/E2BIG|too (long|large)|argument list/i);
  expect(await rig.daemonPid()).toBeGreaterThan(0);
  await rig.must('delete', 'huge');
  await rig.must('delete', 'plain');
});
