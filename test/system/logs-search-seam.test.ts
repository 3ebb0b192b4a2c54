/**
 * Lines that are followed while one daemon takes over from another, and the log is rotated many times a second: inodes are given
 * again within moments, and files are compressed and renamed while they are looked for.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.cjs');

/** About ten files a second of the size below, until it is told to end; then how many lines there were. */
const WRITER = `
let n = 0;
const timer = setInterval(() => { for (let i = 0; i < 5; i++) console.log('line ' + n++ + ' ' + 'x'.repeat(80)); }, 20);
process.on('SIGUSR2', () => { clearInterval(timer); console.log('all ' + n); setInterval(() => {}, 1000); });
`;

const KILLS = 3;

/** Of all files of the log. One that is listed plain may have been compressed since. */
function numbersIn(folder: string): number[] {
  const names = readdirSync(folder).filter((name) => name.startsWith('writer-out.log') && !/\.(part|tmp)$/.test(name));
  const texts = [...new Set(names.map((name) => name.replace(/\.gz$/, '')))].map((name) => {
    const plain = join(folder, name);
    return (existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`))).toString();
  });
  return texts.flatMap((text) => [...text.matchAll(/^line (\d+) /gm)].map(([, n]) => Number(n)));
}

test('a log that is rotated all the time while daemons are killed and replaced: who follows gets each line once', {
  timeout: 120_000,
}, async ({ rig }) => {
  rig.write('writer.js', WRITER);
  await rig.must('start', 'writer.js', '--log-keep', '1000', '--log-max-size', '2K');
  await until(
    () => (rig.read('logs/writer-out.log').length > 0 ? true : undefined),
    () => 'the first lines',
  );
  const child = spawn(process.execPath, [CLI, 'logs', 'writer', '--since', '1h', '--follow', '--json'], {
    env: rig.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  rig.onDispose(() => void child.kill('SIGKILL'));
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    told += chunk;
  });
  const numbers = (): number[] => [...told.matchAll(/"text":"line (\d+) /g)].map(([, n]) => Number(n));
  const has = (count: number): Promise<true> =>
    until(
      () => (numbers().length >= count ? true : undefined),
      () => `${count} lines; there are ${numbers().length}`,
    );
  const rotated = (): number => readdirSync(join(rig.home, 'logs')).filter((name) => /\.\d{8}T\d+Z/.test(name)).length;
  await has(100);
  for (let kill = 0; kill < KILLS; kill++) {
    const [daemon, files, lines] = [await rig.daemonPid(), rotated(), numbers().length];
    if (kill % 2 === 0) {
      process.kill(daemon, 'SIGKILL');
      await rig.nextDaemon(daemon);
    } else await rig.must('update');
    await until(
      () => (rotated() > files + 10 ? true : undefined),
      () => 'ten more files',
    );
    await has(lines + 100);
  }
  await rig.must('sendSignal', 'SIGUSR2', 'writer');
  await until(
    () => (/"text":"all \d+"/.test(told) ? true : undefined),
    () => `the last line; it ends with ${told.slice(-600)}`,
  );
  // What a SIGKILL cost between reading and writing is in no file; it may have been told.
  const written = numbersIn(join(rig.home, 'logs'));
  const seen = numbers();
  const known = new Set(seen);
  expect({
    twice: seen.filter((n, i) => seen.indexOf(n) !== i).slice(0, 20),
    missing: written.filter((n) => !known.has(n)).slice(0, 20),
    isInOrder: seen.every((n, i) => i === 0 || n > (seen[i - 1] ?? 0)),
  }).toEqual({ twice: [], missing: [], isInOrder: true });
  expect(written.length).toBeGreaterThan(500);
});
