/**
 * The programs of the soak and the files that it runs with. Each does one thing that costs a supervisor something: without such a
 * mixture a leak on one path would hide behind the quiet of the others.
 */
import { join } from 'node:path';
import type { Rig } from '../helpers/rig.ts';

/** Bytes of a line of the loggers, its end included: a loss in bytes can be told in lines. */
export const LINE_BYTES = 100;

/** Numbered lines; the last one says so. `RATE` is in lines per 10 ms. */
const LOGGER = `
let n = 0;
const filler = 'x'.repeat(${LINE_BYTES - 12});
const line = (text) => String(n++).padStart(10, '0') + ' ' + text + '\\n';
const timer = setInterval(() => {
  let text = '';
  for (let i = 0; i < Number(process.env.RATE); i++) text += line(filler);
  process.stdout.write(text);
}, 10);
process.on('SIGINT', () => {
  clearInterval(timer);
  process.stdout.write(line('end'.padEnd(${LINE_BYTES - 12}, '.')), () => process.exit(0));
});
`;

const TALKER = `
let n = 0;
const large = 'm'.repeat(60_000);
setInterval(() => {
  for (let i = 0; i < 100; i++) process.send({ type: 'process:msg', data: { n: n++ } });
  process.send({ type: 'axm:monitor', data: { ['depth ' + (n % 7)]: { value: n } } });
  if (n % 1000 === 0) process.send({ type: 'process:msg', data: { n, large } });
}, 50);
process.on('message', (message) => process.send({ type: 'process:msg', data: { heard: message } }));
`;

const PROGRAMS: Readonly<Record<string, string>> = {
  'web.js': `require('node:http').createServer((_, response) => response.end(String(process.pid))).listen(process.env.PORT, '127.0.0.1');`,
  'logger.js': LOGGER,
  'talker.js': TALKER,
  'idle.js': 'setInterval(() => {}, 1000);',
  'ends.js': `console.error('nothing to do'); process.exit(3);`,
  'throws.js': `setTimeout(() => { throw new Error('broken after ' + process.uptime()); }, 50 + Math.random() * 400);`,
};

const logged = { log_max_size: '2M', log_keep: 200, log_compress: true };

/** What runs at rest too. */
const RESTING = [
  { name: 'web', script: 'web.js', exec_mode: 'cluster', instances: 2 },
  { name: 'scaled', script: 'idle.js', exec_mode: 'cluster', instances: 1 },
  { name: 'watched', script: 'idle.js', watch: ['changing'], watch_delay: 100 },
  { name: 'steady', script: 'logger.js', env: { RATE: 100 }, ...logged },
  { name: 'slow', script: 'logger.js', env: { RATE: 20 }, log_type: 'raw', ...logged },
  { name: 'talker', script: 'talker.js' },
];

/** What crashes all the time while there is load. */
const BROKEN = [
  { name: 'gives-up', script: 'ends.js', max_restarts: 5, restart_delay: 10, crash_records: 5 },
  { name: 'throws', script: 'throws.js', max_restarts: 1_000_000, restart_delay: 300, crash_records: 5 },
];

/** Writes one chunk of memory figures to whoever connects to the socket; with a byte it collects garbage before. */
const PROBE = `
const { createServer } = require('node:net');
const { PerformanceObserver, constants } = require('node:perf_hooks');
require('node:v8').setFlagsFromString('--expose-gc');
const collect = require('node:vm').runInNewContext('gc');
let heapAfterGc = 0;
new PerformanceObserver((list) => {
  if (list.getEntries().some(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR))
    heapAfterGc = process.memoryUsage().heapUsed;
}).observe({ entryTypes: ['gc'] });
require('node:fs').rmSync(process.env.UPKEEP_SOAK_PROBE, { force: true });
createServer((socket) => {
  socket.on('error', () => {}).once('data', (text) => {
    if (String(text) === 'collect') { collect(); collect(); }
    if (String(text).startsWith('/')) require('node:v8').writeHeapSnapshot(String(text));
    const resources = {};
    for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] || 0) + 1;
    socket.end(JSON.stringify({ ...process.memoryUsage(), heapAfterGc, resources }));
  });
}).listen(process.env.UPKEEP_SOAK_PROBE).unref();
process.argv[1] = process.env.UPKEEP_SOAK_DAEMON;
require(process.argv[1]);
`;

export interface Scene {
  readonly probeSocket: string;
  /** Starts the daemon, or the next one, with a look inside. */
  readonly daemonEnv: NodeJS.ProcessEnv;
  readonly resting: string;
  readonly broken: string;
  readonly watchedFile: string;
}

export function writeScene(rig: Rig, port: number): Scene {
  for (const [name, text] of Object.entries(PROGRAMS)) rig.write(name, text);
  const resting = RESTING.map((app) => (app.name === 'web' ? { ...app, env: { PORT: port } } : app));
  const probeSocket = join(rig.root, 'probe.sock');
  return {
    probeSocket,
    daemonEnv: {
      UPKEEP_DAEMON_ENTRY: rig.write('probed-daemon.cjs', PROBE),
      UPKEEP_SOAK_PROBE: probeSocket,
      UPKEEP_SOAK_DAEMON: join(import.meta.dirname, '../../dist/daemon.cjs'),
    },
    resting: rig.write('resting.config.json', JSON.stringify({ apps: resting })),
    broken: rig.write('broken.config.json', JSON.stringify({ apps: BROKEN })),
    watchedFile: rig.write('changing/file', ''),
  };
}
