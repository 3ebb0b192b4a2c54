/** What descends from a process, of real processes: whoever starts hundreds looks at each without looking at all that there are. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { childrenOf, descendantsOf } from '../../../src/platform/process.ts';

/** A child of the main thread, which has one itself, and a child of another thread. */
const PARENT = `
const { spawn } = require('node:child_process');
const { Worker } = require('node:worker_threads');
const shell = spawn('sh', ['-c', 'sleep 1000 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
shell.stdout.once('data', (below) => {
  const code = "const { spawn } = require('node:child_process'); const { parentPort } = require('node:worker_threads');"
    + "parentPort.postMessage(spawn('sleep', ['1000'], { stdio: 'ignore' }).pid); setInterval(() => {}, 1000);";
  new Worker(code, { eval: true }).once('message', (pid) => process.send([shell.pid, Number(below), pid]));
});`;

it.runIf(process.platform === 'linux')('children of any thread and their children are found', async () => {
  const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [pids] = (await once(parent, 'message')) as [readonly number[]];
  const main = parent.pid as number;
  try {
    expect(descendantsOf(main)?.sort()).toEqual([...pids].sort());
    // The difference to what the main thread made.
    expect(childrenOf(main)).toEqual([pids[0]]);
  } finally {
    for (const pid of [main, ...pids]) process.kill(pid, 'SIGKILL');
  }
  await once(parent, 'exit');
  expect(descendantsOf(main)).toEqual([]);
});
