/** The environment an app gets: from the caller, from `env`, from `env_<name>` and from what PM2 itself adds. */
import { both } from './both.ts';
import type { Entry, Side } from './side.ts';

const { same, better } = both();

/** A config of one app that tells what it sees. */
const config = (side: Side, app: object, more: object = {}): string =>
  side.write('app.json', JSON.stringify({ apps: [{ name: 'api', script: './tell.js', ...app }], ...more }));

/** The variables of these names, as the nth start saw them; between two starts the app tells of the signal that ended it. */
async function seen(side: Side, start: number, ...names: string[]): Promise<readonly (string | null)[]> {
  const { env } = await side.started(2 * start - 1);
  return names.map((name) => env[name] ?? null);
}

const record = async (side: Side, ...names: string[]): Promise<readonly unknown[]> => {
  const { pm2_env } = (await side.list())[0] as Entry;
  return names.map((name) => pm2_env[name] ?? null);
};

const stored = async (side: Side, ...names: string[]): Promise<readonly unknown[]> => {
  const { env } = ((await side.list())[0] as Entry).pm2_env as { env: Record<string, unknown> };
  return names.map((name) => env[name] ?? null);
};

same('a script inherits the environment of its caller', async (side) => {
  await side.runWith({ env: { MINE: 'a b', EMPTY: '' } }, 'start', 'tell.js');
  return [await seen(side, 1, 'MINE', 'EMPTY', 'LANG'), await stored(side, 'MINE')];
});

same('env of a config wins over the caller', async (side) => {
  await side.runWith({ env: { MINE: 'caller', OTHER: 'caller' } }, 'start', config(side, { env: { MINE: 'file' } }));
  return [await seen(side, 1, 'MINE', 'OTHER'), await stored(side, 'MINE', 'OTHER'), await record(side, 'MINE')];
});

same('numbers, booleans and objects of env become text', async (side) => {
  await side.must('start', config(side, { env: { N: 1.5, YES: true, OBJ: { a: [1, 'x'] }, LIST: [1, 2] } }));
  return seen(side, 1, 'N', 'YES', 'OBJ', 'LIST');
});

same('--env lays env_<name> over env', async (side) => {
  const file = config(side, { env: { A: '1', B: '1' }, env_production: { B: '2', NODE_ENV: 'production' } });
  await side.must('start', file, '--env', 'production');
  return [await seen(side, 1, 'A', 'B', 'NODE_ENV'), await record(side, 'NODE_ENV')];
});

same('an --env that is not in the file leaves env as it is', async (side) => {
  const { code } = await side.run('start', config(side, { env: { A: '1' } }), '--env', 'nowhere');
  return [code, await seen(side, 1, 'A')];
});

same('restart by name keeps the stored environment', async (side) => {
  await side.runWith({ env: { MINE: 'old' } }, 'start', 'tell.js', '--name', 'api');
  await side.runWith({ env: { MINE: 'new' } }, 'restart', 'api');
  return [await seen(side, 2, 'MINE'), await stored(side, 'MINE')];
});

same('restart by name with --update-env takes over what the caller has', async (side) => {
  await side.runWith({ env: { MINE: 'old', KEPT: 'k' } }, 'start', 'tell.js', '--name', 'api');
  await side.runWith({ env: { MINE: 'new', MORE: 'm' } }, 'restart', 'api', '--update-env');
  return [await seen(side, 2, 'MINE', 'KEPT', 'MORE'), await stored(side, 'MINE', 'KEPT', 'MORE')];
});

same('restart by name with --update-env wins over env of the file, too', async (side) => {
  await side.must('start', config(side, { env: { MINE: 'file', NODE_ENV: 'staging' } }));
  await side.runWith({ env: { MINE: 'caller' } }, 'restart', 'api', '--update-env');
  return seen(side, 2, 'MINE', 'NODE_ENV');
});

same('a change of env in the file takes effect on restart of the file', async (side) => {
  await side.must('start', config(side, { env: { A: '1' } }));
  await side.must('restart', config(side, { env: { A: '2', B: 'new' } }));
  return [await seen(side, 2, 'A', 'B'), await stored(side, 'A', 'B')];
});

better(
  'a variable that was removed from the file goes',
  async (side) => {
    await side.must('start', config(side, { env: { A: '1', B: '1' } }));
    await side.must('restart', config(side, { env: { A: '1' } }));
    return seen(side, 2, 'A', 'B');
  },
  { pm2: ['1', '1'], upkeep: ['1', null] },
);

