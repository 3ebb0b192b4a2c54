/** What becomes of a process that ends, by itself or told to: statuses, counts, delays, signals. */

import { readProcess } from '../../src/platform/process.ts';
import { until } from '../helpers/until.ts';
import { both } from './both.ts';
import type { Entry, Side } from './side.ts';

const { same, better } = both();

const status = ({ pm2_env }: Entry): unknown => pm2_env.status;
const all = (side: Side, word: string): Promise<readonly Entry[]> =>
  side.when((list) => list.every((entry) => status(entry) === word), `all are ${word}`);

/** What is left of an app that ended by itself, once it stays as it is. */
async function ended(side: Side, word: string, ...args: string[]): Promise<unknown> {
  await side.run('start', ...args);
  const [entry] = await all(side, word);
  const { pid, pm2_env: env } = entry as Entry;
  return [word, pid, env.restart_time, env.exit_code];
}

same('--no-autorestart: stopped, with its exit code', (side) => ended(side, 'stopped', 'die.js', '--no-autorestart'));

same('--stop-exit-codes: stopped, not counted', (side) =>
  ended(side, 'stopped', 'die.js', '--stop-exit-codes', '42', '--', '42'),
);

same('max_restarts 3: errored after the third run', (side) => ended(side, 'errored', 'die.js', '--max-restarts', '3'));

same('an app that dies at once is errored after 16 runs', (side) => ended(side, 'errored', 'die.js'));

same('an exit with code 0 counts like any other', (side) =>
  ended(side, 'errored', 'die.js', '--max-restarts', '2', '--', '0'),
);

same('errored is left by restart, and comes back', async (side) => {
  await side.run('start', 'die.js', '--max-restarts', '2');
  await all(side, 'errored');
  side.write('die.js', side.read('stay.js'));
  const { code } = await side.run('restart', 'die');
  return [code, await side.summary()];
});

same('restart_delay: waiting restart in between', async (side) => {
  await side.run('start', 'die.js', '--restart-delay', '20000');
  const [entry] = await all(side, 'waiting restart');
  const stop = await side.run('stop', 'die');
  const [after] = await side.list();
  return [entry?.pm2_env.restart_time, stop.code, after && status(after), after?.pid];
});

better(
  'restart of what waits',
  async (side) => {
    await side.run('start', 'die.js', '--restart-delay', '20000');
    const [entry] = await all(side, 'waiting restart');
    side.write('die.js', side.read('stay.js'));
    const { code } = await side.run('restart', 'die');
    const [after] = await side.list();
    return [entry?.pid === 0, code, after && status(after)];
  },
  { pm2: [false, 1, 'waiting restart'], upkeep: [true, 0, 'online'] },
);

same('back-off: the delay is shown and grows', async (side) => {
  await side.run('start', 'die.js', '--exp-backoff-restart-delay', '100');
  const [entry] = await side.when(
    (list) => Number(list[0]?.pm2_env.prev_restart_delay ?? 0) > 100,
    'the delay has grown',
  );
  return [entry?.pm2_env.exp_backoff_restart_delay, Number(entry?.pm2_env.prev_restart_delay) >= 150];
});

same('a kill from outside is counted as a restart', async (side) => {
  await side.must('start', 'stay.js');
  const { pid } = await side.one();
  process.kill(pid, 'SIGKILL');
  const [entry] = await side.when((list) => list[0]?.pm2_env.restart_time === 1, 'it is restarted');
  const [online] = await all(side, 'online');
  return [entry?.pm2_env.exit_code, online?.pid !== pid, online?.pm2_env.restart_time];
});

same('stop sends SIGINT', async (side) => {
  await side.must('start', 'tell.js');
  await side.told(1);
  await side.must('stop', 'tell');
  return (await side.told(2)).flatMap((told) => ('signal' in told ? [told.signal] : []));
});

same('kill_timeout: a deaf app is killed, and is stopped', async (side) => {
  await side.must('start', 'deaf.js', '--kill-timeout', '200');
  const { code } = await side.run('stop', 'deaf');
  return [code, await side.summary()];
});

