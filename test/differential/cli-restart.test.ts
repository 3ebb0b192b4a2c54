/** `restart`, `reload`, `stop`, `delete`, `scale`, `reset`, `sendSignal` and the commands for whole files. */
import { both } from './both.ts';
import type { Side } from './side.ts';

const { same, better } = both();

const counts = async (side: Side): Promise<unknown> =>
  (await side.list()).map(({ name, pm_id, pm2_env: env }) => [name, pm_id, env.status, env.restart_time]);

const instances = async (side: Side): Promise<unknown> =>
  (await side.list()).map(({ pm_id, pm2_env: env }) => [pm_id, env.NODE_APP_INSTANCE]);

same('restart counts, restart of what is stopped does not', async (side) => {
  await side.must('start', 'stay.js');
  const seen: unknown[] = [];
  for (const words of [['restart'], ['stop'], ['restart'], ['restart'], ['reload'], ['stop'], ['reload']]) {
    const { code } = await side.run(...words, 'stay');
    seen.push([words[0], code, await counts(side)]);
  }
  return seen;
});

same('stop of what is stopped succeeds', async (side) => {
  await side.must('start', 'stay.js');
  const codes = await side.codes(['stop', 'stay'], ['stop', 'stay']);
  const { pid, pm2_env } = await side.one();
  return [codes, pid, pm2_env.status];
});

same('the counters and the identity of a restart', async (side) => {
  await side.must('start', 'tell.js');
  await side.started();
  const before = (await side.one()).pm2_env;
  await side.must('restart', 'tell');
  const after = (await side.one()).pm2_env;
  return [
    before.unique_id === after.unique_id,
    Number(after.created_at) > Number(before.created_at),
    Number(after.pm_uptime) > Number(before.pm_uptime),
    after.exit_code,
  ];
});

/** What a restart with an option changes in the record. */
const updates = (key: string, ...args: string[]): void =>
  same(`restart takes ${args.join(' ')}`, async (side) => {
    await side.must('start', 'stay.js', '--name', 'x');
    const { code } = await side.run('restart', 'x', ...args);
    const [entry] = await side.list();
    return [code, entry?.name, entry?.pm2_env[key]];
  });

updates('name', '--name', 'y');
updates('node_args', '--node-args', '--no-warnings');
updates('kill_timeout', '--kill-timeout', '2000');
updates('max_memory_restart', '--max-memory-restart', '300M');
updates('cron_restart', '--cron-restart', '0 3 * * *');
updates('max_restarts', '--max-restarts', '5');
updates('restart_delay', '--restart-delay', '100');
updates('listen_timeout', '--listen-timeout', '4000');
updates('log_date_format', '--log-date-format', 'YYYY');
updates('args', '--', 'new', 'words');
updates('exec_mode', '-i', '2');

same('restart with null takes an attribute away', async (side) => {
  await side.must('start', 'stay.js', '--name', 'x', '--node-args', '--no-warnings');
  const { code } = await side.run('restart', 'x', '--node-args=null');
  return [code, (await side.one()).pm2_env.node_args ?? []];
});

better(
  'restart with null for a number',
  async (side) => {
    await side.must('start', 'stay.js', '--name', 'x', '--kill-timeout', '2000');
    const { code } = await side.run('restart', 'x', '--kill-timeout=null');
    return [code === 0, (await side.one()).pm2_env.kill_timeout];
  },
  { pm2: [false, 2000], upkeep: [true, undefined] },
);

same('options that are off stay off at a restart', async (side) => {
  await side.must('start', 'stay.js', '--name', 'x', '--no-treekill', '--no-autorestart');
  await side.must('restart', 'x');
  await side.must('restart', 'x', '--kill-timeout', '2000');
  const { pm2_env: env } = await side.one();
  return [env.treekill, env.autorestart];
});

same('start of a registered name takes options over', async (side) => {
  await side.must('start', 'stay.js', '--name', 'x');
  const { code } = await side.run('start', 'x', '--kill-timeout', '2500');
  return [code, (await side.one()).pm2_env.kill_timeout, await counts(side)];
});

same('restart keeps the environment, --update-env takes it over', async (side) => {
  await side.runWith({ env: { COLOR: 'red' } }, 'start', 'tell.js');
  await side.runWith({ env: { COLOR: 'blue' } }, 'restart', 'tell');
  const kept = (await side.started(2)).env.COLOR;
  await side.runWith({ env: { COLOR: 'blue' } }, 'restart', 'tell', '--update-env');
  return [kept, (await side.started(5)).env.COLOR];
});

