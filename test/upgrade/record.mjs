// Records what a build says and leaves behind, to be read by every later build: frames between a command and the daemon, frames of
// an app's runtime, a home with running and stopped apps, what a guard hands down. Run when a version is released:
//
//   node test/upgrade/record.mjs dist test/upgrade/recorded/<version>
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const [dist = 'dist', folder = 'recorded'] = process.argv.slice(2).map((word) => resolve(word));
// Stands in the recording; who replays it puts a folder of its own there.
const ROOT = '/tmp/upkeep-recorded';
const PATIENCE_MS = 20_000;
const home = join(ROOT, 'home');
const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: ROOT, LANG: 'C.UTF-8' };

rmSync(ROOT, { recursive: true, force: true });
for (const path of [folder, home, join(ROOT, 'between')]) mkdirSync(path, { recursive: true, mode: 0o700 });
const api = "require('node:http').createServer((_, r) => r.end('ok')).listen(process.env.PORT, '127.0.0.1')";
const worker = "let n = 0; setInterval(() => console.log('line ' + n++), 20); process.on('message', () => {})";
writeFileSync(join(ROOT, 'api.js'), `${api}\n`);
writeFileSync(join(ROOT, 'worker.js'), `${worker}\n`);

const run = promisify(execFile);
const upkeep = (UPKEEP_HOME, ...words) =>
  run(process.execPath, [join(dist, 'cli.cjs'), ...words], {
    env: { ...env, UPKEEP_HOME, PORT: '18341' },
    cwd: ROOT,
    timeout: PATIENCE_MS,
  });

async function until(look, what) {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > giveUpAt) throw new Error(`waited in vain for ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** Cuts a socket's bytes into frames. */
function frames(socket, onFrame) {
  let rest = '';
  socket.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) onFrame(JSON.parse(line));
  });
}

/** Requests with their answers, of whoever connects here instead. */
const calls = {};
const notices = {};
function listenBetween() {
  const server = createServer((client) => {
    const daemon = connect(join(home, 'upkeep.sock'));
    const open = new Map();
    frames(client, ({ id, method, params }) => open.set(id, { method, params }));
    frames(daemon, ({ id, notice, result, error, value }) => {
      if (notice !== undefined) notices[notice] ??= value;
      // The last of each method: by then most of what there is to tell has happened.
      else
        calls[open.get(id).method] = { params: open.get(id).params, ...(error === undefined ? { result } : { error }) };
    });
    client.pipe(daemon).pipe(client);
    for (const socket of [client, daemon]) socket.on('error', () => {});
  });
  return new Promise((done) => server.listen(join(ROOT, 'between', 'upkeep.sock'), () => done(server)));
}

/** Every frame that a runtime says, asked in every way. */
async function recordRuntime() {
  const told = [];
  const path = join(ROOT, 'agent.sock');
  const asked = [
    { type: 'ping', n: 1, look: 'measures' },
    { type: 'measure' },
    { type: 'message', message: { topic: 'hello' } },
    { type: 'doors' },
  ];
  let line;
  const server = createServer((socket) => {
    line = socket;
    frames(socket, (frame) => told.push(frame));
    for (const frame of asked) socket.write(`${JSON.stringify(frame)}\n`);
  });
  await new Promise((done) => server.listen(path, done));
  const script = `
    process.on('message', () => process.send({ answer: 42 }));
    process.on('SIGINT', () => setTimeout(() => process.exit(0), 50));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--require', join(dist, 'runtime.cjs'), '-e', script], {
    env: { ...env, UPKEEP_AGENT: path, UPKEEP_TOKEN: 'the-token', UPKEEP_LIFE: ROOT },
    stdio: 'inherit',
  });
  const has = (type) => until(() => told.some((frame) => frame.type === type), `${type} of the runtime`);
  await Promise.all(['hello', 'pong', 'measured', 'message', 'doors'].map(has));
  const ended = new Promise((done) => child.once('exit', done));
  line.write(`${JSON.stringify({ type: 'stop', signal: 'SIGINT', limitMs: 5000 })}\n`);
  await ended;
  server.close();
  return told.map((frame) => (frame.type === 'hello' ? { ...frame, pid: 1 } : frame));
}

const guardOf = (pid) =>
  readdirSync('/proc').find((name) => {
    try {
      return (
        /^\d+$/.test(name) &&
        readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('guard.sh') &&
        readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ')[1] === String(pid)
      );
    } catch {
      return false;
    }
  });

const write = (name, value) => writeFileSync(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);

await upkeep(home, 'list');
const between = await listenBetween();
const asked = join(ROOT, 'between');
await upkeep(asked, 'start', 'api.js', '--name', 'api', '-i', '2');
await upkeep(asked, 'start', 'worker.js', '--name', 'worker');
await upkeep(asked, 'start', 'worker.js', '--name', 'resting');
for (const words of [['stop', 'resting'], ['restart', 'worker'], ['reload', 'api'], ['list'], ['jlist'], ['save']])
  await upkeep(asked, ...words);
for (const words of [
  ['describe', 'api'],
  ['why', 'worker'],
  ['env', 'worker'],
  ['reset', 'worker'],
  ['flush', 'worker'],
])
  await upkeep(asked, ...words);
const follower = spawn(process.execPath, [join(dist, 'cli.cjs'), 'logs', '--raw'], {
  env: { ...env, UPKEEP_HOME: asked },
  stdio: 'ignore',
});
await until(() => notices['logs.lines'], 'a line of a log');
follower.kill();
const guard = await until(() => guardOf(calls['daemon.ping'].result.pid), 'the guard');
const handed = readFileSync(`/proc/${guard}/environ`, 'utf8')
  .split('\0')
  .filter((one) => one.startsWith('UPKEEP_HANDED_SOCKETS='))
  .map((one) => JSON.parse(one.slice(one.indexOf('=') + 1)))[0];
write('handed-sockets.json', handed);
for (const name of ['state.json', 'dump.json', 'run', 'events.jsonl']) {
  const to = join(folder, 'home', name);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  try {
    cpSync(join(home, name), to, { recursive: true, filter: (path) => !/\/run\/(spare|\d+\/\d+)/.test(path) });
  } catch (error) {
    console.error(`${name}: ${error.message}`);
  }
}
await upkeep(asked, 'kill');
between.close();
write('control.json', { calls, notices });
write('agent.json', await recordRuntime());
rmSync(ROOT, { recursive: true, force: true });
console.log(`${Object.keys(calls).length} methods in ${folder}`);
