/** CPU and memory of trees, of real processes: what the rhythm reads is what a look at all processes sees. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { Sampler } from '../../../src/daemon/sampler.ts';

const PARENT = `
const { spawn } = require('node:child_process');
process.on('message', () => {
  const child = spawn(process.execPath, ['-e', 'while (process.cpuUsage().user < 300_000); process.send("worked"); setInterval(() => {}, 1000)'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.on('message', () => process.send(child.pid));
  process.on('disconnect', () => process.exit());
});
process.send('up');
setInterval(() => {}, 1000);`;

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

it('a child that came since the last whole look is found along its parent, and one that is gone is not counted', async () => {
  const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  started.push(parent);
  await once(parent, 'message');
  const pid = parent.pid as number;
  const roots = [{ pid, keeperPid: 0, startedAt: 0 }];
  const sampler = new Sampler();
  const alone = sampler.sampleKnown(roots, 100_000)(pid);
  expect(alone.memoryBytes).toBeGreaterThan(10_000_000);
  parent.send('go');
  const [child] = (await once(parent, 'message')) as [number];
  const both = sampler.sampleKnown(roots, 110_000)(pid);
  expect(both.memoryBytes).toBeGreaterThan(alone.memoryBytes + 10_000_000);
  expect(both.cpuMs).toBeGreaterThanOrEqual(alone.cpuMs + 200);
  const whole = new Sampler().sample(roots, 110_000)(pid);
  expect(Math.abs(both.memoryBytes - whole.memoryBytes)).toBeLessThan(20_000_000);
  process.kill(child, 'SIGKILL');
  // Until its parent has waited for it.
  await expect.poll(() => isThere(child)).toBe(false);
  const after = sampler.sampleKnown(roots, 120_000)(pid);
  expect(after.memoryBytes).toBeLessThan(both.memoryBytes - 10_000_000);
  // What it used is not lost with it.
  expect(after.cpuMs).toBeGreaterThanOrEqual(both.cpuMs);
});

it('who was a stranger at the last look is seen with all that it has made once it is one of ours', async () => {
  const start = async (): Promise<number> => {
    const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    started.push(parent);
    await once(parent, 'message');
    parent.send('go');
    await once(parent, 'message');
    return parent.pid as number;
  };
  const pids = [await start(), await start()] as const;
  const roots = pids.map((pid) => ({ pid, keeperPid: 0, startedAt: 0 }));
  const sampler = new Sampler();
  sampler.sample(roots.slice(0, 1), 100_000);
  const usage = sampler.sample(roots, 110_000);
  const whole = new Sampler().sample(roots, 110_000);
  for (const pid of pids) expect(usage(pid).memoryBytes).toBeGreaterThan(whole(pid).memoryBytes * 0.8);
});
