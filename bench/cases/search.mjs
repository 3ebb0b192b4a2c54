// How long a question to a large rotated log takes, beside zgrep over the same files: the last seconds, and one word in all of it.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, waitFor } from '../measure.mjs';

const NEEDLE = 'the-one-that-is-looked-for';

/** Lines as pino writes them, as fast as they are taken, with one needle in the middle; then `done`. */
const writer = (megabytes, done) => `
const { writeSync, writeFileSync } = require('node:fs');
const pause = new Int32Array(new SharedArrayBuffer(4));
const put = (text) => {
  for (let bytes = Buffer.from(text), at = 0; at < bytes.length; ) {
    try { at += writeSync(1, bytes, at); } catch (e) { if (e.code !== 'EAGAIN') throw e; Atomics.wait(pause, 0, 0, 1); }
  }
};
let n = 0, bytes = 0, isFound = false;
while (bytes < ${megabytes} * 1e6) {
  let text = '';
  const time = Date.now();
  for (let i = 0; i < 200; i++, n++)
    text += JSON.stringify({ level: 30, time, pid: 1, req: { id: n, url: '/orders/' + (n * 7919) % 100003 }, took: (n * 31) % 977, msg: 'request completed' }) + '\\n';
  if (!isFound && bytes > ${megabytes} * 5e5) { isFound = true; text += JSON.stringify({ level: 50, time, msg: '${NEEDLE}' }) + '\\n'; }
  bytes += text.length;
  put(text);
}
// What was written in so short a time stands together in the index: a question to what is recent is about something later.
setTimeout(() => {
  const time = Date.now();
  for (let i = 0; i < 400; i++, n++) put(JSON.stringify({ level: 30, time, req: { id: n }, msg: 'late' }) + '\\n');
  writeFileSync(${JSON.stringify(done)}, '');
}, 20_000);
setInterval(() => {}, 1000);
`;

/** Time in ms and the most memory in MB of `upkeep logs`. */
function ask(upkeep, ...words) {
  return new Promise((resolve) => {
    const before = performance.now();
    const { command, env } = upkeep.command('logs', 'writer', '--nostream', ...words);
    const [program, ...args] = command;
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let [lines, memory] = [0, 0];
    child.stdout.on('data', (chunk) => {
      for (const byte of chunk) if (byte === 10) lines++;
    });
    const timer = setInterval(() => {
      try {
        memory = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? memory);
      } catch {}
    }, 10);
    child.on('close', () => {
      clearInterval(timer);
      resolve({ ms: performance.now() - before, lines, memory: memory / 1024 });
    });
  });
}

export async function search({ managers, megabytes, rounds, row }) {
  const upkeep = managers.find(({ name }) => name === 'upkeep');
  const done = join(upkeep.home, 'done');
  const script = join(upkeep.home, 'writer.cjs');
  writeFileSync(script, writer(megabytes, done));
  upkeep.run('start', script, '--name', 'writer', '--log-max-size', '64M', '--log-keep', '1000');
  const folder = join(upkeep.home, 'logs');
  const files = () => readdirSync(folder).filter((name) => name.startsWith('writer-out'));
  const isThere = (name) => readdirSync(upkeep.home).includes(name);
  await waitFor(() => isThere('done'), 'the log to be written', 600_000);
  const isPacked = () => files().every((name) => name === 'writer-out.log' || name.endsWith('.gz'));
  await waitFor(isPacked, 'the rotated files to be compressed', 600_000);
  const zgrep = (pattern) => {
    const before = performance.now();
    const { stdout } = spawnSync('zgrep', ['-hc', pattern, ...files()], { cwd: folder, encoding: 'utf8' });
    return { ms: performance.now() - before, lines: stdout.split('\n').reduce((sum, line) => sum + Number(line), 0) };
  };
  const timesOf = async (once) => {
    const found = [];
    for (let round = 0; round < rounds; round++) found.push(await once());
    return { ms: median(found.map(({ ms }) => ms)), ...found.map(({ ms: _, ...rest }) => rest).at(-1) };
  };
  // The last time that a line tells: what was written in the second before it.
  const last = readFileSync(join(folder, 'writer-out.log'), 'utf8').trimEnd().split('\n').at(-1);
  const { time } = JSON.parse(last);
  const since = await timesOf(() => ask(upkeep, '--json', '--since', new Date(time).toISOString()));
  const sinceByGrep = await timesOf(() => zgrep(`"time":${time},`));
  const grep = await timesOf(() => ask(upkeep, '--json', '--grep', NEEDLE));
  const grepByZgrep = await timesOf(() => zgrep(NEEDLE));
  const what = `${megabytes} MB in ${files().length} files`;
  row({ what: `--since the last lines of ${what}, ms; control: zgrep`, bare: sinceByGrep.ms, upkeep: since.ms });
  row({ what: `lines found of it; control: zgrep`, bare: sinceByGrep.lines, upkeep: since.lines });
  row({ what: `one line in all of it by a word, ms; control: zgrep`, bare: grepByZgrep.ms, upkeep: grep.ms });
  row({ what: `lines found by the word; control: zgrep`, bare: grepByZgrep.lines, upkeep: grep.lines });
  row({ what: `most memory of that search, MB`, upkeep: Math.max(grep.memory, since.memory) });
  upkeep.run('delete', 'all');
}
