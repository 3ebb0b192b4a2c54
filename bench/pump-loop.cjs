// The pump's inner loop by itself, for counting its instructions: so many megabytes through one FIFO, in one thread and with a
// clock that only counts. With the pump's own thread and the real clock no two runs would do the same.
//   node bench/pump-loop.cjs <bundle of src/logs/plumbing.ts> <folder with a `fifo`> <MB> <raw|dates|json>
const { constants, openSync, writeSync } = require('node:fs');
const { join } = require('node:path');

const [bundle, folder, megabytes, shape] = process.argv.slice(2);
const { Plumbing } = require(bundle);

const SHAPES = {
  raw: {},
  dates: { dateFormat: 'YYYY-MM-DD HH:mm:ss Z' },
  json: { format: 'json' },
};
const fifo = join(folder, 'fifo');
const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);

let now = 1_700_000_000_000;
const plumbing = new Plumbing({
  diskBudgetBytes: 0,
  logFolder: folder,
  indexFolder: join(folder, 'log-index'),
  tailLines: 200,
  now: () => now,
  send: () => undefined,
  beforeWrite: () => undefined,
});
const rules = {
  outFile: null,
  errorFile: null,
  combinedFile: null,
  merge: false,
  format: 'raw',
  dateFormat: null,
  disabled: false,
  maxSizeBytes: 0,
  maxAgeMs: 0,
  keep: 3,
  compress: false,
  ...SHAPES[shape],
};
plumbing.open([
  {
    id: 0,
    name: 'loop',
    namespace: 'default',
    incarnation: 1,
    stream: 'out',
    fifo,
    file: join(folder, 'loop.log'),
    combined: null,
    rules,
  },
]);
/** Lines of 100 bytes, as many as a pipe holds. */
const block = Buffer.from(`${'x'.repeat(99)}\n`.repeat(640));
for (let left = Number(megabytes) * 1e6; left > 0; left -= block.length) {
  writeSync(fd, block);
  now += 10;
  plumbing.settle(0, 1);
}
process.exit(0);