same('while it is stopping the status says so', async (side) => {
  await side.must('start', 'deaf.js', '--kill-timeout', '5000');
  const stopping = side.run('stop', 'deaf');
  await all(side, 'stopping');
  return [(await stopping).code, await side.summary()];
});

same('shutdown_with_message: the message, no signal', async (side) => {
  await side.must('start', 'tell.js', '--shutdown-with-message');
  await side.told(1);
  await side.must('stop', 'tell');
  return (await side.told(2)).slice(1);
});

const CHILDREN = `
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
writeFileSync(__dirname + '/' + process.argv[2], String(child.pid));
require('node:net').createServer().listen(0, '127.0.0.1');
`;

/** A zombie that its new parent has not collected yet is none. */
const isAlive = (pid: number): boolean => readProcess(pid) !== null;

same('treekill: children end with it, unless it is off', async (side) => {
  side.write('parent.js', CHILDREN);
  const child = (file: string): Promise<number> =>
    until(
      () => Number(side.read(file)) || undefined,
      () => `${side.which}: ${file}`,
    );
  await side.must('start', 'parent.js', '--', 'first.pid');
  const first = await child('first.pid');
  await side.must('delete', 'parent');
  await side.must('start', 'parent.js', '--no-treekill', '--', 'second.pid');
  const second = await child('second.pid');
  await side.must('stop', 'parent');
  const seen = [isAlive(first), isAlive(second)];
  if (seen[1]) process.kill(second, 'SIGKILL');
  return seen;
});

same('wait_ready: launching until it says so', async (side) => {
  side.write('slow.js', "setTimeout(() => process.send('ready'), 1500); setInterval(() => {}, 1000);");
  const starting = side.run('start', 'slow.js', '--wait-ready', '--listen-timeout', '20000');
  await all(side, 'launching');
  const { code } = await starting;
  return [code, await side.summary()];
});

same('the child sees its own counts', async (side) => {
  await side.must('start', 'tell.js');
  const first = (await side.started(1)).env.restart_time;
  await side.must('restart', 'tell');
  return [first, (await side.started(3)).env.restart_time];
});

same('cron: with 0 it is off', async (side) => {
  await side.must('start', 'stay.js', '--cron', '0 3 * * *');
  const { code } = await side.run('restart', 'stay', '--cron-restart', '0');
  const { cron_restart: pattern } = (await side.one()).pm2_env;
  return [code, pattern === 0 || pattern === '0' || pattern === undefined];
});

better(
  'unique_id: stable over restarts, new for clones',
  async (side) => {
    await side.must('start', 'stay.js', '-i', '1');
    const first = (await side.one()).pm2_env.unique_id;
    await side.must('restart', 'stay');
    await side.must('scale', 'stay', '2');
    const [old, clone] = await side.list();
    return [old?.pm2_env.unique_id === first, clone?.pm2_env.unique_id === first];
  },
  { pm2: [true, true], upkeep: [true, false] },
);

better(
  'calls from inside an app',
  async (side) => {
    const cli = side.cli.join("', '");
    side.write(
      'outer.js',
      `require('node:child_process').execFileSync('${process.execPath}', ['${cli}', 'start', 'tell.js', '--name', 'inner'], { cwd: __dirname });
     require('node:net').createServer().listen(0, '127.0.0.1');`,
    );
    await side.must('start', 'outer.js', '--namespace', 'ns', '-i', '1');
    const { env } = await side.started(1);
    await side.when(
      (list) => list.length === 2 && list.every((entry) => status(entry) === 'online'),
      'both are online',
    );
    const { name, namespace, exec_mode, NODE_APP_INSTANCE } = env;
    return { name, namespace, exec_mode, NODE_APP_INSTANCE };
  },
  {
    pm2: { name: 'inner', namespace: 'ns', exec_mode: 'fork_mode', NODE_APP_INSTANCE: '0' },
    upkeep: { name: 'inner', namespace: 'default', exec_mode: 'fork_mode', NODE_APP_INSTANCE: '0' },
  },
);
