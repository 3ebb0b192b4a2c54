/** What a daemon keeps, damaged in any way: it is taken up or set aside, never overwritten, and told; no app is touched. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig, readState } from '../../src/daemon/alerts/files.ts';
import { HistoryFile } from '../../src/daemon/observation/history-file.ts';
import { Store } from '../../src/daemon/store.ts';
import { EventLog } from '../../src/supervisor/event-log.ts';
import { readMemberships, readRecord, readStart } from '../../src/supervisor/record.ts';
import { Rig } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { mutated } from './mutations.ts';
import { runs } from './runs.ts';
import { anyJson } from './values.ts';

let rig: Rig;
let folder: string;
/** What a daemon wrote, by its path in the home. */
const whole = new Map<string, string>();

const KEPT = [
  'state.json',
  'dump.json',
  'events.jsonl',
  'alerts.json',
  'alerts-state.json',
  'run/0/record.json',
  'run/0/app.json',
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-kept-'));
  rig = new Rig();
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  await rig.must('start', 'app.js', '--name', 'first');
  await rig.must('save');
  await rig.call('alerts.use', { config: alertConfig() as never });
  await rig.call('alerts.test', { destination: null });
  await until(
    () => (KEPT.every((name) => existsSync(join(rig.home, name))) ? true : undefined),
    () => `the files ${KEPT.filter((name) => !existsSync(join(rig.home, name)))}`,
  );
  for (const name of KEPT) whole.set(name, readFileSync(join(rig.home, name), 'utf8'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await rig.dispose();
});

function alertConfig(): unknown {
  const all = { apps: ['*'], except: [] };
  return {
    format: 1,
    rules: [
      {
        key: 'memory',
        kind: 'memory',
        severity: 'warning',
        ...all,
        condition: {
          how: 'measured',
          measure: 'memoryBytes',
          above: 1,
          forMs: 0,
          clearAfterMs: 1000,
          leastRequestsPerSecond: 0,
        },
      },
      {
        key: 'restart',
        kind: 'restart',
        severity: 'info',
        ...all,
        condition: { how: 'counted', count: 1, withinMs: 1000, clearAfterMs: 1000 },
      },
      { key: 'errored', kind: 'errored', severity: 'critical', ...all, condition: { how: 'lasting', forMs: 0 } },
    ],
    destinations: [
      {
        name: 'none',
        target: { type: 'command', command: ['true'] },
        severity: 'info',
        rules: null,
        ...all,
        recovery: true,
        atMost: 10,
        perMs: 1000,
        timeoutMs: 1000,
      },
    ],
    groupMs: 0,
    remindMs: null,
  };
}

/** Bits turned, the end cut off, zeros, other JSON, or one part of it another. */
const damaged = (text: string): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.tuple(fc.nat({ max: text.length - 1 }), fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
      const bytes = Buffer.from(text);
      bytes[at] = (bytes[at] ?? 0) ^ bits;
      return bytes;
    }),
    fc.nat({ max: text.length - 1 }).map((length) => Buffer.from(text.slice(0, length))),
    fc.nat({ max: 5000 }).map((length) => Buffer.alloc(length)),
    anyJson.map((value) => Buffer.from(JSON.stringify(value))),
    mutated(JSON.parse(text.startsWith('{"number"') ? (text.split('\n')[0] as string) : text) as unknown, anyJson).map(
      ({ value }) => Buffer.from(JSON.stringify(value)),
    ),
  );

const asideOf = (path: string): string[] =>
  readdirSync(folder).filter((name) => join(folder, name).startsWith(`${path}.broken-`));

