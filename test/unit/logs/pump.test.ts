/** The pump with real FIFOs and real programs: what reaches files, memory and the notes. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

test('who follows while the pump is being stopped is told no positions instead of what is none', async () => {
  await rig.pump.open([rig.channel(0)]);
  const stopping = rig.pump.stop();
  const { positions } = await rig.pump.follow({ ids: null, streams: ['out'] }, () => true);
  expect(positions).toEqual([]);
  await stopping;
});

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
      const child = rig.node(
        'let s = ""; for (let i = 0; i < 3000; i++) s += "line " + i + "\\n"; let b = Buffer.from(s); while (b.length) b = b.subarray(writeSync(fd, b));',
        channel.fifo,
      );
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

describe('a pump after another', () => {
  test.each(['raw', 'date'])('goes on in the middle of a line of a running program (%s)', async (kind) => {
    const channel = rig.channel(0, { rules: { dateFormat: kind === 'raw' ? null : '[date]' } });
    const file = channel.file ?? '';
    const prefix = kind === 'raw' ? '' : 'date: ';
    await rig.pump.open([channel]);
    const child = rig.shell('printf half; read line; printf " line\\nnext\\n"', channel.fifo);
    await until(() => rig.read(file) === `${prefix}half`);
    await rig.pump.stop();
    const successor = rig.anotherPump(thread);
    await successor.open([channel]);
    child.stdin?.write('go on\n');
    await exited(child);
    await successor.close(0, 1);
    await successor.stop();
    expect(rig.read(file)).toBe(`${prefix}half line\n${prefix}next\n`);
  });

  test('reads what a program left that ended in between, and tells of the end', async () => {
    const channel = rig.channel(0);
    await rig.write(channel.fifo, 'last words');
    await rig.pump.open([channel]);
    await until(() => rig.ends.includes('0/1/out'));
    await rig.pump.close(0, 1);
    expect(rig.read(channel.file ?? '')).toBe('last words\n');
  });

  test('a new program begins on a new line after one that nobody saw end', async () => {
    const channel = rig.channel(0);
    writeFileSync(channel.file ?? '', 'power cut');
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, 'new\n');
    await rig.pump.close(0, 1);
    expect(rig.read(channel.file ?? '')).toBe('power cut\nnew\n');
  });
});

describe('files', () => {
  test('a folder that can neither be found nor made stops no other log', async () => {
    const impossible = rig.channel(0, { file: '/proc/no-such-folder/deeper/out.log' });
    const good = rig.channel(1);
    await rig.pump.open([impossible, good]);
    await rig.write(good.fifo, 'line\n');
    await rig.pump.settle(1, 1);
    expect(rig.read(good.file ?? '')).toBe('line\n');
    expect(rig.notes.map(({ kind, path }) => [kind, path])).toEqual([['write-failed', impossible.file]]);
  });

  test('a missing folder is made, and null or /dev/null is no file', async () => {
    const deep = rig.channel(0, { file: join(rig.logs, 'a/b/c/out.log') });
    const none = rig.channel(1, { file: '/dev/null', combined: join(rig.logs, 'both.log') });
    const nothing = rig.channel(2, { file: null });
    await rig.pump.open([deep, none, nothing]);
    for (const channel of [deep, none, nothing]) await rig.write(channel.fifo, `${channel.id}\n`);
    for (const id of [0, 1, 2]) await rig.pump.settle(id, 1);
    expect(rig.read(deep.file ?? '')).toBe('0\n');
    expect(rig.read(none.combined ?? '')).toBe('1\n');
    expect(readdirSync(rig.logs).sort()).toEqual(['a', 'both.log']);
    expect((await rig.pump.tail(2, 5)).map(({ text }) => text)).toEqual(['2']);
  });

  test('disabled: read and dropped, but counted', async () => {
    const channel = rig.channel(0, { rules: { disabled: true } });
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, 'secret\n');
    await rig.pump.settle(0, 1);
    expect(existsSync(channel.file ?? '')).toBe(false);
    expect(await rig.pump.tail(0, 5)).toEqual([]);
    expect(await rig.pump.stats()).toEqual({ 0: { bytes: 7, bytesLost: 0 } });
  });

  test('a path that is a folder is noted once; the program goes on, and its output is in the tail', async () => {
    const channel = rig.channel(0);
    mkdirSync(channel.file ?? '', { recursive: true });
    await rig.pump.open([channel]);
    const child = rig.node(
      'for (let i = 0; i < 20000; i++) writeSync(fd, "a line that is lost " + i + "\\n");',
      channel.fifo,
    );
    expect(await exited(child)).toBe(0);
    await rig.pump.settle(0, 1);
    expect(rig.notes.filter(({ kind }) => kind === 'write-failed')).toHaveLength(1);
    expect((await rig.pump.tail(0, 1))[0]?.text).toBe('a line that is lost 19999');
    const { bytes, bytesLost } = (await rig.pump.stats())[0] ?? { bytes: 0, bytesLost: 0 };
    expect(bytes - bytesLost).toBeLessThanOrEqual(256 * 1024);
    expect(bytesLost).toBeGreaterThan(0);
    rmSync(channel.file ?? '', { recursive: true });
    await rig.pump.reopen();
    const text = rig.read(channel.file ?? '');
    expect(text).toMatch(/^a line that is lost 0\n/);
    expect(text).toContain(`[upkeep] ${bytesLost} bytes (`);
    expect(text.endsWith('\n')).toBe(true);
  });

  test('after reopen, deleted files and folders are there again', async () => {
    const channel = rig.channel(0);
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, 'before\n');
    await rig.pump.settle(0, 1);
    rmSync(rig.logs, { recursive: true });
    await rig.pump.reopen();
    await rig.write(channel.fifo, 'after\n');
    await rig.pump.settle(0, 1);
    expect(rig.read(channel.file ?? '')).toBe('after\n');
  });

  test('flush empties files in use, others, and rotated ones on request', async () => {
    const channel = rig.channel(0, { rules: { maxSizeBytes: 10 } });
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, 'before\nmore than ten\nbytes\n');
    await rig.pump.settle(0, 1);
    const file = channel.file ?? '';
    expect(rig.rotated(file)).not.toEqual([]);
    await rig.pump.flush([file, join(rig.logs, 'not-there.log')]);
    expect(rig.read(file)).toBe('');
    expect(rig.rotated(file)).not.toEqual([]);
    await rig.pump.flush([file], true);
    expect(rig.rotated(file)).toEqual([]);
    await rig.write(channel.fifo, 'after\n');
    await rig.pump.settle(0, 1);
    expect(rig.read(file)).toBe('after\n');
    expect(rig.notes.filter(({ kind }) => kind === 'write-failed')).toEqual([]);
  });

  test('update changes files and rules without losing a byte', async () => {
    const first = rig.channel(0);
    await rig.pump.open([first]);
    const child = rig.node(
      'let n = 0; const more = () => { for (let i = 0; i < 50; i++) writeSync(fd, (n++) + "\\n"); if (n < 20000) setImmediate(more); }; more();',
      first.fifo,
    );
    const second = { ...first, file: join(rig.logs, 'second.log') };
    await until(() => rig.read(first.file ?? '').length > 1000);
    await rig.pump.update(0, 1, [second]);
    await until(() => rig.read(second.file).length > 1000);
    await rig.pump.update(0, 1, [{ ...second, rules: { ...second.rules, maxSizeBytes: 4096, keep: 1000 } }]);
    await exited(child);
    await rig.pump.close(0, 1);
    const text = rig.read(first.file ?? '') + rig.readAll(second.file).toString();
    // A line that was in progress at the change is ended in the first file and goes on in the second.
    expect(text.replaceAll('\n', '')).toBe(Array.from({ length: 20000 }, (_, n) => n).join(''));
    expect(rig.rotated(second.file).length).toBeGreaterThan(1);
  });
});

describe('rotation', () => {
  const line = (n: number): string => `${String(n).padStart(6, '0')} some text\n`;

  test('cuts at lines, keeps so many, compresses the rest', async () => {
    const channel = rig.channel(0, { rules: { maxSizeBytes: 1000, keep: 3, compress: true } });
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, Array.from({ length: 1000 }, (_, n) => line(n)).join(''));
    await rig.pump.settle(0, 1);
    const file = channel.file ?? '';
    await until(() => rig.rotated(file).length === 3 && rig.rotated(file).every((name) => name.endsWith('.gz')));
    const lines = rig.readAll(file).toString().split('\n').slice(0, -1);
    expect(lines.at(-1)).toBe(line(999).trimEnd());
    expect(lines).toEqual(lines.map((_, index) => line(1000 - lines.length + index).trimEnd()));
    expect(statSync(file).size).toBeLessThanOrEqual(1000);
  });

  test('the budget of all logs deletes the oldest of any app', async () => {
    await rig.dispose();
    rig = new PumpRig(thread, { diskBudgetBytes: 5000 });
    const [a, b] = [
      rig.channel(0, { rules: { maxSizeBytes: 1000 } }),
      rig.channel(1, { rules: { maxSizeBytes: 1000 } }),
    ];
    await rig.pump.open([a, b]);
    for (const channel of [a, b]) {
      await rig.write(channel.fifo, Array.from({ length: 500 }, (_, n) => line(n)).join(''));
      await rig.pump.settle(channel.id, 1);
    }
    // A file can be deleted between listing and measuring.
    const total = (): number =>
      readdirSync(rig.logs).reduce(
        (sum, name) => sum + (statSync(join(rig.logs, name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
    await until(() => total() <= 5000);
    expect(rig.rotated(a.file ?? '')).toEqual([]);
    expect(rig.rotated(b.file ?? '').length).toBeGreaterThan(0);
    expect(rig.read(a.file ?? '')).toContain(line(499));
  });

  test('a file that was moved away by hand is left alone', async () => {
    const channel = rig.channel(0, { rules: { maxSizeBytes: 100 } });
    await rig.pump.open([channel]);
    const file = channel.file ?? '';
    await rig.write(channel.fifo, line(1).repeat(5));
    await rig.pump.settle(0, 1);
    renameSync(file, `${file}.mine`);
    await rig.write(channel.fifo, line(2).repeat(5));
    await rig.pump.settle(0, 1);
    expect(rig.read(`${file}.mine`)).toBe(line(1).repeat(5));
    expect(rig.read(file)).toBe(line(2).repeat(5));
  });

  test('what a crash left is tidied up at the next opening', async () => {
    const channel = rig.channel(0, { rules: { compress: true, maxSizeBytes: 1000 } });
    const file = channel.file ?? '';
    const [old, both] = [`${file}.20260101T000000000Z`, `${file}.20260102T000000000Z`];
    for (const path of [old, both, `${both}.gz`, `${both}.gz.part`]) writeFileSync(path, 'old\n');
    await rig.pump.open([channel]);
    await until(() => rig.rotated(file).length === 2 && rig.rotated(file).every((name) => name.endsWith('.gz')));
  });
});
