/** Log files and what is shown of them. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../helpers/until.ts';
import { both } from './both.ts';
import type { Side } from './side.ts';
import { plainLines, type Streamed, streamed } from './stream.ts';

const { same, better } = both();

/** Prints some lines at once. */
const SAY = `
console.log('one\\ntwo\\nthree');
console.error('bad');
require('node:net').createServer().listen(0, '127.0.0.1');
`;

/** Prints a line on each stream again and again. */
const TICK = `
setInterval(() => { console.log('tick tock'); console.error('oops'); }, 50);
require('node:net').createServer().listen(0, '127.0.0.1');
`;

const logFiles = (side: Side): readonly string[] => readdirSync(join(side.home, 'logs')).sort();

/** Starts an app that says something, and waits until it is in its files. */
async function say(side: Side, ...options: string[]): Promise<void> {
  side.write('say.js', SAY);
  await side.must('start', 'say.js', ...options);
}

const logOf = (side: Side, file: string): string => side.read(join(side.home, 'logs', file));

/** Waits until a file has the text; gives all of it. */
const whenRead = (side: Side, path: string, text: string): Promise<string> =>
  until(
    () => (side.read(path).includes(text) ? side.read(path) : undefined),
    () => `${side.which}: ${text} in ${path}, which has ${side.read(path)}`,
  );

const whenLogged = (side: Side, file: string, text: string): Promise<string> =>
  whenRead(side, join(side.home, 'logs', file), text);

/** Cases share a home: their apps have names of their own, so that each begins with empty files. */
async function tails(side: Side, name: string, ...args: string[]): Promise<readonly [number, readonly string[]]> {
  await say(side, '--name', name);
  await whenLogged(side, `${name}-out.log`, 'three');
  await whenLogged(side, `${name}-error.log`, 'bad');
  const { code, stdout } = await side.run('logs', ...args, '--nostream');
  // Files that were written at the same time come in either order.
  return [
    code,
    plainLines(stdout)
      .filter((line) => !line.startsWith('[TAILING]'))
      .toSorted(),
  ];
}

const TARGETS: readonly (readonly [what: string, name: string, target: string])[] = [
  ['a name', 't-name', 't-name'],
  ['an id', 't-id', '0'],
  ['a pattern', 't-patter', '/patter/'],
];
for (const [what, name, target] of TARGETS)
  same(`logs --nostream of ${what}`, (side) => tails(side, name, target, '--lines', '2'));

same('logs --nostream --lines with a negative number', (side) => tails(side, 't-minus', 't-minus', '--lines', '-2'));
same('logs --nostream --err', (side) => tails(side, 't-err', 't-err', '--err'));
same('logs --nostream --out', (side) => tails(side, 't-out', 't-out', '--out', '--lines', '1'));
same('log is logs', async (side) => {
  await say(side, '--name', 't-alias');
  await whenLogged(side, 't-alias-out.log', 'three');
  const { code, stdout } = await side.run('log', 't-alias', '--nostream', '--out', '--lines', '1');
  return [code, plainLines(stdout).filter((line) => !line.startsWith('[TAILING]'))];
});

better('logs --nostream of a namespace', (side) => tails(side, 't-space', 'default', '--out', '--lines', '1'), {
  pm2: [0, []],
  upkeep: [0, ['<home>/logs/t-space-out.log last 1 lines:', '0|t-space  | three']],
});

better(
  'a long name in the last lines of logs',
  async (side) => (await tails(side, 'a-name-of-some-length', '0', '--out', '--lines', '1'))[1].at(-1),
  { pm2: '0|a-name-o | three', upkeep: '0|a-name-of-some-length | three' },
);

better(
  'logs --nostream of what is not there',
  async (side) => {
    const { code, stderr } = await side.run('logs', 'nobody', '--nostream');
    return [code, /nobody/.test(stderr)];
  },
  { pm2: [0, false], upkeep: [1, true] },
);

better(
  'logs --lines of long lines',
  async (side) => {
    side.write('long.js', `console.log(('x'.repeat(3000) + '\\n').repeat(6)); setInterval(() => {}, 1000)`);
    await side.must('start', 'long.js', '--name', 'long');
    await whenLogged(side, 'long-out.log', '\n\n');
    const { stdout } = await side.run('logs', 'long', '--nostream', '--out', '--lines', '5');
    return plainLines(stdout).filter((line) => /x{3000}$/.test(line)).length >= 4;
  },
  { pm2: false, upkeep: true },
);

better(
  'logs --nostream --raw is nothing but the lines',
  async (side) => {
    await say(side, '--name', 'raw-tail');
    await whenLogged(side, 'raw-tail-out.log', 'three');
    const { stdout } = await side.run('logs', 'raw-tail', '--nostream', '--out', '--raw', '--lines', '2');
    return stdout.split('\n').filter((line) => line !== '').length;
  },
  { pm2: 4, upkeep: 2 },
);

