// What the log pump costs: a fast writer through the pump, against the same writer straight into a file. Without a
// figure from the machine at hand nobody would know when a change made logging slow.
// Run after `npm run build`:  node bench/log-pump.mjs [MB] [--no-index]
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const root = resolve(import.meta.dirname, '..');
const megabytes = Number(process.argv[2] ?? 512);
/** For a comparison: without the time index. */
const noIndex = process.argv.includes('--no-index');
const folder = mkdtempSync(join(tmpdir(), 'upkeep-bench-'));

/** Writes 200-byte lines with blocking writes: 64 KB at a time, as fast as a program can, or line by line, as programs do. */
const program = `
  const { writeSync, openSync } = require('node:fs');
  const fd = openSync(process.env.TARGET, process.env.MODE);
  const block = Buffer.from(('x'.repeat(199) + '\\n').repeat(Number(process.env.LINES)));
  let left = Number(process.env.MEGABYTES) * 1e6;
  while (left > 0) { let rest = block; while (rest.length) rest = rest.subarray(writeSync(fd, rest)); left -= block.length; }`;

function write(target, mode, lines) {
  // Line by line is some forty times slower.
  const amount = lines === 1 ? megabytes / 8 : megabytes;
  const startedAt = performance.now();
  return new Promise((done) => {
    const child = spawn(process.execPath, ['-e', program], {
      env: { TARGET: target, MODE: mode, LINES: String(lines), MEGABYTES: String(amount) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('exit', () => done((performance.now() - startedAt) / 1000));
  });
}

const build = await rolldown({
  input: { pump: join(root, 'src/logs/pump.ts'), 'pump-thread': join(root, 'src/logs/pump-thread.ts') },
  platform: 'node',
});
await build.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs' });
await build.close();
const { Pump } = await import(join(folder, 'pump.mjs'));

const rules = {
  outFile: null,
  errorFile: null,
  combinedFile: null,
  merge: false,
  format: 'raw',
  dateFormat: null,
  disabled: false,
  maxSizeBytes: 0,
  maxAgeMs: 0,
  keep: 3,
  compress: false,
};
const rows = [];

const straight = {};
for (const lines of [320, 1]) {
  const direct = join(folder, 'direct.log');
  straight[lines] = await write(direct, 'a', lines);
  const way = `straight into a file${lines === 1 ? ', line by line' : ''}`;
  rows.push({
    way,
    'MB/s': Math.round(statSync(direct).size / 1e6 / straight[lines]),
    'CPU ms/MB of the pump': '',
    'writer time': '1.00',
  });
  rmSync(direct);
}

for (const [way, changes, followed, lines = 320] of [
  ['pump, raw', {}, false],
  ['pump, raw, line by line', {}, false, 1],
  ['pump, rotation at 10 MiB', { maxSizeBytes: 10 * 1024 * 1024 }, false],
  ['pump, rotation and gzip', { maxSizeBytes: 10 * 1024 * 1024, compress: true }, false],
  ['pump, shared file', { merge: true }, false],
  ['pump, dates', { dateFormat: 'YYYY-MM-DD HH:mm:ss Z' }, false],
  ['pump, JSON', { format: 'json' }, false],
  ['pump, raw, one follower', {}, true],
]) {
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const keeper = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const pump = new Pump({
    threadEntry: join(folder, 'pump-thread.mjs'),
    diskBudgetBytes: 0,
    logFolder: folder,
    ...(noIndex ? {} : { indexFolder: join(folder, 'log-index') }),
    onNote: (note) => note.kind === 'rotated' || console.error(note),
  });
  const file = join(folder, 'pumped.log');
  await pump.open([
    {
      id: 0,
      name: 'bench',
      namespace: 'default',
      incarnation: 1,
      stream: 'out',
      fifo,
      file,
      combined: null,
      rules: { ...rules, ...changes },
    },
  ]);
  if (followed) await pump.follow({ ids: null, streams: ['out'] }, () => true);
  const before = process.cpuUsage();
  const seconds = await write(fifo, 'w', lines);
  await pump.settle(0, 1);
  const { user, system } = process.cpuUsage(before);
  const { bytes } = (await pump.stats())[0];
  await pump.close(0, 1);
  await pump.stop();
  rows.push({
    way,
    'MB/s': Math.round(bytes / 1e6 / seconds),
    'CPU ms/MB of the pump': ((user + system) / 1000 / (bytes / 1e6)).toFixed(2),
    'writer time': (seconds / straight[lines]).toFixed(2),
  });
  closeSync(keeper);
  execFileSync('sh', ['-c', `rm -f ${fifo} ${file}*`]);
}
console.table(rows);
rmSync(folder, { recursive: true, force: true });
