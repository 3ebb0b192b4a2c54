/** A stream to a viewer that reads when it likes: nothing waits without bound. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { EventStream, Streams } from '../../../src/web/server/sse.ts';

/** Takes what is written, and passes it on when it is read. */
class Pipe extends EventEmitter {
  writableLength = 0;
  destroyed = false;
  writableEnded = false;
  text = '';
  readonly #limit = 16 * 1024;

  get writableNeedDrain(): boolean {
    return this.writableLength > this.#limit;
  }
  writeHead(): void {}
  write(text: string): boolean {
    this.text += text;
    this.writableLength += text.length;
    return !this.writableNeedDrain;
  }
  read(): void {
    this.writableLength = 0;
    this.emit('drain');
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
  end(): void {
    this.writableEnded = true;
  }
}

function open(): { readonly pipe: Pipe; readonly stream: EventStream } {
  const pipe = new Pipe();
  return { pipe, stream: new EventStream(pipe as unknown as ServerResponse) };
}

const LARGE = JSON.stringify('x'.repeat(10_000));

describe('a viewer that does not read', () => {
  it('has one picture of each kind waiting, the newest', () => {
    const { pipe, stream } = open();
    for (let i = 0; i < 10_000; i++) stream.show('overview', `${i}${' '.repeat(1000)}`);
    expect(pipe.writableLength).toBeLessThan(32 * 1024);
    pipe.read();
    expect(pipe.text.trimEnd().endsWith('data: 9999')).toBe(true);
  });

  it('is dropped when more waits than there is room for', () => {
    const { pipe, stream } = open();
    for (let i = 0; i < 10_000; i++) stream.send('event', LARGE, i);
    expect(pipe.destroyed).toBe(true);
    expect(pipe.text.length).toBeLessThan(1.1 * 1024 * 1024);
  });

  it('is dropped after a while, and one that reads is not', () => {
    const { pipe, stream } = open();
    const now = Date.now();
    stream.beat(now + 60_000);
    expect(pipe.destroyed).toBe(false);
    stream.send('event', JSON.stringify('x'.repeat(20_000)));
    stream.beat(now + 20_000);
    expect(pipe.destroyed).toBe(false);
    stream.beat(now + 60_000);
    expect(pipe.destroyed).toBe(true);
  });
});

it('an event is one frame, with its number', () => {
  const { pipe, stream } = open();
  stream.send('event', '{"a":1}', 7);
  expect(pipe.text).toContain('event: event\nid: 7\ndata: {"a":1}\n\n');
});

it('places are given back when a viewer goes', () => {
  const streams = new Streams();
  const pipes = Array.from({ length: 100 }, () => new Pipe());
  for (const pipe of pipes) streams.open(pipe as unknown as ServerResponse);
  expect([streams.count, streams.isFull]).toEqual([100, true]);
  for (const pipe of pipes) pipe.destroy();
  expect(streams.count).toBe(0);
});