async function stream(side: Side, ...args: string[]): Promise<Streamed> {
  side.write('tick.js', TICK);
  await side.must('start', 'tick.js', '--name', 'tick');
  await whenLogged(side, 'tick-error.log', 'oops');
  return streamed(side, ['logs', 'tick', '--lines', '0', ...args], ({ stdout, stderr }) => {
    const all = [...stdout, ...stderr].join('\n');
    return all.includes('tick tock') && all.includes('oops');
  });
}

/** The width of the column depends on what was seen before. */
const distinct = (lines: readonly string[]): readonly string[] =>
  [...new Set(lines.map((line) => line.replace(/ +\| /, ' | ')))].sort();
const isNoHeader = (line: string): boolean => !line.startsWith('[TAILING]');

same('logs, streamed: each line behind id and name', async (side) => {
  const { stdout } = await stream(side);
  return distinct(stdout.filter(isNoHeader));
});

same('logs --raw, streamed: lines of stderr go to stderr', async (side) => {
  const { stdout, stderr } = await stream(side, '--raw');
  return [distinct(stdout.filter(isNoHeader)), distinct(stderr)];
});

same('logs --json, streamed: an object for each line', async (side) => {
  const { stdout } = await stream(side, '--json');
  return distinct(
    stdout
      .filter((line) => line.includes('"message"'))
      .map((line) => line.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, '<time>')),
  );
});

same('logs --format, streamed: keys and values', async (side) => {
  const { stdout } = await stream(side, '--format');
  return distinct(
    stdout
      .filter((line) => line.startsWith('timestamp='))
      .map((line) => line.replace(/\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d[+-]\d{4}/, '<time>')),
  );
});

same('logs --timestamp, streamed: the time before each line', async (side) => {
  const { stdout } = await stream(side, '--timestamp');
  return distinct(stdout.filter(isNoHeader).map((line) => line.replace(/^\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d/, '<time>')));
});

same('logs --timestamp with a format of its own', async (side) => {
  const { stdout } = await stream(side, '--timestamp', '[at] YYYY');
  return distinct(stdout.filter(isNoHeader).map((line) => line.replace(/\d{4}/, '<year>')));
});

same('logs --err and --out, streamed', async (side) => {
  side.write('tick.js', TICK);
  await side.must('start', 'tick.js', '--name', 'tick');
  const enough = ({ stdout }: Streamed): boolean => stdout.filter(isNoHeader).length >= 3;
  const only = await Promise.all(
    ['--err', '--out'].map((flag) => streamed(side, ['logs', 'tick', '--lines', '0', flag], enough)),
  );
  return only.map(({ stdout }) => distinct(stdout.filter(isNoHeader)));
});

same('logs of a namespace, streamed', async (side) => {
  side.write('tick.js', TICK);
  await side.must('start', 'tick.js', '--name', 'tick', '--namespace', 'space');
  const { stdout } = await streamed(side, ['logs', 'space', '--lines', '0'], (seen) => seen.stdout.length >= 4);
  return distinct(stdout.filter(isNoHeader));
});

better(
  'logs --json: what happens to the process',
  async (side) => {
    side.write('tick.js', TICK);
    await side.must('start', 'tick.js', '--name', 'tick');
    const events = ({ stdout }: Streamed): string[] =>
      stdout.flatMap((line) => /"type":"process_event","status":"([a-z ]+)"/.exec(line)?.[1] ?? []);
    let isAsked = false;
    const seen = await streamed(side, ['logs', 'tick', '--json', '--lines', '0'], (so) => {
      // Its first line shows that it follows.
      if (!isAsked && so.stdout.some((line) => line.includes('tick tock'))) {
        isAsked = true;
        void side.run('restart', 'tick');
      }
      return events(so).includes(side.which === 'pm2' ? 'restart' : 'ready');
    });
    return events(seen);
  },
  { pm2: ['exit', 'exit', 'online', 'restart'], upkeep: ['stopping', 'exit', 'online', 'ready'] },
);

same('flush of a name empties its files and no others', async (side) => {
  await say(side, '--name', 'flushed');
  await say(side, '--name', 'kept');
  await whenLogged(side, 'flushed-out.log', 'three');
  await whenLogged(side, 'flushed-error.log', 'bad');
  await whenLogged(side, 'kept-out.log', 'three');
  const { code } = await side.run('flush', 'flushed');
  return [code, logOf(side, 'flushed-out.log'), logOf(side, 'flushed-error.log'), logOf(side, 'kept-out.log')];
});

same('flush without a name empties all files', async (side) => {
  await say(side, '--name', 'flush-all', '--log', 'both.log');
  await whenLogged(side, 'flush-all-out.log', 'three');
  await whenRead(side, 'both.log', 'three');
  const { code } = await side.run('flush');
  return [code, logOf(side, 'flush-all-out.log'), logOf(side, 'flush-all-error.log'), side.read('both.log')];
});

same('flush of what is not there ends with 0', (side) => side.codes(['flush', 'nobody']));

