/** Builds that do not understand each other, or only partly: what is refused, what still works, and what is said. */
import { spawn } from 'node:child_process';
import { readdirSync, symlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { findByEnvironment } from '../../src/platform/process.ts';
import { connectTo } from '../../src/platform/unix-socket.ts';
import { AGENT_PROTOCOL } from '../../src/protocol/agent.ts';
import { CONTROL_PROTOCOL, PROTOCOL_VERSION } from '../../src/protocol/control.ts';
import { Peer } from '../../src/protocol/peer.ts';
import { commandLine } from '../helpers/companion.ts';
import { fakeDaemon } from '../helpers/fake-daemon.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const DIST = join(import.meta.dirname, '../../dist');
const APP = 'setInterval(() => {}, 1000)';

const guardsOf = (rig: Rig): number[] =>
  findByEnvironment('UPKEEP_HOME', rig.home).filter((pid) => commandLine(pid).includes('guard.sh'));

async function connected(rig: Rig): Promise<Peer> {
  const socket = await connectTo(rig.paths.rpcSocket);
  if (socket === null) throw new Error('no daemon answers');
  const peer = new Peer(socket, {});
  rig.onDispose(() => peer.close());
  return peer;
}

test('a command of another protocol is refused with both versions, and can still replace the daemon', async ({
  rig,
}) => {
  rig.write('app.js', APP);
  await rig.must('start', 'app.js');
  const { pid } = await rig.one('app');
  const daemon = await rig.daemonPid();
  const newer = await connected(rig);
  const far = { protocol: PROTOCOL_VERSION + 2, oldest: PROTOCOL_VERSION + 1, version: '9.8.7' };
  expect(await newer.request('daemon.ping', far)).toMatchObject({ protocol: PROTOCOL_VERSION, pid: daemon });
  for (const [method, params] of [
    ['instance.list', {}],
    ['app.stop', { targets: ['all'] }],
  ] as const)
    await expect(newer.request(method, params)).rejects.toMatchObject({
      code: 'VERSION_MISMATCH',
      message: expect.stringMatching(/daemon runs upkeep \S+ \(protocol 1\).*9\.8\.7 \(protocol 3\)/),
      hint: expect.stringContaining('upkeep update'),
    });
  // One that understands ours as well, and one from before there was a hello.
  const next = await connected(rig);
  await next.request('daemon.ping', { protocol: PROTOCOL_VERSION + 1, oldest: PROTOCOL_VERSION });
  expect(await next.request('instance.list', {})).toMatchObject({ instances: [{ pid }] });
  expect(await (await connected(rig)).request('instance.list', {})).toMatchObject({ instances: [{ pid }] });

  const command = [process.execPath, join(DIST, 'daemon.cjs')];
  await newer.request('daemon.update', { command, env: { PATH: process.env.PATH } });
  await rig.nextDaemon(daemon);
  expect(await rig.one('app')).toMatchObject({ pid, restarts: 0 });
});

test('an update to a build that cannot start, or cannot read the list, changes nothing', async ({ rig }) => {
  rig.write('app.js', APP);
  await rig.must('start', 'app.js');
  const { pid } = await rig.one('app');
  const daemon = await rig.daemonPid();
  const broken = rig.write('broken/daemon.cjs', "require('./chunk-that-is-missing.cjs')");
  const old = rig.write('old/daemon.cjs', `console.log('{"version":"0.0.1","protocol":1,"stateFormat":0}')`);
  for (const [entry, said] of [
    [broken, /chunk-that-is-missing.*left as it is/s],
    [old, /earlier build.*list of apps.*left as it is/s],
  ] as const) {
    const { code, stderr } = await rig.runWith({ env: { UPKEEP_DAEMON_ENTRY: entry } }, 'update');
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    expect(await rig.daemonPid()).toBe(daemon);
  }
  expect(await rig.one('app')).toMatchObject({ pid, restarts: 0 });
  await rig.must('update');
  expect(await rig.one('app')).toMatchObject({ pid, restarts: 0 });
});

test('the guard waits for a daemon that ends it, and makes way for one of an older build, which would not', async ({
  rig,
}) => {
  rig.write('app.js', APP);
  await rig.must('start', 'app.js');
  const { pid } = await rig.one('app');
  const parent = join(rig.root, 'parent');
  /** This build's daemon, which answers as told and writes down whose child it is. */
  const build = (folder: string, answer: object): string => {
    const entry = rig.write(
      `${folder}/daemon.cjs`,
      `const fs = require('node:fs');
      if (process.env.UPKEEP_WHICH_BUILD !== undefined) process.stdout.write(${JSON.stringify(JSON.stringify(answer))});
      else {
        fs.writeFileSync('${parent}', fs.readFileSync('/proc/' + process.ppid + '/cmdline', 'latin1'));
        require(${JSON.stringify(join(DIST, 'daemon.cjs'))});
      }`,
    );
    for (const name of readdirSync(DIST).filter((one) => one !== 'daemon.cjs'))
      symlinkSync(join(DIST, name), join(rig.root, folder, name));
    return entry;
  };
  const facts = { version: '0.0.1', protocol: 1, stateFormat: 1 };
  for (const [folder, answer, isGuards] of [
    ['older', facts, false],
    ['same', { ...facts, endsItsGuard: true }, true],
  ] as const) {
    const entry = build(folder, answer);
    const daemon = await rig.daemonPid();
    const guard = rig.guardPid(daemon);
    expect((await rig.runWith({ env: { UPKEEP_DAEMON_ENTRY: entry } }, 'update')).code).toBe(0);
    const next = await rig.nextDaemon(daemon);
    expect([folder, rig.read(parent).includes('guard.sh')]).toEqual([folder, isGuards]);
    // One guard each, of its own.
    await until(
      () => (guardsOf(rig).length === 1 && guardsOf(rig)[0] !== guard ? true : undefined),
      () => `one guard; there are ${guardsOf(rig)}`,
    );
    expect(rig.guardPid(next)).toBe(guardsOf(rig)[0]);
  }
  expect(await rig.one('app')).toMatchObject({ pid, restarts: 0 });
});

test('a daemon that is out of date, or newer, is told of once, on stderr, and only there', async ({ rig }) => {
  let version = '0.0.9';
  await fakeDaemon(rig, {
    'daemon.ping': () => ({ protocol: CONTROL_PROTOCOL.protocol, version }),
    'instance.list': () => ({ instances: [], notes: [] }),
    'instance.describe': () => ({ instances: [] }),
  });
  for (const words of [['list'], ['jlist']]) {
    const { code, stdout, stderr } = await rig.run(...words);
    expect(code).toBe(0);
    expect(stderr.match(/out of date.*0\.0\.9.*upkeep update/g)).toHaveLength(1);
    expect(stdout).not.toMatch(/0\.0\.9/);
  }
  version = '99.0.0';
  expect((await rig.run('list')).stderr).toMatch(/99\.0\.0, which is newer than this command/);
  const refused = await rig.run('list');
  expect(refused.stderr.match(/99\.0\.0/g)).toHaveLength(1);
});

interface Said {
  readonly type: string;
  readonly message?: unknown;
}

/** The daemon's end of an app's line, of whatever protocol. */
async function listen(path: string, protocol: number): Promise<{ said: Said[]; end(): Promise<void> }> {
  const said: Said[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.write(`${JSON.stringify({ type: 'hello', protocol, version: '9.9.9' })}\n`);
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) said.push(JSON.parse(line) as Said);
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((done) => server.listen(path, done));
  return {
    said,
    end: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

test('what an app says to a daemon of another protocol waits for one that understands it', async ({ rig }) => {
  const path = join(rig.root, 'agent.sock');
  const foreign = await listen(path, AGENT_PROTOCOL.protocol + 5);
  // It hears of the daemon's protocol first: the program speaks when it is told to.
  const script = "process.stdin.once('data', () => { for (let n = 0; n < 5; n++) process.send({ n }); })";
  const app = spawn(process.execPath, ['--require', join(DIST, 'runtime.cjs'), '-e', script], {
    env: { PATH: process.env.PATH, UPKEEP_AGENT: path, UPKEEP_TOKEN: 'the-token' },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  rig.onDispose(() => void app.kill('SIGKILL'));
  await until(
    () => foreign.said.find(({ type }) => type === 'hello'),
    () => 'its hello',
  );
  app.stdin.write('go\n');
  await foreign.end();
  const known = await listen(path, AGENT_PROTOCOL.protocol);
  rig.onDispose(() => known.end());
  const messages = (said: readonly Said[]): unknown[] =>
    said.flatMap(({ type, message }) => (type === 'message' ? [message] : []));
  await until(
    () => (messages(known.said).length >= 5 ? true : undefined),
    () => `five messages; there is ${JSON.stringify(known.said)}`,
  );
  expect(messages(known.said)).toEqual([0, 1, 2, 3, 4].map((n) => ({ n })));
});