describe('a file of a home', () => {
  const readers: Readonly<Record<string, (path: string) => { isTaken: boolean; note: string | null }>> = {
    'state.json': (path) => {
      const { note, state } = new Store(path).load();
      // What was taken can be written again.
      if (note === null) expect(new Store(`${path}-again`).save(state).ok).toBe(true);
      return { isTaken: note === null, note };
    },
    'alerts.json': (path) => {
      const outcome = readConfig(path);
      return { isTaken: outcome.kind === 'read', note: outcome.kind === 'absent' ? null : outcome.note };
    },
    'alerts-state.json': (path) => {
      const { note } = readState(path);
      return { isTaken: note === null, note };
    },
  };

  for (const [name, read] of Object.entries(readers))
    it(`${name} is taken whole, or set aside as it was and told`, () => {
      fc.assert(
        fc.property(damaged(whole.get(name) as string), (bytes) => {
          const path = join(folder, name);
          for (const old of readdirSync(folder)) rmSync(join(folder, old), { recursive: true });
          writeFileSync(path, bytes);
          const { isTaken, note } = read(path);
          if (isTaken) return;
          expect(note).toContain(path);
          const [aside] = asideOf(path);
          expect(readFileSync(join(folder, aside as string)).equals(bytes)).toBe(true);
          expect(existsSync(path)).toBe(false);
        }),
        runs(150),
      );
    });

  it('a record of a process is taken whole, or set aside as it was and told', () => {
    fc.assert(
      fc.property(
        damaged(whole.get('run/0/record.json') as string),
        damaged(whole.get('run/0/app.json') as string),
        (record, membership) => {
          rmSync(join(folder, '0'), { recursive: true, force: true });
          const notes: string[] = [];
          const put = (file: string, bytes: Buffer): void => {
            rmSync(join(folder, '0', file), { force: true });
            writeFileSync(join(folder, '0', file), bytes);
          };
          mkdirSync(join(folder, '0'));
          put('record.json', record);
          put('app.json', membership);
          put('started.json', record);
          const read = readRecord(folder, 0, 'main', (note) => notes.push(note));
          const [member] = readMemberships(folder, (note) => notes.push(note));
          const started = readStart(folder, 0, 1, (note) => notes.push(note));
          expect(started).toBeNull();
          const left = readdirSync(join(folder, '0')).sort();
          expect(left.filter((file) => file.includes('.broken-'))).toHaveLength(notes.length);
          expect(notes).toHaveLength([read, member, null].filter((one) => one == null).length);
        },
      ),
      runs(150),
    );
  });

  it('events go on by their numbers, whatever the lines before them hold', () => {
    const line = fc.oneof(
      damaged((whole.get('events.jsonl') as string).split('\n')[0] as string),
      anyJson.map((number) =>
        Buffer.from(JSON.stringify({ number, at: 1, kind: 'started', id: 1, name: 'x', incarnation: 1, reason: '' })),
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
        const path = join(folder, 'events.jsonl');
        writeFileSync(path, Buffer.concat(lines.flatMap((bytes) => [bytes, Buffer.from('\n')])));
        const log = new EventLog(path);
        const before = log.last;
        expect(Number.isSafeInteger(before + 1)).toBe(true);
        const { number } = log.append(1, { kind: 'started', id: 0, name: 'x', incarnation: 1, reason: 'r' });
        expect(number).toBe(before + 1);
        for (const event of log.since(null).events) expect(typeof event.reason).toBe('string');
        expect(new EventLog(path).last).toBe(number);
      }),
      runs(150),
    );
  });

  it('the history of figures is taken whole, or set aside and told', () => {
    const head = fc.oneof(
      anyJson,
      mutated(
        { format: 'upkeep-history-1', endianness: 'LE', processes: [{ key: 'a', last: 1, columns: [0, 1] }] },
        anyJson,
      ).map(({ value }) => value),
    );
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 100 }), (value, rest) => {
        for (const old of readdirSync(folder)) rmSync(join(folder, old), { recursive: true });
        const path = join(folder, 'history.bin');
        const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(value)}\n`), rest]);
        writeFileSync(path, bytes);
        const notes: string[] = [];
        if (new HistoryFile(path, (note) => notes.push(note)).read().size > 0) return;
        if (notes.length === 0) return; // of no process
        expect(notes).toHaveLength(1);
        expect(readFileSync(join(folder, asideOf(path)[0] as string)).equals(bytes)).toBe(true);
      }),
      runs(150),
    );
  });
});

/** Ends the daemon and its guard as a power cut would end them, but not the apps. */
async function killSupervisors(): Promise<void> {
  const daemon = await rig.daemonPid();
  process.kill(rig.guardPid(daemon) as number, 'SIGKILL');
  process.kill(daemon, 'SIGKILL');
}

it('with every file damaged at once the next daemon comes, has the app as it was, and keeps what was there', async () => {
  const { pid } = await rig.one('first');
  const every = fc.record(Object.fromEntries(KEPT.map((name) => [name, damaged(whole.get(name) as string)])));
  await fc.assert(
    fc.asyncProperty(every, async (files) => {
      await killSupervisors();
      for (const name of readdirSync(rig.home)) if (/\.bak$|\.broken-/.test(name)) rmSync(join(rig.home, name));
      for (const [name, bytes] of Object.entries(files)) {
        // The membership is what is left when all else is lost.
        if (name === 'run/0/app.json') continue;
        writeFileSync(join(rig.home, name), bytes as Buffer);
      }
      writeFileSync(join(rig.home, 'history.bin'), Buffer.alloc(100, 7));
      const { code, stderr } = await rig.run('list');
      expect([code, stderr]).toEqual([0, expect.not.stringMatching(/^\s+at /m)]);
      const [first] = (await rig.list()).filter((instance) => instance.pid === pid);
      expect(first).toMatchObject({ pid, status: 'online' });
      await rig.run('resurrect');
      expect((await rig.list()).filter((instance) => instance.pid === pid)).toHaveLength(1);
      await rig.call('alerts.status', {});
      await rig.call('metrics.history', { target: String(first?.id), span: 'hour' });
      await rig.call('events.follow', { after: null });
    }),
    { ...runs(2), endOnFailure: true },
  );
  expect(readdirSync(rig.home).filter((name) => name.startsWith('history.bin.broken-')).length).toBeGreaterThan(0);
});
