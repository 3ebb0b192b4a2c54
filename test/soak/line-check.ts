/**
 * Reads what a logger has written, file by file as they are rotated, and counts what is missing. An hour of output does not fit the
 * files that are kept, so whoever looked only at the end would see its last minutes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { rotatedOf } from '../../src/logs/rotated-files.ts';
import type { Rig } from '../helpers/rig.ts';
import { LINE_BYTES } from './programs.ts';

const WHOLE = new RegExp(`^(\\d{10}) (x{${LINE_BYTES - 12}}|end\\.+)$`);

export class LineCheck {
  readonly #path: string;
  #lastStamp = '';
  /** The number that the next line must have. */
  #expected = 0;
  lines = 0;
  lost = 0;
  doubled = 0;
  broken = 0;
  hasEnded = false;
  rotations = 0;

  constructor(rig: Rig, name: string) {
    this.#path = join(rig.home, 'logs', `${name}-out.log`);
  }

  /** It is started anew: its numbers begin again. */
  begin(): void {
    this.#expected = 0;
    this.hasEnded = false;
  }

  /** Reads the rotated files that are compressed and were not read before. */
  look(): void {
    for (const { path, stamp, form } of rotatedOf(this.#path)) {
      if (stamp <= this.#lastStamp) continue;
      if (form !== 'gzip') return; // the ones after it come later
      this.#read(gunzipSync(readFileSync(path)).toString('latin1'));
      this.#lastStamp = stamp;
      this.rotations++;
    }
  }

  /** After it was stopped: whether all is compressed, so that `finish` may read the rest. */
  get isSettled(): boolean {
    return rotatedOf(this.#path).every(({ form }) => form === 'gzip');
  }

  /** Reads the rest, and leaves it for no later look: the file in use is to be emptied. */
  finish(): void {
    this.look();
    if (existsSync(this.#path)) this.#read(readFileSync(this.#path, 'latin1'));
  }

  #read(text: string): void {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const match = WHOLE.exec(line);
      if (match === null) {
        this.broken++;
        continue;
      }
      const number = Number(match[1]);
      if (number > this.#expected) this.lost += number - this.#expected;
      if (number < this.#expected) this.doubled++;
      this.#expected = number + 1;
      this.lines++;
      if (match[2]?.startsWith('end') === true) this.hasEnded = true;
    }
  }
}
