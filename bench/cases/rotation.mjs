// Numbered lines at a steady 5 MB/s over many rotations at 10 MB: each contender's lines are counted in all its files. PM2
// rotates by pm2-logrotate, told to look every second; it does so by copying and truncating, as its users have it.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logrotate, start } from '../contenders.mjs';
import { atRest, contents, WRITE } from '../log-files.mjs';
import { cpuOf, waitFor } from '../measure.mjs';

const LINE_BYTES = 100;
const LINES_EACH_TICK = 2_500;
const TICK_MS = 50;

const writer = (ticks, done) => `${WRITE}
let [tick, n] = [0, 0];
const timer = setInterval(() => {
  let text = '';
  for (let i = 0; i < ${LINES_EACH_TICK}; i++) text += String(n++).padStart(${LINE_BYTES - 1}, '0') + '\\n';
  write(Buffer.from(text));
  if (++tick < ${ticks}) return;
  clearInterval(timer);
  writeFileSync(${JSON.stringify(done)}, String(n));
  setInterval(() => {}, 1000);
}, ${TICK_MS});
`;

const SETTINGS = { max_size: '10M', retain: '1000', compress: 'true', workerInterval: '1' };

function installLogrotate(pm2) {
  for (const [key, value] of Object.entries(SETTINGS)) pm2.run('set', `pm2-logrotate:${key}`, value);
  const { command, env } = pm2.command('install', '.');
  const { status, stderr } = spawnSync(command[0], command.slice(1), {
    cwd: logrotate,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`pm2-logrotate could not be installed: ${stderr}`);
}

/** How often each number is there. */
function tally(manager, name, written) {
  const seen = new Uint8Array(written);
  let broken = 0;
  const files = contents(manager, name);
  for (const content of files) {
    for (let at = 0; at < content.length; ) {
      const end = content.indexOf(10, at);
      const line = content.latin1Slice(at, end === -1 ? content.length : end);
      if (/^\d{99}$/.test(line) && Number(line) < written) seen[Number(line)]++;
      else broken++;
      at = end === -1 ? content.length : end + 1;
    }
  }
  const count = (test) => seen.reduce((sum, times) => sum + (test(times) ? 1 : 0), 0);
  return { lost: count((times) => times === 0), doubled: count((times) => times > 1), broken, files: files.length };
}

export async function rotation({ managers, folder, seconds, row }) {
  const ticks = (seconds * 1_000) / TICK_MS;
  const written = ticks * LINES_EACH_TICK;
  const found = {};
  for (const manager of managers) {
    manager.wake();
    if (manager.name === 'pm2') installLogrotate(manager);
    const helpers = manager.pids();
    const name = 'numbers';
    const done = join(folder, `${manager.name}.done`);
    const script = join(folder, `${manager.name}.cjs`);
    writeFileSync(script, writer(ticks, done));
    const cpu = () => [manager.daemonPid(), ...helpers].reduce((sum, pid) => sum + cpuOf(pid), 0);
    const before = cpu();
    await start(manager, { name, script, log: { size: '10MB' } });
    await waitFor(() => existsSync(done), `the writer under ${manager.name}`, 120_000, 20);
    await atRest(manager, name, 60_000, 3_000);
    const cpuMs = cpu() - before;
    found[manager.name] = { ...tally(manager, name, written), cpu: cpuMs / ((written * LINE_BYTES) / 1e6) };
    manager.clear();
  }
  const each = (key) => Object.fromEntries(Object.entries(found).map(([name, one]) => [name, one[key]]));
  const { lost, doubled, broken } = found.upkeep;
  const isWhole = lost + doubled + broken === 0;
  row({ what: `lines lost over rotation, of ${written}`, ...each('lost'), figure: lost, target: '0', met: lost === 0 });
  row({ what: 'lines that are there twice', ...each('doubled') });
  row({ what: 'lines in parts', ...each('broken'), figure: doubled + broken, target: '0 of both', met: isWhole });
  row({ what: 'files at the end', ...each('files') });
  row({ what: 'CPU of daemon and module, ms for each MB', ...each('cpu') });
}
