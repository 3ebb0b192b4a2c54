// What every case needs to measure: processes run and timed, medians, memory as the kernel tells it. Without one way of
// measuring for all contenders the ratios would compare the tools of measurement.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs a program to its end. @returns wall time in ms; throws if it fails */
export function timed(command, env, limitMs = 60_000) {
  const startedAt = performance.now();
  const { status, error, stderr } = spawnSync(command[0], command.slice(1), {
    env,
    timeout: limitMs,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (error !== undefined || status !== 0)
    throw new Error(`${command.join(' ')} ended with ${status}: ${error?.message ?? stderr}`);
  return performance.now() - startedAt;
}

/** The same while this process goes on with something else, and whatever the command's exit code. */
export async function ran({ command, env }, limitMs = 60_000) {
  const startedAt = performance.now();
  const child = spawn(command[0], command.slice(1), { env, stdio: 'ignore', timeout: limitMs });
  const [code] = await once(child, 'exit');
  return { ms: performance.now() - startedAt, code };
}

/** Medians of several commands, run in turn so that the machine's moods hit all of them. */
export function interleaved(commands, rounds) {
  const times = commands.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { command, env }] of commands.entries()) times[i].push(timed(command, env));
  }
  return times.map(median);
}

const kilobytes = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);

/** Memory of a process in MB. `private`: what it alone has written, which nobody shares. */
export function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    rss: kilobytes(text, 'Rss') / 1024,
    pss: kilobytes(text, 'Pss') / 1024,
    private: kilobytes(text, 'Private_Dirty') / 1024,
  };
}

/** CPU time used so far, in ms, by hundredths of a second; threads that have ended count. */
export function cpuOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const field = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(field[11]) + Number(field[12])) * 10;
}

/** The same of the threads that live, to the nanosecond: for what is nearly at rest. */
export function fineCpuOf(pid) {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
  return ns / 1e6;
}

/** Direct children, as the kernel lists them. */
export const childrenOf = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for a condition with a fine step. @returns ms waited */
export async function waitFor(condition, what, limitMs = 60_000, stepMs = 1) {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > limitMs) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await sleep(stepMs);
  }
  return performance.now() - startedAt;
}

/** An idle Node for comparison. */
export function idleNode() {
  return spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