same('restart and reload of a name with --env are refused', async (side) => {
  await side.must('start', 'stay.js');
  return side.codes(['restart', 'stay', '--env', 'prod'], ['reload', 'stay', '--env', 'prod']);
});

const ECO = `module.exports = { apps: [
  { name: 'one', script: './stay.js' },
  { name: 'many', script: './stay.js', instances: 2, exec_mode: 'cluster' } ] };`;

for (const command of ['start', 'restart', 'reload', 'startOrRestart', 'startOrReload', 'startOrGracefulReload']) {
  same(`${command} of a file: twice`, async (side) => {
    side.write('eco.config.js', ECO);
    const first = await side.run(command, 'eco.config.js');
    const after = await counts(side);
    const second = await side.run(command, 'eco.config.js');
    return [first.code, after, second.code, await counts(side)];
  });
}

same('reload of a cluster counts each once and ends online', async (side) => {
  await side.must('start', 'stay.js', '-i', '2');
  const before = await counts(side);
  const { code } = await side.run('reload', 'stay');
  return [before, code, await counts(side)];
});

same('a reload sends each old process one SIGINT', async (side) => {
  await side.must('start', 'tell.js', '-i', '2');
  await side.must('reload', 'tell');
  const signals = (await side.told(6)).flatMap((told) => ('signal' in told ? [told.signal] : []));
  return signals;
});

same('scale: up, more, down, the same', async (side) => {
  await side.must('start', 'stay.js', '-i', '2');
  const seen: unknown[] = [];
  for (const count of ['3', '+1', '2', '2', '4']) {
    const { code } = await side.run('scale', 'stay', count);
    seen.push([count, code, await instances(side)]);
  }
  return seen;
});

better(
  'scale to a negative difference',
  async (side) => {
    await side.must('start', 'stay.js', '-i', '3');
    return [(await side.run('scale', 'stay', '-1')).code, (await side.list()).length];
  },
  { pm2: [1, 3], upkeep: [0, 2] },
);

same('reset by name, id and all', async (side) => {
  await side.must('start', 'stay.js');
  const seen: unknown[] = [];
  for (const word of ['stay', '0', 'all']) {
    await side.must('restart', 'stay');
    const { code } = await side.run('reset', word);
    seen.push([code, await counts(side)]);
  }
  return seen;
});

better('reset of an unknown id', async (side) => (await side.run('reset', '42')).code, { pm2: 0, upkeep: 1 });

same('sendSignal by name and id', async (side) => {
  await side.must('start', 'tell.js', '--name', 'ear');
  await side.told(1);
  const codes = await side.codes(['sendSignal', 'SIGUSR2', 'ear'], ['sendSignal', 'SIGHUP', '0']);
  const heard = (await side.told(3)).flatMap((told) => ('signal' in told ? [told.signal] : []));
  return [codes, heard];
});

same('sendSignal of a signal that is none', async (side) => {
  await side.must('start', 'stay.js');
  return (await side.run('sendSignal', 'SIGNONSENSE', 'stay')).code;
});

same('delete keeps the logs, removes the pid file, and ids begin anew', async (side) => {
  await side.must('start', 'stay.js', '--name', 'gone');
  await side.must('start', 'stay.js', '--name', 'second');
  const { pm2_env: env } = await side.one('gone');
  await side.must('delete', 'gone');
  await side.must('start', 'stay.js', '--name', 'third');
  const middle = await counts(side);
  await side.must('delete', 'all');
  await side.must('start', 'stay.js', '--name', 'fourth');
  return [side.read(String(env.pm_pid_path)), middle, await counts(side)];
});

better(
  'a reload while another is on its way',
  async (side) => {
    await side.must('start', 'stay.js', '-i', '2');
    const [first, second] = await Promise.all([side.run('reload', 'stay'), side.run('reload', 'stay')]);
    const codes = [first.code, second.code].sort();
    await side.when((list) => list.every(({ pm2_env }) => pm2_env.status === 'online'), 'all are online');
    return [codes, (await side.list()).length];
  },
  { pm2: [[0, 1], 2], upkeep: [[0, 0], 2] },
);

same('a custom variable for the number of an instance, and one that counts', async (side) => {
  side.write(
    'eco.json',
    JSON.stringify({
      apps: [
        {
          name: 'n',
          script: './stay.js',
          instances: 2,
          exec_mode: 'cluster',
          instance_var: 'NUMBER',
          increment_var: 'PORT',
          env: { PORT: 3000 },
        },
      ],
    }),
  );
  await side.must('start', 'eco.json');
  return (await side.list()).map(({ pm2_env: env }) => [env.NUMBER, env.NODE_APP_INSTANCE, env.PORT]);
});
