/** The promise of the house: the supervisor is expendable. It is killed at random moments, under load. */
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { findByEnvironment } from '../../src/platform/process.ts';
import { ask, firstAnswer } from '../helpers/answers.ts';
import { commandLine } from '../helpers/companion.ts';
import { startLoad } from '../helpers/load.ts';
import { random } from '../helpers/random.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** Answers HTTP with its pid, and writes numbered lines: 100 bytes each, 1 MB a second. */
const SERVER = `
const http = require('node:http');
let n = 0;
const filler = 'x'.repeat(88);
setInterval(() => {
  let text = '';
  for (let i = 0; i < 100; i++) text += String(n++).padStart(10, '0') + ' ' + filler + '\\n';
  process.stdout.write(text);
}, 10);
process.on('SIGINT', () => process.exit(0));
http.createServer((_, response) => response.end(String(process.pid))).listen(process.env.PORT, '127.0.0.1');
`;

interface Written {
  /** Of the whole lines, in the order of the files. */
  readonly numbers: readonly number[];
  readonly bytes: number;
  /** Places where a line is not whole: a chunk is missing there. */
  readonly gaps: number;
}

/** The app's log and its rotated predecessors. */
function readLines(rig: Rig, name: string): Written {
  const folder = join(rig.home, 'logs');
  const file = `${name}-out.log`;
  const rotated = readdirSync(folder)
    .filter((entry) => entry.startsWith(`${file}.`))
    .sort();
  const texts = rotated.map((entry) => {
    const bytes = readFileSync(join(folder, entry));
    return (entry.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  });
  if (existsSync(join(folder, file))) texts.push(readFileSync(join(folder, file), 'latin1'));
  const text = texts.join('');
  const lines = text.split('\n').slice(0, -1);
  const whole = lines.filter((line) => /^\d{10} x{88}$/.test(line));
  return {
    numbers: whole.map((line) => Number(line.slice(0, 10))),
    bytes: text.length,
    gaps: lines.length - whole.length,
  };
}

const compressing = (rig: Rig): boolean =>
  readdirSync(join(rig.home, 'logs')).some(
    (entry) => /\.\d{8}T\d+Z$/.test(entry) || entry.endsWith('.part') || entry.endsWith('.tmp'),
  );

const DIST = join(import.meta.dirname, '../../dist');
/** Processes of that script, as the system has them. */
const appsOf = (rig: Rig, script: string): number[] =>
  findByEnvironment('UPKEEP_HOME', rig.home).filter((pid) => commandLine(pid).trim().endsWith(`/${script}`));

const KILLS = 50;
const LINE_BYTES = 100;
const CHUNK_BYTES = 64 * 1024;
/** A kill hits the microseconds between read and write rarely, but where others have the cores they are milliseconds. */
const MOST_CHUNKS_LOST = 20;

describe('SIGKILL to the daemon', () => {
  test(`${KILLS} times under load: no request fails, no pid changes, no line is lost or doubled`, {
    timeout: 300_000,
  }, async ({ rig }) => {
    const ports = { a: await freePort(), b: await freePort() };
    rig.write('server.js', SERVER);
    for (const [name, port] of Object.entries(ports)) {
      const { code, stdout, stderr } = await rig.runWith(
        { env: { PORT: String(port) } },
        'start',
        'server.js',
        '--name',
        name,
      );
      expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    }
    const before = { a: await rig.one('a'), b: await rig.one('b') };
    const loads = Object.values(ports).map((port) => startLoad(port, { keepAlive: 4, fresh: 4 }));
    const seed = Number(process.env.UPKEEP_TEST_SEED ?? Date.now() % 2 ** 31);
    const moments = random(seed);
    const gapsMs: number[] = [];
    for (let i = 0; i < KILLS; i++) {
      const pid = await rig.daemonPid();
      // The moment is what this test varies, so it is a time by nature.
      await new Promise((resolve) => setTimeout(resolve, (moments.next().value as number) * 400));
      const killedAt = performance.now();
      process.kill(pid, 'SIGKILL');
      await rig.nextDaemon(pid);
      gapsMs.push(performance.now() - killedAt);
    }
    await Promise.all(loads.map((load) => load.stop()));
    const after = { a: await rig.one('a'), b: await rig.one('b') };
    for (const name of ['a', 'b'] as const) {
      expect(after[name]).toMatchObject({ pid: before[name].pid, incarnation: 1, restarts: 0, status: 'online' });
    }
    await rig.must('stop', 'all');
    await until(
      () => (compressing(rig) ? undefined : true),
      () => `rotated logs to be compressed: ${readdirSync(join(rig.home, 'logs')).join(' ')}`,
    );
    const report = {
      seed,
      requests: loads.map((load) => load.sent()),
      worstGapMs: Math.round(Math.max(...gapsMs)),
      lines: 0,
      lostLines: 0,
    };
    for (const name of ['a', 'b']) {
      const { numbers, bytes } = readLines(rig, name);
      const gaps: number[] = [];
      numbers.forEach((number, i) => {
        if (i === 0) return;
        expect(number, `line ${i} of ${name} (seed ${seed})`).toBeGreaterThan(numbers[i - 1] as number);
        const missing = number - (numbers[i - 1] as number) - 1;
        if (missing > 0) gaps.push(missing);
      });
      if (gaps.length > 0) console.log(name, 'gaps', gaps);
      // A chunk for a kill; a line that it cuts is not whole on either side.
      expect(gaps.length).toBeLessThanOrEqual(KILLS);
      for (const gap of gaps) expect(gap).toBeLessThanOrEqual(CHUNK_BYTES / LINE_BYTES + 2);
      report.lines += numbers.length;
      report.lostLines += (numbers.at(-1) as number) + 1 - bytes / LINE_BYTES;
    }
    console.log(JSON.stringify(report));
    expect(loads.flatMap((load) => load.failures())).toEqual([]);
    // Design 1.4: what a SIGKILL can lose is the one chunk between read and write, 64 KiB at most.
    expect(report.lostLines).toBeLessThanOrEqual(MOST_CHUNKS_LOST * (CHUNK_BYTES / LINE_BYTES));
    expect(report.worstGapMs, 'a new daemon is in charge soon, though tests share two cores').toBeLessThan(10_000);
  });

  test('an app that dies while no daemon lives keeps its exit code and its last lines', async ({ rig }) => {
    rig.write(
      'dies.js',
      `process.on('SIGUSR2', () => { for (let i = 0; i < 50; i++) console.error('last words ' + i); process.exitCode = 7; clearInterval(t); }); const t = setInterval(() => {}, 1000);`,
    );
    await rig.must('start', 'dies.js', '--no-autorestart');
    const { pid } = await rig.one('dies');
    const daemon = await rig.daemonPid();
    const guard = rig.guardPid(daemon) as number;
    // Nobody is to take over until the app is dead.
    process.kill(guard, 'SIGSTOP');
    process.kill(daemon, 'SIGKILL');
    process.kill(pid, 'SIGUSR2');
    await until(
      () => (existsSync(`/proc/${pid}`) ? undefined : true),
      () => 'the app to end',
    );
    process.kill(guard, 'SIGCONT');
    const down = await rig.when('dies', (instance) => instance.status === 'stopped', 'stopped');
    expect(down.lastExit).toEqual({ kind: 'code', code: 7 });
    // The state is told at once; reading the last words may take a moment longer.
    await until(
      () => (rig.read('logs/dies-error.log').includes('last words 49\n') ? true : undefined),
      () => 'the last words',
    );
    const lines = rig.read('logs/dies-error.log').trim().split('\n');
    expect(lines).toEqual(Array.from({ length: 50 }, (_, i) => `last words ${i}`));
  });

  test('together with the guard: the next command finds everything as it was', async ({ rig }) => {
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    await rig.must('start', 'app.js');
    const before = await rig.one('app');
    const daemon = await rig.daemonPid();
    process.kill(rig.guardPid(daemon) as number, 'SIGKILL');
    process.kill(daemon, 'SIGKILL');
    await rig.must('list');
    expect(await rig.one('app')).toMatchObject({ pid: before.pid, restarts: 0, status: 'online' });
    expect(await rig.daemonPid()).not.toBe(daemon);
  });
});

test('a stop that comes before the app has found the next daemon lets it answer all the same', async ({ rig }) => {
  const port = await freePort();
  rig.write(
    'slow.js',
    `require('node:http').createServer((_, response) => {
      console.log('asked');
      setTimeout(() => response.end('answered'), 300);
    }).listen(${port}, '127.0.0.1')`,
  );
  await rig.must('start', 'slow.js', '--kill-timeout', '20000');
  const { pid } = await rig.one('slow');
  await firstAnswer({ port });
  const asked = (): number => rig.read('logs/slow-out.log').split('asked').length;
  const before = asked();
  const answer = ask({ port });
  await until(
    () => (asked() > before ? true : undefined),
    () => 'the request to be under way',
  );
  // An app that does nothing cannot notice that its daemon was replaced.
  process.kill(pid, 'SIGSTOP');
  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  const stopped = rig.must('stop', 'slow');
  await rig.when('slow', ({ state }) => state === 'draining', 'draining');
  process.kill(pid, 'SIGCONT');
  expect(await answer).toBe('answered');
  await stopped;
  expect((await rig.one('slow')).status).toBe('stopped');
});

describe('the folder of the processes is deleted while no daemon lives', () => {
  /** Kills the daemon, does something while there is none, and waits for the next. */
  async function withoutDaemon(rig: Rig, meanwhile: () => void | Promise<void>): Promise<void> {
    const daemon = await rig.daemonPid();
    const guard = rig.guardPid(daemon) as number;
    process.kill(guard, 'SIGSTOP');
    process.kill(daemon, 'SIGKILL');
    await meanwhile();
    process.kill(guard, 'SIGCONT');
    await rig.nextDaemon(daemon);
  }

  test('the next one finds them all the same', async ({ rig }) => {
    const port = await freePort();
    rig.write('server.js', SERVER);
    await rig.runWith({ env: { PORT: String(port) } }, 'start', 'server.js', '-i', '2', '--name', 'web');
    rig.write('quick.js', "process.on('SIGUSR2', () => process.exit(3))\nsetInterval(() => {}, 1000)");
    await rig.must('start', 'quick.js', '--no-autorestart');
    const before = (await rig.list()).map(({ name, pid }) => [name, pid]);
    const load = startLoad(port, { keepAlive: 2, fresh: 2 });
    await withoutDaemon(rig, () => rmSync(rig.paths.run, { recursive: true }));
    expect((await rig.list()).map(({ name, pid }) => [name, pid])).toEqual(before);
    const lines = (): number => rig.read('logs/web-out-0.log').length;
    const soFar = lines();
    await until(
      () => (lines() > soFar ? true : undefined),
      () => 'lines to be written on',
    );
    process.kill((await rig.one('quick')).pid, 'SIGUSR2');
    await rig.when('quick', ({ status }) => status === 'stopped', 'to have ended');
    await rig.must('restart', 'web');
    await load.stop();
    expect(load.failures()).toEqual([]);
    // They are as any others for the daemon after this one, too.
    const later = (await rig.list()).map(({ pid }) => pid);
    await withoutDaemon(rig, () => {});
    expect((await rig.list()).map(({ pid }) => pid)).toEqual(later);
  });

  test('one that ended meanwhile is not started again against its rules, and its keeper leaves', async ({ rig }) => {
    rig.write('quick.js', "process.on('SIGUSR2', () => process.exit(3))\nsetInterval(() => {}, 1000)");
    await rig.must('start', 'quick.js', '--no-autorestart');
    const { pid, keeperPid } = await rig.one('quick');
    await withoutDaemon(rig, async () => {
      process.kill(pid, 'SIGUSR2');
      await until(
        () => (existsSync(`/proc/${pid}`) ? undefined : true),
        () => 'the app to end',
      );
      rmSync(rig.paths.run, { recursive: true });
    });
    const ended = await rig.when('quick', ({ status }) => status === 'stopped', 'to be told as ended');
    expect(ended).toMatchObject({ lastExit: { kind: 'unknown' }, pid: 0, incarnation: 1 });
    await until(
      () => (existsSync(`/proc/${keeperPid}`) ? undefined : true),
      () => 'the keeper to leave',
    );
  });

  test('of two processes of a slot the newer one stays, and the older one ends', async ({ rig }) => {
    const port = await freePort();
    const boot = join(rig.root, 'boot');
    rig.write(
      'slow.js',
      `const wait = setInterval(() => {
        if (require('node:fs').existsSync('${boot}')) return;
        clearInterval(wait);
        require('node:http').createServer((_, r) => r.end(String(process.pid))).listen(${port});
      }, 20);`,
    );
    await rig.must('start', 'slow.js', '-i', '1');
    await firstAnswer({ port });
    const { pid } = await rig.one('slow');
    rig.write('boot', '');
    const reload = rig.run('reload', 'slow');
    const lives = (): number[] => appsOf(rig, 'slow.js');
    await until(
      () => (lives().length === 2 ? true : undefined),
      () => 'a candidate',
    );
    await withoutDaemon(rig, () => rmSync(rig.paths.run, { recursive: true }));
    rmSync(boot);
    await until(
      () => (lives().length === 1 && lives()[0] !== pid ? true : undefined),
      () => `one process, and not ${pid}: ${lives()}`,
    );
    await reload;
    await rig.when('slow', (one) => one.pid === lives()[0] && one.status === 'online', 'to be the one that lives');
    expect(await ask({ port })).toBe(String(lives()[0]));
  });
});

describe('the next daemon cannot start', () => {
  /** The daemon's program, whose first so many starts by a guard end as told. */
  function withBadStarts(rig: Rig, count: number, end: string): void {
    const starts = join(rig.root, 'starts');
    const entry = rig.write(
      'program/daemon.cjs',
      `const { appendFileSync, readFileSync } = require('node:fs');
      if (process.env.UPKEEP_GUARD_FAILED !== undefined) {
        appendFileSync('${starts}', process.env.UPKEEP_GUARD_FAILED + ' ');
        if (readFileSync('${starts}', 'utf8').trim().split(' ').length <= ${count}) ${end};
      }
      require(${JSON.stringify(join(DIST, 'daemon.cjs'))});`,
    );
    const beside = readdirSync(DIST).filter((name) => name !== 'daemon.cjs');
    for (const name of beside) symlinkSync(join(DIST, name), join(rig.root, 'program', name));
    rig.env.UPKEEP_DAEMON_ENTRY = entry;
  }

  for (const [what, end] of [
    ['is killed in its boot', "process.kill(process.pid, 'SIGKILL')"],
    ['throws', "throw new Error('broken')"],
  ] as const) {
    test(`${what}: the guard tries again, and still has the sockets`, async ({ rig }) => {
      const port = await freePort();
      rig.write('app.js', `require('node:http').createServer((_, r) => r.end(String(process.pid))).listen(${port})`);
      withBadStarts(rig, 4, end);
      await rig.must('start', 'app.js', '-i', '2');
      const load = startLoad(port, { keepAlive: 2, fresh: 2 });
      const before = (await rig.list()).map((one) => one.pid);
      const daemon = await rig.daemonPid();
      const first = rig.guardPid(daemon);
      process.kill(daemon, 'SIGKILL');
      const next = await rig.nextDaemon(daemon);
      expect(rig.read(join(rig.root, 'starts')).trim()).toBe('1 2 3 4 5');
      expect((await rig.list()).map((one) => one.pid)).toEqual(before);
      // The old guard leaves; the new daemon has one of its own.
      await until(
        () => (!existsSync(`/proc/${first}`) && rig.guardPid(next) !== undefined ? true : undefined),
        () => 'one guard to follow the other',
      );
      await rig.must('restart', 'app');
      await load.stop();
      expect(load.failures()).toEqual([]);
    });
  }

  test('a guard that finds another daemon in charge leaves', async ({ rig }) => {
    const held = join(rig.root, 'held');
    const hang = `require('node:fs').writeFileSync('${held}', String(process.pid)); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`;
    withBadStarts(rig, 1, `{ ${hang} }`);
    await rig.must('ping');
    const daemon = await rig.daemonPid();
    const guard = rig.guardPid(daemon) as number;
    process.kill(daemon, 'SIGKILL');
    const hanging = await until(
      () => Number(rig.read(held)) || undefined,
      () => 'a start that hangs',
    );
    await rig.must('ping');
    const next = await rig.daemonPid();
    process.kill(hanging, 'SIGKILL');
    await until(
      () => (existsSync(`/proc/${guard}`) ? undefined : true),
      () => 'the guard to leave',
    );
    expect(await rig.daemonPid()).toBe(next);
  });
});

describe('SIGKILL to the small parts', () => {
  test('a guard is replaced, and the replacement works', async ({ rig }) => {
    await rig.must('ping');
    const daemon = await rig.daemonPid();
    const first = rig.guardPid(daemon) as number;
    process.kill(first, 'SIGKILL');
    await until(
      () => {
        const next = rig.guardPid(daemon);
        return next !== undefined && next !== first ? next : undefined;
      },
      () => 'another guard',
    );
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
  });

  test('without its keeper an app goes on; how it ends is said to be unknown, and it comes back', async ({ rig }) => {
    const port = await freePort();
    rig.write('server.js', SERVER);
    await rig.runWith({ env: { PORT: String(port) } }, 'start', 'server.js', '--name', 'web');
    // Before the log thread has begun to read, the keeper alone holds the other end of its pipes.
    await until(
      () => (rig.read('logs/web-out.log') !== '' ? true : undefined),
      () => 'its lines to be read',
    );
    const before = await rig.one('web');
    const load = startLoad(port, { keepAlive: 2, fresh: 2 });
    process.kill(before.keeperPid, 'SIGKILL');
    await until(
      async () =>
        (await rig.call('instance.why', { target: 'web' }))[0]?.instance.pid === before.pid && load.sent() > 50
          ? true
          : undefined,
      () => 'requests to go on',
    );
    await load.stop();
    expect(load.failures()).toEqual([]);
    process.kill(before.pid, 'SIGKILL');
    const next = await rig.when(
      'web',
      (instance) => instance.pid !== 0 && instance.pid !== before.pid && instance.status === 'online',
      'restarted',
    );
    expect(next).toMatchObject({ restarts: 1, lastExit: { kind: 'unknown' } });
  });
});

for (const [mode, flags] of [
  ['cluster', ['-i', '2']],
  ['fork', []],
] as const) {
  test(`while an app boots in ${mode} mode: it never sees an error, and listens in the end`, {
    timeout: 60_000,
  }, async ({ rig }) => {
    const port = await freePort();
    const flag = rig.write('boot', '');
    const text = `const fs = require('node:fs');
      const wait = setInterval(() => {
        if (fs.existsSync('${flag}')) return;
        clearInterval(wait);
        require('node:http').createServer((_, response) => response.end(String(process.pid))).listen(${port}, '127.0.0.1', () => console.log('listening'));
      }, 20);`;
    rig.write('app.js', text);
    rmSync(flag);
    await rig.must('start', 'app.js', '--merge-logs', '--kill-timeout', '300', ...flags);
    // Booting again, and held up by a file: the daemon dies meanwhile.
    rig.write('boot', '');
    const restart = rig.run('restart', 'app');
    await until(
      async () => ((await rig.list()).every((one) => one.restarts === 1 && one.pid > 0) ? true : undefined),
      () => 'the second life',
    );
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
    await restart;
    rmSync(flag);
    await until(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/`).then(
          (response) => response.text(),
          () => '',
        );
        return (await rig.list()).some((one) => String(one.pid) === answer) ? true : undefined;
      },
      () => `an answer; ${rig.read('daemon.log')}`,
    );
    expect(rig.read('logs/app-error.log')).toBe('');
    expect((await rig.list()).every((one) => one.unstableRestarts === 0)).toBe(true);
  });
}