better(
  'a variable of a former --env goes',
  async (side) => {
    const file = config(side, { env: { A: '1' }, env_production: { NODE_ENV: 'production', A: '2' } });
    await side.must('start', file, '--env', 'production');
    await side.must('restart', file);
    return seen(side, 2, 'A', 'NODE_ENV');
  },
  { pm2: ['1', 'production'], upkeep: ['1', null] },
);

same('restart of a file with another --env switches', async (side) => {
  const file = config(side, { env: { A: '0' }, env_one: { A: '1' }, env_two: { A: '2' } });
  await side.must('start', file, '--env', 'one');
  await side.must('restart', file, '--env', 'two');
  return [await seen(side, 2, 'A'), await record(side, 'A', 'restart_time')];
});

better(
  '--update-env with a file that has an env',
  async (side) => {
    const file = config(side, { env: { A: '1' } });
    await side.runWith({ env: { MINE: 'old' } }, 'start', file);
    await side.runWith({ env: { MINE: 'new' } }, 'restart', file, '--update-env');
    return seen(side, 2, 'MINE', 'A');
  },
  { pm2: ['old', '1'], upkeep: ['new', '1'] },
);

better(
  'restart of a file without an env keeps the stored environment, as with a name',
  async (side) => {
    const file = config(side, {});
    await side.runWith({ env: { MINE: 'old' } }, 'start', file);
    await side.runWith({ env: { MINE: 'new' } }, 'restart', file);
    return seen(side, 2, 'MINE');
  },
  { pm2: ['new'], upkeep: ['old'] },
);

same('deploy.<name>.env is part of --env <name>', async (side) => {
  const deploy = { production: { env: { FROM_DEPLOY: 'd' } } };
  await side.must('start', config(side, { env: { A: '1' } }, { deploy }), '--env', 'production');
  return seen(side, 1, 'A', 'FROM_DEPLOY');
});

better(
  'env and deploy.<name>.env name the same variable',
  async (side) => {
    const deploy = { production: { env: { A: 'deploy', B: 'deploy' } } };
    const file = config(side, { env: { A: 'env', B: 'env' }, env_production: { B: 'named' } }, { deploy });
    const { stdout, stderr } = await side.runWith({}, 'start', file, '--env', 'production');
    return [await seen(side, 1, 'A', 'B'), /deploy\.production\.env/.test(stdout + stderr)];
  },
  { pm2: [['deploy', 'named'], false], upkeep: [['env', 'named'], true] },
);

better(
  'a variable called like a field of the record',
  async (side) => {
    await side.must('start', config(side, { env: { name: 'zzz', status: 'mine', instances: '7' } }));
    const { name, pm2_env } = (await side.list())[0] as Entry;
    return [name, pm2_env.name, await seen(side, 1, 'name', 'status', 'instances')];
  },
  { pm2: ['zzz', 'zzz', ['zzz', 'launching', '7']], upkeep: ['api', 'api', ['zzz', 'mine', '7']] },
);

same('filter_env as a list drops what contains an item, but nothing of env', async (side) => {
  const file = config(side, { filter_env: ['SECRET'], env: { MY_SECRET_ENV: '1' } });
  await side.runWith({ env: { SECRET: 's', MY_SECRET_X: 's', OTHER: 'o' } }, 'start', file);
  return seen(side, 1, 'SECRET', 'MY_SECRET_X', 'OTHER', 'MY_SECRET_ENV');
});

same('--filter-env drops what contains the text', async (side) => {
  await side.runWith(
    { env: { SECRET: 's', MY_SECRET_X: 's', OTHER: 'o' } },
    'start',
    'tell.js',
    '--filter-env',
    'SECRET',
  );
  return seen(side, 1, 'SECRET', 'MY_SECRET_X', 'OTHER');
});

better(
  'filter_env: true',
  async (side) => {
    const file = config(side, { filter_env: true, env: { OWN: '1' } });
    await side.runWith({ env: { OTHER: 'o' } }, 'start', file);
    const [other, own, path] = await seen(side, 1, 'OTHER', 'OWN', 'PATH');
    return [other, own, path !== null];
  },
  { pm2: ['o', '1', true], upkeep: [null, '1', true] },
);

