/** Ten thousand connections, and followers that never read: the daemon refuses with a reason, stays small, and has files left for apps. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InstanceView } from '../../src/protocol/control.ts';
import { Rig } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { RawLine } from './raw-line.ts';
import { residentBytes } from './resident.ts';

const MEBIBYTE = 1024 * 1024;
const CROWD = 10_000;

let rig: Rig;
let daemon: number;
let bystander: InstanceView;

beforeAll(async () => {
  rig = new Rig();
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  rig.write(
    'loud.js',
    `const line = 'x'.repeat(1000) + '\\n'; const more = () => { while (process.stdout.write(line)); process.stdout.once('drain', more); }; more();`,
  );
  await rig.must('start', 'app.js', '--name', 'bystander');
  daemon = await rig.daemonPid();
  bystander = await rig.one('bystander');
});

afterAll(() => rig.dispose());

async function nothingHappened(): Promise<void> {
  expect(await rig.daemonPid()).toBe(daemon);
  const { pid, status } = await rig.one('bystander');
  expect({ pid, status }).toEqual({ pid: bystander.pid, status: 'online' });
}

const filesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Opens connections, and tells how many there are and what those that were refused were told. */
const CROWD_PROGRAM = `
const { connect } = require('node:net');
const [path, count] = process.argv.slice(1);
let open = 0, closed = 0; const reasons = {};
const tell = () => { if (open + closed === Number(count)) process.stdout.write(JSON.stringify({ open, closed, reasons }) + '\\n'); };
let left = Number(count);
const next = () => {
  if (left-- <= 0) return;
  const socket = connect(path);
  let said = '', settled = false;
  const settle = (isOpen) => { if (settled) return; settled = true; if (isOpen) open++; else closed++; tell(); next(); };
  socket.on('connect', () => { socket.write('{"id":1,"method":"daemon.ping"}\\n'); });
  socket.on('data', (bytes) => { said += bytes; if (said.includes('"result"')) settle(true); });
  socket.on('error', () => {});
  socket.on('end', () => socket.end());
  socket.on('close', () => { const code = /"code":"(\\w+)"/.exec(said)?.[1] ?? 'none'; reasons[code] = (reasons[code] ?? 0) + 1; settle(false); });
};
for (let i = 0; i < 50; i++) next();
process.stdin.resume().on('end', () => process.exit(0));
`;

test('ten thousand connections: a thousand are served, the others hear why not, apps can be started, and all is as before when they leave', async () => {
  const before = filesOf(daemon);
  const crowd = spawn(process.execPath, ['-e', CROWD_PROGRAM, rig.paths.rpcSocket, String(CROWD)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  rig.onDispose(() => void crowd.kill('SIGKILL'));
  let told = '';
  crowd.stdout.on('data', (bytes) => {
    told += bytes;
  });
  await until(
    () => (told.endsWith('\n') ? true : undefined),
    () => `the crowd to be there; ${told}`,
    55_000,
  );
  const { open, closed, reasons } = JSON.parse(told) as {
    open: number;
    closed: number;
    reasons: Record<string, number>;
  };
  expect(open).toBeGreaterThan(900);
  expect(open).toBeLessThanOrEqual(1000);
  expect(open + closed).toBe(CROWD);
  expect(reasons).toEqual({ BUSY: closed });
  expect(filesOf(daemon)).toBeLessThan(before + 1100);
  const refused = await rig.run('list');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/1000 clients are connected/)]);
  // A crash meanwhile is answered as ever: there are files left for the pipes of its next life.
  process.kill(bystander.pid, 'SIGKILL');
  await until(
    () => (rig.read('daemon.log').split(' started: ').length > 2 ? true : undefined),
    () => `the next life in ${rig.read('daemon.log')}`,
  );
  crowd.stdin.end();
  await until(
    () => (filesOf(daemon) <= before + 10 ? true : undefined),
    () => `the files to be closed: ${filesOf(daemon)} of ${before}`,
  );
  bystander = await rig.one('bystander');
  await nothingHappened();
});

test('clients that follow logs, events and the bus and never read cost a bounded amount, and hold up nobody', async () => {
  const before = residentBytes(daemon);
  const lines = await Promise.all(Array.from({ length: 20 }, () => RawLine.open(rig.paths.rpcSocket)));
  for (const line of lines) {
    line.socket.pause();
    line.say({ id: 1, method: 'logs.follow', params: { targets: ['all'], streams: ['out', 'err'] } });
    line.say({ id: 2, method: 'events.follow', params: { after: 0 } });
    line.say({ id: 3, method: 'bus.follow', params: {} });
  }
  await rig.must('start', join(rig.root, 'loud.js'), '--name', 'loud');
  const sizeOf = async (): Promise<number> => {
    const [described] = (await rig.call('instance.describe', { targets: ['loud'] })).instances;
    return (described as { restarts: number }).restarts;
  };
  for (let i = 0; i < 30; i++) {
    await sizeOf();
    await nothingHappened();
  }
  expect(residentBytes(daemon) - before).toBeLessThan(250 * MEBIBYTE);
  for (const line of lines) line.end();
  await rig.must('delete', 'loud');
  await nothingHappened();
});
