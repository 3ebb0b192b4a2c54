// What writing to a managed stdout costs the program, and whether every line arrives. The control writes straight to a file.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cpuOf, median, waitFor } from '../measure.mjs';

const LINE_BYTES = 100;

/** Writes in 16 KiB pieces with blocking writes, says how long it took through a file, and ends. */
const writer = (megabytes, done) => `
const { writeSync, writeFileSync } = require('node:fs');
const line = 'x'.repeat(${LINE_BYTES - 1}) + '\\n';
const piece = Buffer.from(line.repeat(160));
const startedAt = performance.now();
const pause = new Int32Array(new SharedArrayBuffer(4));
for (let left = ${megabytes} * 1e6; left > 0; left -= piece.length) {
  for (let done = 0; done < piece.length; ) {
    try { done += writeSync(1, piece, done); } catch (e) { if (e.code !== 'EAGAIN') throw e; Atomics.wait(pause, 0, 0, 0.1); }
  }
}
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

function linesIn(folder, base) {
  let bytes = 0;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(base)) continue;
    const content = readFileSync(join(folder, name));
    bytes += name.endsWith('.gz') ? gunzipSync(content).length : content.length;
  }
  return bytes / LINE_BYTES;
}

export async function logs({ managers, megabytes, rounds, row }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-logs-'));
  const expected = Math.ceil((megabytes * 1e6) / (160 * LINE_BYTES)) * 160;
  const times = { bare: [], upkeep: [], pm2: [] };
  let lost = 0;
  let cpuPerMb = 0;
  for (let round = 0; round < rounds; round++) {
    const done = join(folder, `bare-${round}`);
    const script = join(folder, `bare-${round}.js`);
    writeFileSync(script, writer(megabytes, done));
    const child = spawn(process.execPath, [script], {
      stdio: ['ignore', openSync(join(folder, `file-${round}`), 'w'), 'inherit'],
    });
    await waitFor(() => read(done) !== '', 'the writer');
    child.kill('SIGKILL');
    times.bare.push(Number(read(done)));
    for (const manager of managers) {
      const result = join(folder, `${manager.name}-${round}`);
      const app = join(folder, `${manager.name}-${round}.cjs`);
      writeFileSync(app, writer(megabytes, result));
      manager.run('ping');
      const before = cpuOf(manager.daemonPid());
      manager.run(
        'start',
        app,
        '--name',
        `writer${round}`,
        ...(manager.name === 'upkeep' ? ['--log-keep', '1000'] : []),
      );
      await waitFor(() => read(result) !== '', `the writer under ${manager.name}`, 120_000);
      times[manager.name].push(Number(read(result)));
      manager.run('delete', 'all');
      if (manager.name !== 'upkeep') continue;
      cpuPerMb = (cpuOf(manager.daemonPid()) - before) / megabytes;
      // Files are still being compressed: a name may be gone before it is read.
      const folderOfLogs = join(manager.home, 'logs');
      await waitFor(
        () => !readdirSync(folderOfLogs).some((name) => /\.\d{8}T\d+Z(\.part|\.tmp|\.gz\..*)?$/.test(name)),
        'gzip',
        120_000,
        20,
      );
      lost += expected - linesIn(folderOfLogs, `writer${round}-out`);
    }
  }
  rmSync(folder, { recursive: true, force: true });
  const [upkeep, pm2, bare] = [median(times.upkeep), median(times.pm2), median(times.bare)];
  row({
    what: `writing ${megabytes} MB at full speed, the program's time`,
    upkeep,
    pm2,
    bare,
    figure: upkeep / bare,
    target: '≤ 1.2 ×',
    met: upkeep / bare <= 1.2,
  });
  row({
    what: 'the same, MB/s',
    upkeep: (megabytes * 1e3) / upkeep,
    pm2: (megabytes * 1e3) / pm2,
    bare: (megabytes * 1e3) / bare,
  });
  row({
    what: 'lines lost over rotation and gzip',
    upkeep: lost,
    pm2: null,
    bare: null,
    figure: lost,
    target: '0',
    met: lost === 0,
  });
  row({ what: 'daemon CPU ms per MB, gzip included', upkeep: cpuPerMb, pm2: null, bare: null });
}
