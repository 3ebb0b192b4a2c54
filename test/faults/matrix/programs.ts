/**
 * The programs of a cell, as text: the apps, and a daemon that can be hurt from outside. Without the latter no exception
 * could be thrown into a daemon at a moment of our choosing.
 */
import { LINE_BYTES } from './cells.ts';

/** Hurts itself on SIGUSR2, as the file beside it says; and says that it lives. */
const HURT = `
{
  const { readdirSync, rmSync, writeFileSync } = require('node:fs');
  // Somebody before may have had the same pid.
  for (const name of readdirSync(process.env.ALIVE))
    if (name.startsWith(process.pid + '-')) rmSync(process.env.ALIVE + '/' + name);
  writeFileSync(process.env.ALIVE + '/' + process.pid + '-' + process.env.pm_id, '');
}
process.on('SIGUSR2', () => {
  const what = require('node:fs').readFileSync(process.env.HURT_FILE, 'utf8');
  if (what === 'throw') setImmediate(() => { throw new Error('thrown by the matrix'); });
  if (what === 'fill') { const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1)); }
  if (what.startsWith('clock')) {
    const real = globalThis.RealDate ??= Date, offset = Number(what.slice(6));
    globalThis.Date = class extends real {
      constructor(...args) { if (args.length === 0) super(real.now() + offset); else super(...args); }
      static now() { return real.now() + offset; }
    };
  }
});
`;

/** A clustered server, and the one that boots slowly. */
export const SERVER = `${HURT}
setTimeout(() => require('node:http').createServer((_, response) => response.end(String(process.pid)))
  .listen(Number(process.env.PORT), '127.0.0.1'), Number(process.env.BOOT_MS));
`;

/** Lines of ${LINE_BYTES} bytes, a thousand a second, and beside the home how many were written. */
export const WRITER = `${HURT}
const { openSync, writeSync } = require('node:fs');
const count = openSync(process.env.COUNTS + '/' + process.pid, 'w');
let n = 0;
const more = () => {
  let text = '';
  for (let i = 0; i < 20; i++) text += (process.pid + ' ' + (n + i) + ' ').padEnd(${LINE_BYTES - 1}, 'x') + '\\n';
  // At most PIPE_BUF: the kernel takes all of it, or nothing.
  try { writeSync(1, text); } catch (error) {
    if (error.code !== 'EAGAIN') throw error;
    return void setTimeout(more, 5);
  }
  n += 20;
  writeSync(count, String(n), 0);
  setTimeout(more, 20);
};
more();
`;

/** Takes its time to end. */
export const DRAINER = `${HURT}
process.on('SIGINT', () => setTimeout(() => process.exit(0), 1500));
setInterval(() => {}, 1000);
`;

/**
 * The daemon, with a hand inside it: SIGWINCH makes it do what the file says. The log thread hears of it over a
 * broadcast channel. The clock is kept in a file, for the next daemon has the same.
 */
export const daemonWithHand = (root: string, dist: string): string => `
'use strict';
const fs = require('node:fs'), threads = require('node:worker_threads');
${clockFrom(`${root}/clock`)}
readClock();
const hand = new threads.BroadcastChannel('hand');
hand.unref();
let thread = null;
const Plain = threads.Worker;
threads.Worker = class extends Plain {
  constructor(entry, options) {
    super(entry, { ...options, execArgv: ['--require', '${root}/thread-hand.cjs'], resourceLimits: { maxOldGenerationSizeMb: 64 } });
    thread = this;
  }
};
process.on('SIGWINCH', () => {
  const [where, what] = fs.readFileSync('${root}/hurt-daemon', 'utf8').split(' ');
  if (where === 'thread' && what === 'terminate') void thread.terminate();
  else if (where === 'thread') hand.postMessage(what);
  else if (what === 'throw') setImmediate(() => { throw new Error('thrown by the matrix'); });
  else if (what === 'fill') { const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1)); }
  else if (what === 'clock') { readClock(); hand.postMessage('clock'); }
});
require(${JSON.stringify(dist)} + '/daemon.cjs');
`;

export const threadHand = (root: string): string => `
'use strict';
const fs = require('node:fs'), { BroadcastChannel } = require('node:worker_threads');
${clockFrom(`${root}/clock`)}
readClock();
fs.writeFileSync('${root}/thread', fs.readlinkSync('/proc/thread-self'));
const hand = new BroadcastChannel('hand');
hand.unref();
hand.onmessage = ({ data }) => {
  if (data === 'throw') setImmediate(() => { throw new Error('thrown by the matrix'); });
  if (data === 'fill') { const all = []; for (;;) all.push(new Array(1000).fill({})); }
  if (data === 'stall') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
  if (data === 'clock') readClock();
};
`;

const clockFrom = (file: string): string => `
const RealDate = Date;
let offset = 0;
globalThis.Date = class extends RealDate {
  constructor(...args) { if (args.length === 0) super(RealDate.now() + offset); else super(...args); }
  static now() { return RealDate.now() + offset; }
};
const readClock = () => { try { offset = Number(fs.readFileSync('${file}', 'utf8')); } catch {} };
`;
