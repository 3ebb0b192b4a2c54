// What writing to a managed stdout costs the program and the daemon, and whether every byte arrives. The control writes straight
// to a file. Upkeep and supervisord rotate meanwhile, Upkeep compresses too; PM2 does neither by itself.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BARE_ENV, start } from '../contenders.mjs';
import { atRest, contents, WRITE } from '../log-files.mjs';
import { cpuOf, median, waitFor } from '../measure.mjs';

const LINE_BYTES = 100;
const PIECE_LINES = 160;

/** Writes in 16 KB pieces with blocking writes, says how long it took through a file, and stays. */
const writer = (megabytes, done) => `${WRITE}
const piece = Buffer.from(('x'.repeat(${LINE_BYTES - 1}) + '\\n').repeat(${PIECE_LINES}));
const startedAt = performance.now();
for (let left = ${megabytes} * 1e6; left > 0; left -= piece.length) write(piece);
writeFileSync(${JSON.stringify(done)}, String(performance.now() - startedAt));
setInterval(() => {}, 1000);
`;

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** What the writer says that it took; then nothing is left of it. */
async function timeOf(done, children, file) {
  try {
    await waitFor(() => read(done) !== '', 'the writer');
    return Number(read(done));
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(file);
  }
}

async function bare(folder, script, done) {
  const file = join(folder, 'bare.log');
  const fd = openSync(file, 'w');
  const child = spawn(process.execPath, [script], { env: BARE_ENV, stdio: ['ignore', fd, 'inherit'] });
  closeSync(fd);
  return timeOf(done, [child], file);
}

/** Through a pipe, as for everybody who reads what a program prints: what that alone costs it. */
async function piped(folder, script, done) {
  const file = join(folder, 'piped.log');
  const fd = openSync(file, 'w');
  const reader = spawn('cat', { env: BARE_ENV, stdio: ['pipe', fd, 'inherit'] });
  const child = spawn(process.execPath, [script], { env: BARE_ENV, stdio: ['ignore', reader.stdin, 'inherit'] });
  reader.stdin.destroy();
  closeSync(fd);
  return timeOf(done, [child, reader], file);
}

async function managed(manager, name, script, done) {
  manager.wake();
  const before = cpuOf(manager.daemonPid());
  await start(manager, { name, script, log: { size: '10MB' } });
  await waitFor(() => read(done) !== '', `the writer under ${manager.name}`, 120_000);
  await atRest(manager, name);
  const cpuMs = cpuOf(manager.daemonPid()) - before;
  const lines = contents(manager, name).reduce((sum, { length }) => sum + length, 0) / LINE_BYTES;
  manager.clear();
  return { ms: Number(read(done)), cpuMs, lines };
}

export async function logs({ managers, folder, megabytes, rounds, row }) {
  const expected = Math.ceil((megabytes * 1e6) / (PIECE_LINES * LINE_BYTES)) * PIECE_LINES;
  const found = Object.fromEntries(managers.map(({ name }) => [name, []]));
  const bareTimes = [];
  const pipedTimes = [];
  for (let round = 0; round < rounds; round++) {
    const scriptFor = (who) => {
      const [script, done] = [join(folder, `${who}-${round}.cjs`), join(folder, `${who}-${round}`)];
      writeFileSync(script, writer(megabytes, done));
      return [script, done];
    };
    bareTimes.push(await bare(folder, ...scriptFor('bare')));
    pipedTimes.push(await piped(folder, ...scriptFor('piped')));
    for (const manager of managers)
      found[manager.name].push(await managed(manager, `writer${round}`, ...scriptFor(manager.name)));
  }
  const each = (of) => Object.fromEntries(Object.entries(found).map(([name, all]) => [name, of(all)]));
  const times = { ...each((all) => median(all.map(({ ms }) => ms))), bare: median(bareTimes) };
  const figure = times.upkeep / times.bare;
  row({
    what: `writing ${megabytes} MB at full speed, the program's time, ms`,
    ...times,
    figure,
    target: '≤ 1.2 ×',
    met: figure <= 1.2,
  });
  row({
    what: 'the same, MB/s',
    ...Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, (megabytes * 1e3) / ms])),
  });
  const throughCat = median(pipedTimes);
  row({
    what: 'the same, ms, where bare is a pipe into `cat > file`',
    ...times,
    bare: throughCat,
    figure: times.upkeep / throughCat,
  });
  const lost = each((all) => all.reduce((sum, { lines }) => sum + expected - lines, 0));
  row({
    what: `lines lost, of ${expected * rounds}`,
    ...lost,
    figure: lost.upkeep,
    target: '0',
    met: lost.upkeep === 0,
  });
  row({
    what: "daemon CPU, ms for each MB; Upkeep's with gzip",
    ...each((all) => median(all.map(({ cpuMs }) => cpuMs)) / megabytes),
  });
}