same('reloadLogs opens files anew that were moved away', async (side) => {
  side.write('tick.js', TICK);
  await side.must('start', 'tick.js', '--name', 'moved');
  await whenLogged(side, 'moved-out.log', 'tick');
  rmSync(join(side.home, 'logs/moved-out.log'));
  const { code } = await side.run('reloadLogs');
  await whenLogged(side, 'moved-out.log', 'tick');
  return code;
});

same('SIGUSR2 to the daemon opens files anew', async (side) => {
  side.write('tick.js', TICK);
  await side.must('start', 'tick.js', '--name', 'signalled');
  await whenLogged(side, 'signalled-out.log', 'tick');
  rmSync(join(side.home, 'logs/signalled-out.log'));
  process.kill(daemonPid(side), 'SIGUSR2');
  await whenLogged(side, 'signalled-out.log', 'tick');
  return existsSync(join(side.home, 'logs/signalled-out.log'));
});

/** @throws if there is none: a signal to 0 would go to the tests themselves */
function daemonPid(side: Side): number {
  const pid = Number(side.read(join(side.home, side.which === 'pm2' ? 'pm2.pid' : 'daemon.pid')));
  if (!(pid > 1)) throw new Error(`${side.which} has no file with the pid of its daemon`);
  return pid;
}

/** Names of the files of one case, and what is in them, with dates taken out. */
async function written(
  side: Side,
  name: string,
  until: readonly string[],
  options: readonly string[],
): Promise<unknown> {
  await say(side, '--name', name, ...options);
  for (const file of until)
    await whenRead(
      side,
      file.startsWith('/') ? file : join(side.home, 'logs', file),
      file.includes('err') ? 'bad' : 'three',
    );
  const own = logFiles(side).filter((file) => file.startsWith(name));
  return own.map((file) => [file, logOf(side, file)]);
}

same('files of a fork app', (side) => written(side, 'fork', ['fork-out.log', 'fork-error.log'], []));
same('files of two processes: their id in the name', (side) =>
  written(side, 'two', ['two-out-0.log', 'two-out-1.log', 'two-error-0.log', 'two-error-1.log'], ['-i', '2']),
);
same('files of two processes that share them', async (side) => {
  await say(side, '--name', 'shared', '-i', '2', '--merge-logs');
  await until(
    () => (logOf(side, 'shared-out.log').split('three').length === 3 ? true : undefined),
    () => 'both to have spoken',
  );
  return logFiles(side).filter((file) => file.startsWith('shared'));
});
same('a combined file beside the others', async (side) => {
  await say(side, '--name', 'combined', '-l', 'all.log');
  const text = await whenRead(side, 'all.log', 'three');
  await whenRead(side, 'all.log', 'bad');
  return [text.includes('one\ntwo\nthree\n'), logFiles(side).filter((file) => file.startsWith('combined'))];
});
for (const nowhere of ['NULL', '/dev/null'])
  same(`output to ${nowhere}: no files, but the combined one is filled`, async (side) => {
    const name = `nowhere-${nowhere.length}`;
    await say(side, '--name', name, '-o', nowhere, '-e', nowhere, '-l', 'all.log');
    await whenRead(side, 'all.log', 'three');
    await whenRead(side, 'all.log', 'bad');
    return logFiles(side).filter((file) => file.startsWith(name));
  });
same('a folder that is missing is made', async (side) => {
  await say(side, '--name', 'deep', '-o', 'a/b/c/out.log', '-e', 'a/b/d/err.log');
  return [await whenRead(side, 'a/b/c/out.log', 'three'), await whenRead(side, 'a/b/d/err.log', 'bad')];
});
same('a date before each line', async (side) => {
  await say(side, '--name', 'dated', '--log-date-format', 'YYYY');
  return (await whenLogged(side, 'dated-out.log', 'three')).replaceAll(/^\d{4}/gm, '<year>');
});
same('--time', async (side) => {
  await say(side, '--name', 'timed', '--time');
  return (await whenLogged(side, 'timed-out.log', 'three')).replaceAll(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/gm, '<time>');
});
better(
  '--log-type json',
  async (side) => {
    await say(side, '--name', 'json', '--log-type', 'json');
    const text = await whenLogged(side, 'json-out.log', 'three');
    return text
      .trim()
      .split('\n')
      .map((line) => ({ ...(JSON.parse(line) as object), timestamp: 'a date' }));
  },
  {
    pm2: [{ message: 'one\ntwo\nthree\n', timestamp: 'a date', type: 'out', process_id: 0, app_name: 'json' }],
    upkeep: ['one', 'two', 'three'].map((message) => ({
      message,
      timestamp: 'a date',
      type: 'out',
      process_id: 0,
      app_name: 'json',
    })),
  },
);
same('--disable-logs: nothing is written', async (side) => {
  side.write('tick.js', TICK);
  await side.must('start', 'tick.js', '--name', 'mute', '--disable-logs');
  return [logOf(side, 'mute-out.log'), logOf(side, 'mute-error.log')];
});