better(
  'filter_env as a text concerns its own app only',
  async (side) => {
    const apps = [
      { name: 'a', script: './stay.js', filter_env: 'DROPPED' },
      { name: 'b', script: './tell.js' },
    ];
    await side.runWith(
      { env: { DROPPED: 'd', DROPPED_NOT: 'd' } },
      'start',
      side.write('two.json', JSON.stringify(apps)),
    );
    return seen(side, 1, 'DROPPED', 'DROPPED_NOT');
  },
  { pm2: [null, 'd'], upkeep: ['d', 'd'] },
);

same('port sets PORT', async (side) => {
  await side.must('start', config(side, { port: 4567 }));
  return [await seen(side, 1, 'PORT')];
});

same('increment_var counts up from its value in env', async (side) => {
  await side.must(
    'start',
    config(side, { script: './stay.js', exec_mode: 'fork', instances: 2, increment_var: 'PORT', env: { PORT: 3000 } }),
  );
  return (await side.list()).map(({ pm2_env: { PORT, NODE_APP_INSTANCE } }) => [PORT, NODE_APP_INSTANCE]);
});

same('instance_var takes the place of NODE_APP_INSTANCE', async (side) => {
  await side.must('start', config(side, { instance_var: 'WORKER', exec_mode: 'fork' }));
  return [await seen(side, 1, 'WORKER', 'instance_var'), await record(side, 'WORKER')];
});

const SCALARS = (
  'name namespace exec_mode exec_interpreter instances status restart_time unstable_restarts username autorestart ' +
  'autostart vizion pmx automation treekill km_link instance_var windowsHide kill_retry_time vizion_running pm_id ' +
  'NODE_APP_INSTANCE pm_exec_path pm_cwd pm_out_log_path pm_err_log_path pm_pid_path merge_logs PM2_HOME'
).split(' ');

same('the scalars of the record reach the app as text', async (side) => {
  await side.must('start', config(side, { env: { A: '1' } }));
  return seen(side, 1, ...SCALARS);
});

same('other options reach the app as text, too', async (side) => {
  const names = [
    'max_memory_restart',
    'kill_timeout',
    'max_restarts',
    'min_uptime',
    'restart_delay',
    'stop_exit_codes',
  ];
  await side.must(
    'start',
    config(side, {
      max_memory_restart: '200M',
      kill_timeout: 3000,
      max_restarts: 5,
      min_uptime: '5s',
      restart_delay: 10,
      stop_exit_codes: [3],
      vizion: false,
    }),
  );
  return seen(side, 1, ...names, 'vizion');
});

same('restart_time is exact at the start', async (side) => {
  await side.must('start', config(side, {}));
  await side.must('restart', 'api');
  await side.must('restart', 'api');
  return [await seen(side, 3, 'restart_time'), await record(side, 'restart_time')];
});

better(
  'what the command line leaves in the environment',
  async (side) => {
    await side.must('start', config(side, {}));
    return seen(side, 1, 'PM2_USAGE', 'PM2_JSON_PROCESSING', 'PM2_PROGRAMMATIC', 'updateEnv');
  },
  { pm2: ['CLI', 'true', null, null], upkeep: [null, null, null, null] },
);

same('a caller that is itself an app does not hand down what describes it', async (side) => {
  const env = {
    pm_id: '7',
    name: 'parent',
    status: 'online',
    restart_time: '9',
    pm_exec_path: '/parent.js',
    exec_mode: 'cluster_mode',
    node_args: '--parent',
    axm_monitor: '[object Object]',
    ODD: '[object Object]',
    MINE: 'm',
  };
  await side.runWith({ env }, 'start', 'tell.js', '--name', 'child');
  return seen(side, 1, ...Object.keys(env), 'NODE_APP_INSTANCE');
});

same('stop and start keep the environment', async (side) => {
  await side.runWith({ env: { MINE: 'old' } }, 'start', config(side, { env: { A: '1' } }));
  await side.must('stop', 'api');
  await side.runWith({ env: { MINE: 'new' } }, 'start', 'api');
  return seen(side, 2, 'MINE', 'A');
});

same('an automatic restart keeps the stored environment', async (side) => {
  await side.runWith({ env: { MINE: 'old' } }, 'start', config(side, { env: { A: '1' } }));
  await side.started();
  process.kill((await side.one()).pid, 'SIGKILL');
  // Nothing tells of a SIGKILL: the next line is the next start.
  const { env } = await side.started(2);
  return [env.MINE, env.A, env.restart_time];
});
