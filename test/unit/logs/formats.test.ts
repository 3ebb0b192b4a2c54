/** Dates, JSON and files that several programs share. */
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

describe('dates', () => {
  test('stand once before each line, however it is written', async () => {
    const channel = rig.channel(0, { rules: { dateFormat: 'YYYY' } });
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, 'one\n\ntw');
    await rig.pump.settle(0, 1);
    await rig.write(channel.fifo, 'o\nthree');
    await rig.pump.close(0, 1);
    const year = new Date().getFullYear();
    expect(rig.read(channel.file ?? '')).toBe(`${year}: one\n${year}: \n${year}: two\n${year}: three\n`);
  });

  test('an odd pattern is harmless', async () => {
    const channel = rig.channel(0, { rules: { dateFormat: '[[%x' } });
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, 'one\n');
    await rig.pump.close(0, 1);
    expect(rig.read(channel.file ?? '')).toBe('[[%x: one\n');
  });
});

describe('JSON', () => {
  test('one compact object a line, with the keys that readers know', async () => {
    const channel = rig.channel(3, { stream: 'err', rules: { format: 'json' } });
    await rig.pump.open([channel]);
    await rig.write(channel.fifo, Buffer.from('say "é€😀"\r\n\npart'));
    await rig.pump.close(3, 1);
    const lines = rig.read(channel.file ?? '').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines[0]).toMatch(
      /^\{"message":"say \\"é€😀\\"","timestamp":"\d{4}-\d\d-\d\dT[\d:.]+Z","type":"err","process_id":3,"app_name":"app3"\}$/,
    );
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['say "é€😀"', '', 'part']);
  });

  test('with a date pattern, and whole characters over any chunk border', async () => {
    const channel = rig.channel(0, { rules: { format: 'json', dateFormat: 'YYYY' } });
    await rig.pump.open([channel]);
    const child = rig.node(
      'const b = Buffer.from(Array.from({ length: 200 }, (_, n) => "é€😀" + n).join("\\n") + "\\n"); let i = 0; const next = () => { if (i < b.length) { writeSync(fd, b.subarray(i, i + 3)); i += 3; setImmediate(next); } }; next();',
      channel.fifo,
    );
    await exited(child);
    await rig.pump.close(0, 1);
    const objects = rig
      .read(channel.file ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects.map(({ message }) => message)).toEqual(Array.from({ length: 200 }, (_, n) => `é€😀${n}`));
    expect(objects[0].timestamp).toBe(String(new Date().getFullYear()));
  });

  test('a line beyond the limit is cut with a marker; the raw file gets every byte', async () => {
    const json = rig.channel(0, { rules: { format: 'json' } });
    const raw = rig.channel(1);
    await rig.pump.open([json, raw]);
    const program =
      'const b = Buffer.alloc(3_000_000, 120); b[b.length - 1] = 10; let rest = b; while (rest.length) rest = rest.subarray(writeSync(fd, rest)); writeSync(fd, "next\\n");';
    for (const channel of [json, raw]) await exited(rig.node(program, channel.fifo));
    await rig.pump.close(0, 1);
    await rig.pump.close(1, 1);
    const messages = rig
      .read(json.file ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).message);
    expect(messages).toHaveLength(2);
    expect(messages[0].length).toBeLessThan(1024 * 1024 + 100);
    expect(messages[0]).toMatch(/x \[upkeep: line cut here\]$/);
    expect(messages[1]).toBe('next');
    expect(rig.read(raw.file ?? '').length).toBe(3_000_005);
  });
});

describe('shared files', () => {
  const chatter = (tag: string): string =>
    `let n = 0; const next = () => { for (let i = 0; i < 20 && n < 3000; i++) { const l = "${tag}" + n + " " + "${tag}".repeat(n % 90) + "\\n"; const cut = n % l.length; writeSync(fd, l.slice(0, cut)); writeSync(fd, l.slice(cut)); n++; } if (n < 3000) setImmediate(next); }; next();`;
  const expected = (tag: string): string[] =>
    Array.from({ length: 3000 }, (_, n) => `${tag}${n} ${tag.repeat(n % 90)}`);

  test('lines of several programs never meet', async () => {
    const merged = join(rig.logs, 'merged.log');
    const channels = [0, 1, 2].map((id) =>
      rig.channel(id, {
        file: merged,
        combined: join(rig.logs, 'all.log'),
        rules: { maxSizeBytes: 20_000, keep: 10_000 },
      }),
    );
    await rig.pump.open(channels);
    const children = channels.map(({ id, fifo }) => rig.node(chatter('abc'.charAt(id)), fifo));
    for (const child of children) expect(await exited(child)).toBe(0);
    for (const { id } of channels) await rig.pump.close(id, 1);
    for (const file of [merged, join(rig.logs, 'all.log')]) {
      const lines = rig.readAll(file).toString().trimEnd().split('\n');
      expect(lines).toHaveLength(9000);
      for (const tag of ['a', 'b', 'c']) expect(lines.filter((line) => line.startsWith(tag))).toEqual(expected(tag));
    }
  });

  test('a prompt without a newline appears after a while, and another line does not continue it', async () => {
    const merged = join(rig.logs, 'merged.log');
    const [a, b] = [rig.channel(0, { file: merged }), rig.channel(1, { file: merged })];
    await rig.pump.open([a, b]);
    await rig.write(a.fifo, 'name? ');
    await rig.pump.settle(0, 1);
    expect(rig.read(merged)).toBe('');
    await until(() => rig.read(merged) === 'name? ');
    await rig.write(b.fifo, 'hello\n');
    await rig.pump.settle(1, 1);
    expect(rig.read(merged)).toBe('name? \nhello\n');
  });

  test('a line that is longer than what is held is complete all the same', async () => {
    const merged = join(rig.logs, 'merged.log');
    const [a, b] = [rig.channel(0, { file: merged }), rig.channel(1, { file: merged })];
    await rig.pump.open([a, b]);
    await exited(
      rig.node(
        'let rest = Buffer.alloc(300_000, 120); while (rest.length) rest = rest.subarray(writeSync(fd, rest)); writeSync(fd, "\\n");',
        a.fifo,
      ),
    );
    await rig.pump.close(0, 1);
    await rig.write(b.fifo, 'y\n');
    await rig.pump.close(1, 1);
    expect(rig.read(merged)).toBe(`${'x'.repeat(300_000)}\ny\n`);
  });

  test('out and err of one program in one file', async () => {
    const file = join(rig.logs, 'both.log');
    const [out, err] = [rig.channel(0, { file }), rig.channel(0, { file, stream: 'err' })];
    await rig.pump.open([out, err]);
    await rig.write(out.fifo, 'half');
    await rig.write(err.fifo, 'error\n');
    await rig.pump.close(0, 1);
    expect(rig.read(file).split('\n').sort()).toEqual(['', 'error', 'half']);
  });
});
