/**
 * The apps' lines on the streams of a daemon in the foreground, as the starter asked for them. Without it a container's
 * log would go through files, or through a queue that drops lines when the reader is slow.
 *
 * Writing waits for the reader: a program whose console is not read stops at its full pipe, as it would without us. A
 * reader that has gone costs the lines, never the program.
 */
import { writeSync } from 'node:fs';
import { compileDateFormat } from '../core/date-format.ts';
import { LineAssembler, NEWLINE } from '../core/lines.ts';
import type { FilePosition } from '../protocol/control.ts';
import type { ConsoleStyle, Foreground } from '../protocol/foreground.ts';
import { isMidLine, type Writer } from './backlog.ts';
import { type LineFormat, type LineSource, lineFormat } from './line-format.ts';
import { asBuffer, textLines } from './line-text.ts';
import type { OutletSource } from './outlet.ts';

export type ConsoleSetup = Pick<Foreground, 'style' | 'out' | 'err'>;

/** Pace of trying again when somebody who shares the pipe made it non-blocking, and it is full. */
const FULL_PIPE_PAUSE_MS = 2;
const LINE_BREAK = Uint8Array.of(NEWLINE);
const KEYS_DATE = 'YYYY-MM-DD-HH:mm:ssZZ';

/** One of the two descriptors, shared by everything that goes there. */
export class ConsoleSink {
  readonly path: string;
  readonly position: FilePosition | null = null;
  accepted = 0;
  readonly #fd: number;
  readonly #writers = new Set<Writer>();
  #lineOf: Writer | null = null;
  #midLine = false;

  constructor(fd: number) {
    this.#fd = fd;
    this.path = `console:${fd}`;
  }

  get isShared(): boolean {
    return this.#writers.size > 1;
  }

  /** Whoever comes begins on a new line. */
  get isMidLine(): boolean {
    return false;
  }

  attach(writer: Writer): void {
    this.#writers.add(writer);
  }

  disown(writer: Writer): void {
    if (this.#lineOf === writer) this.#lineOf = null;
  }

  detach(writer: Writer): void {
    this.#writers.delete(writer);
    this.disown(writer);
  }

  append(bytes: Uint8Array, writer: Writer): void {
    if (bytes.length === 0) return;
    if (this.#midLine && this.#lineOf !== writer) this.#write(LINE_BREAK, writer);
    this.#write(bytes, writer);
    this.#midLine = isMidLine(bytes);
    this.#lineOf = writer;
  }

  endLine(writer: Writer): void {
    if (this.#midLine && this.#lineOf === writer) this.append(LINE_BREAK, writer);
  }

  #write(bytes: Uint8Array, writer: Writer): void {
    this.accepted += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#fd, bytes, at);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
          writer.lose(bytes.length - at);
          return;
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE_MS);
      }
    }
  }
}

export class Console {
  readonly #style: ConsoleStyle;
  readonly #out: ConsoleSink;
  readonly #err: ConsoleSink;
  /** Grows with the longest, so that the lines of all apps stand below each other. */
  #widest = 0;

  constructor({ style, out, err }: ConsoleSetup) {
    this.#style = style;
    this.#out = new ConsoleSink(out);
    this.#err = style.kind === 'raw' && err !== out ? new ConsoleSink(err) : this.#out;
  }

  sinkOf({ stream }: LineSource): ConsoleSink {
    return stream === 'err' ? this.#err : this.#out;
  }

  format(source: OutletSource, midLine: boolean): LineFormat {
    switch (this.#style.kind) {
      case 'raw':
        return lineFormat(source.rules, source, midLine);
      case 'json':
        return lineFormat({ ...source.rules, format: 'json' }, source, midLine);
      case 'keys':
        return wholeLines(keysBefore(source));
      case 'prefixed':
        return wholeLines(this.#prefixBefore(source, this.#style));
      default:
        return this.#style satisfies never;
    }
  }

  #prefixBefore(source: LineSource, style: ConsoleStyle & { readonly kind: 'prefixed' }): (at: number) => string {
    const { id, name, stream } = source;
    const label = style.label === 'id|name' ? `${id}|${name}` : `${name}-${id}`;
    this.#widest = Math.max(this.#widest, label.length);
    const color = stream === 'err' ? 31 : 32;
    const date = style.timestamp === null ? null : compileDateFormat(style.timestamp);
    return (at) => {
      const stamp = date === null ? '' : `${date(at, -new Date(at).getTimezoneOffset())} `;
      const padded = label.padEnd(this.#widest);
      return `${stamp}${style.hasColor ? `\u001b[${color}m${padded}\u001b[39m` : padded} | `;
    };
  }
}

function keysBefore({ id, name, stream }: LineSource): (at: number) => string {
  const date = compileDateFormat(KEYS_DATE);
  const type = stream === 'err' ? 'error' : 'out';
  return (at) => `timestamp=${date(at, -new Date(at).getTimezoneOffset())} app=${name} id=${id} type=${type} message=`;
}

/** Something before each line; the last one waits in memory for its end. */
function wholeLines(before: (at: number) => string): LineFormat {
  const lines = new LineAssembler();
  const format = (whole: Uint8Array | null, at: number): Uint8Array | null => {
    if (whole === null) return null;
    const prefix = before(at);
    let text = '';
    for (const line of textLines(asBuffer(whole))) text += `${prefix}${line}\n`;
    return Buffer.from(text);
  };
  return {
    givesWholeLines: true,
    take: (chunk, at) => format(lines.push(asBuffer(chunk)), at),
    finish: (at) => format(lines.finish(), at),
    held: () => lines.peek(),
  };
}
