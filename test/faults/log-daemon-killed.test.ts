/** The process that owns the pump is killed by SIGKILL under load, again and again: what is lost is at most the chunk between read and write. */
import { type ChildProcess, spawn } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BuiltThread, buildThread } from '../unit/logs/build-thread.ts';
import { checkNumbered, numberedWriter } from '../unit/logs/numbered-lines.ts';
import { exited, PumpRig, until } from '../unit/logs/pump-rig.ts';

const CHUNK_BYTES = 64 * 1024;
const LINE_BYTES = 43;
const COUNT = 1_500_000;
const KILLS = 10;
const ROTATE_BYTES = 1_000_000;

let thread: BuiltThread;
let rig: PumpRig;
let hosts: ChildProcess[];

beforeAll(async () => {
  thread = await buildThread();
});
afterAll(() => thread.dispose());
beforeEach(() => {
  rig = new PumpRig(thread);
  hosts = [];
});
afterEach(async () => {
  for (const host of hosts) if (host.exitCode === null && host.signalCode === null) host.kill('SIGKILL');
  await rig.dispose();
});

/** About 18 MB/s, which is far more than apps log. */
const steadyWriter = (count: number): string => `
  let n = 0;
  const more = () => {
    let text = '';
    for (let i = 0; i < 450 && n < ${count}; i++, n++) text += String(n).padStart(8, '0') + ' the quick brown fox jumps over it\\n';
    let rest = Buffer.from(text);
    while (rest.length) rest = rest.subarray(writeSync(fd, rest));
    if (n < ${count}) setTimeout(more, 1);
  };
  more();`;

test.each([
  ['as fast as the program can', numberedWriter],
  ['at a steady rate', steadyWriter],
])('ten SIGKILLs under load, %s', async (speed, program) => {
  const channel = rig.channel(0, { rules: { maxSizeBytes: ROTATE_BYTES, keep: 1000, compress: true } });
  const file = channel.file ?? '';
  const host = join(rig.folder, 'host.cjs');
  writeFileSync(
    host,
    `const { Pump } = require(${JSON.stringify(thread.pump)});
     const pump = new Pump({ threadEntry: ${JSON.stringify(thread.entry)}, diskBudgetBytes: 0, logFolder: ${JSON.stringify(rig.logs)}, onNote: (note) => { if (note.kind !== 'rotated') console.error(note); } });
     const close = async () => { await pump.close(0, 1); await pump.stop(); process.stdin.destroy(); };
     process.stdin.on('data', close);
     pump.open([${JSON.stringify(channel)}]).then(() => console.log('open'));`,
  );
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, [host], { stdio: ['pipe', 'ignore', 'inherit'] });
    hosts.push(child);
    return child;
  };
  // Not "when it has rotated": that would aim every kill at one moment in the life of a chunk.
  const written = (): number =>
    rig.rotated(file).length * ROTATE_BYTES + (statSync(file, { throwIfNoEntry: false })?.size ?? 0);

  let current = start();
  const writer = rig.node(program(COUNT), channel.fifo);
  for (let kill = 1; kill <= KILLS; kill++) {
    // Under load: only after so much more has been written.
    const goal = written() + 3 * ROTATE_BYTES;
    await until(() => writer.exitCode !== null || written() > goal);
    expect(writer.exitCode).toBe(null);
    current.kill('SIGKILL');
    await until(() => current.signalCode === 'SIGKILL');
    current = start();
  }
  expect(await exited(writer)).toBe(0);
  current.stdin?.write('close\n');
  expect(await exited(current)).toBe(0);

  const verdict = checkNumbered(rig.readAll(file), COUNT);
  expect(verdict.doubled).toBe(0);
  expect(verdict.lost).toBeLessThanOrEqual(KILLS * (Math.ceil(CHUNK_BYTES / LINE_BYTES) + 1));
  // Half a line can stand only where a chunk is missing.
  expect(verdict.broken.length).toBeLessThanOrEqual(verdict.lost);
  console.info(`${speed}: lost ${verdict.lost} of ${COUNT} lines over ${KILLS} SIGKILLs`);
});
