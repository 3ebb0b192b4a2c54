/** `logs --since, --until, --grep, --level, --field`: real apps, over rotations and compression, followed over a daemon's death. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.cjs');

/** As pino writes, numbered, until it is told to end; then how many there were. Every tenth is a warning, every fiftieth plain text. */
const COUNTER = `
  let n = 0;
  const one = () => {
    if (n % 50 === 49) console.log('plain ' + n);
    else console.log(JSON.stringify({ level: n % 10 === 0 ? 40 : 30, time: Date.now(), req: { id: n % 7 }, n, pad: 'x'.repeat(80), msg: 'line ' + n }));
    n++;
  };
  const timer = setInterval(() => { for (let i = 0; i < 10; i++) one(); }, 10);
  process.on('SIGUSR2', () => clearInterval(timer));
  process.on('SIGINT', () => { clearInterval(timer); console.log('all ' + n); process.exit(); });
`;

interface Found {
  /** ISO. */
  readonly at: string;
  readonly id: number;
  readonly stream: string;
  readonly level: string | null;
  readonly text: string;
  readonly fields: { readonly n: number; readonly req: { readonly id: number } } | null;
}

const parse = (text: string): readonly Found[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Found);

const search = async (rig: Rig, ...words: string[]): Promise<readonly Found[]> =>
  parse(await rig.must('logs', 'counter', '--nostream', '--json', ...words));

const rotatedOf = (rig: Rig): string[] => readdirSync(join(rig.home, 'logs')).filter((name) => name.endsWith('.gz'));

const timeOf = ({ at }: Found): number => Date.parse(at);

/** Lines stand by when they were written: one that waited for its reader tells an earlier time of its own. */
const WAITED_MS = 1_000;

const isOrdered = (lines: readonly Found[]): boolean =>
  lines.every((line, index) => timeOf(line) >= timeOf(lines[index - 1] ?? line) - WAITED_MS);

async function start(rig: Rig, ...more: string[]): Promise<void> {
  rig.write('counter.js', COUNTER);
  await rig.must('start', 'counter.js', '--log-keep', '500', ...more);
}

test('lines of two processes are found over compressed files by time, words, level and field, in the order of time', async ({
  rig,
}) => {
  await start(rig, '--instances', '2', '--log-max-size', '40K');
  await until(
    () => (rotatedOf(rig).length >= 8 ? true : undefined),
    () => 'eight compressed files',
  );
  await rig.must('stop', 'counter');
  const all = await search(rig, '--since', '1h');
  const totals = all.filter(({ text }) => text.startsWith('all ')).map(({ text }) => Number(text.slice(4)));
  expect(totals).toHaveLength(2);
  const written = totals.reduce((sum, total) => sum + total, 0);
  expect(all).toHaveLength(written + 2);
  expect(new Set(all.map(({ id }) => id))).toEqual(new Set([0, 1]));
  expect(isOrdered(all)).toBe(true);
  for (const id of [0, 1]) {
    const numbers = all.filter((one) => one.id === id && one.fields !== null).map(({ fields }) => fields?.n ?? -1);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  }

  const like = (isIt: (one: Found) => boolean): readonly Found[] => all.filter(isIt);
  expect(await search(rig, '--level', 'warn')).toEqual(like(({ level }) => level === 'warn'));
  expect(await search(rig, '--field', 'req.id=3', '--field', 'n>=100')).toEqual(
    like(({ fields }) => fields?.req.id === 3 && fields.n >= 100),
  );
  expect(await search(rig, '--grep', '^PLAIN \\d+$', '-i')).toEqual(like(({ text }) => text.startsWith('plain ')));
  expect(await search(rig, '--grep', 'line', '--invert')).toEqual(like(({ text }) => !text.includes('line')));
  const timed = like(({ fields }) => fields !== null);
  const times = timed.map(({ at }) => at).sort();
  const [from, to] = [times[100] as string, times[400] as string];
  const between = await search(rig, ...['--since', from, '--until', to, '--field', 'n']);
  expect(between).toEqual(timed.filter(({ at }) => at >= from && at <= to));
  expect(between.length).toBeGreaterThan(300);
  expect(await search(rig, '--since', '1h', '--lines', '5')).toEqual(all.slice(-5));
  expect(await search(rig, '--until', '2h')).toEqual([]);

  // For people: the time, whose it is, the level and the message instead of JSON.
  const text = await rig.must('logs', 'counter', '--nostream', '--field', 'n=10', '--lines', '1');
  expect(text).toMatch(/counter .*WARN.*line 10/i);
  expect(text).not.toContain('{"level"');
});

test('--follow goes on after what was found, over rotations and a daemon that is killed: each line once', async ({
  rig,
}) => {
  await start(rig, '--log-max-size', '300K');
  await until(
    () => (rotatedOf(rig).length >= 1 ? true : undefined),
    () => 'a compressed file',
  );
  const child = spawn(process.execPath, [CLI, 'logs', 'counter', '--since', '1h', '--follow', '--json'], {
    env: rig.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  rig.onDispose(() => void child.kill('SIGKILL'));
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    told += chunk;
  });
  const has = (count: number): Promise<true> =>
    until(
      () => (told.split('\n').length > count ? true : undefined),
      () => `${count} lines; there are ${told.split('\n').length}`,
    );
  await has(1500);
  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  const before = rotatedOf(rig).length;
  await until(
    () => (rotatedOf(rig).length > before ? true : undefined),
    () => 'one more',
  );
  await rig.must('stop', 'counter');
  const total = await until(
    () => /"text":"all (\d+)"/.exec(told)?.[1],
    () => `the last line; it ends with ${told.slice(-600)}; files ${readdirSync(join(rig.home, 'logs')).join()}`,
  );
  const numbers = parse(told.slice(0, told.lastIndexOf('\n'))).flatMap(({ text, fields }) => {
    const number = fields?.n ?? /^plain (\d+)$/.exec(text)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  expect(numbers).toEqual(Array.from({ length: Number(total) }, (_, n) => n));
});

test('what cannot be meant is refused, with what can', async ({ rig }) => {
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  await rig.must('start', 'app.js');
  for (const [words, said] of [
    [['--since', 'banana'], 'banana'],
    [['--level', 'loud'], 'loud'],
    [['--grep', '('], '('],
    [['--field', '=7'], '=7'],
    [['--since', '1m', '--until', '1h'], 'until'],
  ] as const) {
    const { code, stdout, stderr } = await rig.run('logs', 'app', '--nostream', ...words);
    expect({ code, stdout, words }).toEqual({ code: 1, stdout: '', words });
    expect(stderr).toContain(said);
  }
});
