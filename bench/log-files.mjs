// What the contenders have made of an app's output: all its files, rotated and compressed ones too, once they are at rest.
// Without waiting for that a line that is still on its way would be taken for lost.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sleep } from './measure.mjs';

const filesOf = (manager, app) =>
  readdirSync(manager.logFolder).filter((name) => name.startsWith(app) && !name.includes('-error'));

const sizes = (manager, app) =>
  filesOf(manager, app)
    .map((name) => {
      try {
        return `${name} ${statSync(join(manager.logFolder, name)).size}`;
      } catch {
        // Rotated or compressed just now.
        return name;
      }
    })
    .join();

/** Upkeep compresses what it has rotated. */
const isPacked = (manager, app) =>
  manager.name !== 'upkeep' ||
  !filesOf(manager, app).some((name) => /\.\d{8}T\d+Z(\.part|\.tmp|\.gz\..*)?$/.test(name));

/** Waits until the files of an app have not changed for a while. */
export async function atRest(manager, app, limitMs = 60_000, quietMs = 1_500) {
  const startedAt = performance.now();
  let [last, since] = ['', performance.now()];
  for (;;) {
    const now = sizes(manager, app);
    if (now !== last) [last, since] = [now, performance.now()];
    if (performance.now() - since > quietMs && isPacked(manager, app)) return;
    if (performance.now() - startedAt > limitMs)
      throw new Error(`the log files of ${manager.name} did not come to rest`);
    await sleep(50);
  }
}

/** @returns the content of each file */
export const contents = (manager, app) =>
  filesOf(manager, app).map((name) => {
    const content = readFileSync(join(manager.logFolder, name));
    return name.endsWith('.gz') ? gunzipSync(content) : content;
  });

/** Writes all of `piece` to a stdout that may not block. */
export const WRITE = `const { writeSync, writeFileSync } = require('node:fs');
const pause = new Int32Array(new SharedArrayBuffer(4));
const write = (piece) => {
  for (let done = 0; done < piece.length; ) {
    try { done += writeSync(1, piece, done); } catch (e) { if (e.code !== 'EAGAIN') throw e; Atomics.wait(pause, 0, 0, 0.1); }
  }
};`;
