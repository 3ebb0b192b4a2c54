/** The pump with real FIFOs and real programs: what reaches files, memory and the notes. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BuiltThread, buildThread } from './build-thread.ts';
import { exited, PumpRig, until } from './pump-rig.ts';

let thread: BuiltThread;
let rig: PumpRig;

beforeAll(async () => {
  thread = await buildThread();
});
afterAll(() => thread.dispose());
beforeEach(() => {
  rig = new PumpRig(thread);
});
afterEach(() => rig.dispose());

describe('raw files', () => {
  test('get every byte, blank lines and binary included', async () => {
    const channel = rig.channel(0);
    await rig.pump.open([channel]);
    const bytes = Buffer.concat([Buffer.from('one\n\n\r\ntwo'), Buffer.from([0, 255, 10, 128]), Buffer.from('é€😀')]);
    await rig.write(channel.fifo, bytes);
    await rig.pump.settle(0, 1);
    expect(readFileSync(channel.file ?? '')).toEqual(bytes);
  });

  test('a partial last line is ended when the process has ended, and only then', async () => {
    const channel = rig.channel(0);
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, 'no end');
    await rig.pump.settle(0, 1);
    expect(rig.read(channel.file ?? '')).toBe('no end');
    await rig.pump.close(0, 1);
    const second = rig.channel(0, { incarnation: 2 });
    await rig.pump.open([second]);
    await rig.write(second.fifo, 'next\n');
    await rig.pump.close(0, 2);
    expect(rig.read(channel.file ?? '')).toBe('no end\nnext\n');
  });

  test('settle gives the last lines of a burst right after the exit', async () => {
    for (let round = 1; round <= 20; round++) {
      const channel = rig.channel(round);
      await rig.pump.open([channel]);
      const child = rig.node('let s = ""; for (let i = 0; i < 3000; i++) s += "line " + i + "\\n"; let b = Buffer.from(s); while (b.length) b = b.subarray(writeSync(fd, b));', channel.fifo);
      await exited(child);
      await rig.pump.settle(round, 1);
      const lines = rig.read(channel.file ?? '').split('\n');
      expect(lines.length).toBe(3001);
      expect(lines[2999]).toBe('line 2999');
    }
  });

  test('the end of the output is told', async () => {
    const channel = rig.channel(0);
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, 'x\n');
    await until(() => rig.ends.includes('0/1/out'));
    expect(rig.read(channel.file ?? '')).toBe('x\n');
  });

  test('a FIFO that is opened again after its end is read again', async () => {
    const channel = rig.channel(0);
    await rig.pump.open([channel]);
    for (let round = 0; round < 5; round++) {
      await rig.write(channel.fifo, `${round}\n`);
      await until(() => rig.ends.length >= round + 1);
    }
    expect(rig.read(channel.file ?? '')).toBe('0\n1\n2\n3\n4\n');
  });
});
