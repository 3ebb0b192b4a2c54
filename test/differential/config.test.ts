/** Config files: shapes, languages, options, and what an edited file does to what runs. */
import { until } from '../helpers/until.ts';
import { both } from './both.ts';
import type { Entry, Side } from './side.ts';

const { same, better } = both();

const write = (side: Side, content: unknown, name = 'apps.json'): string => side.write(name, JSON.stringify(content));

const field = async (side: Side, ...names: string[]): Promise<readonly unknown[]> =>
  (await side.list()).map(({ pm2_env }: Entry) => names.map((name) => pm2_env[name] ?? null));

const names = async (side: Side): Promise<readonly string[]> => (await side.list()).map(({ name }) => name).sort();

const SIX = [
  { script: './stay.js', name: 'echo' },
  { script: './stay.js', name: 'child', instances: 2 },
];

for (const [shape, name, text] of [
  ['a list', 'list.json', JSON.stringify(SIX)],
  ['apps', 'apps.json', JSON.stringify({ apps: SIX })],
  ['pm2', 'pm2.json', JSON.stringify({ pm2: SIX })],
  ['one app', 'one.json', JSON.stringify(SIX[0])],
  ['apps as one object', 'object.json', JSON.stringify({ apps: SIX[0] })],
  [
    'JSON with comments and expressions',
    'odd.json',
    `/* six */ { apps: [{ script: './stay.js', name: 'e' + 'cho' }] }`,
  ],
  ['YAML', 'apps.yaml', 'apps:\n  - script: ./stay.js\n    name: echo\n'],
  ['.config.js', 'my.config.js', `module.exports = { apps: ${JSON.stringify(SIX)} }`],
  ['.config.cjs', 'my.config.cjs', `module.exports = ${JSON.stringify(SIX)}`],
] as const)
  same(`shape: ${shape}`, async (side) => {
    side.write(name, text);
    const { code } = await side.run('start', name);
    return [code, await side.summary()];
  });

same('a config on stdin', async (side) => {
  const { code } = await side.runWith({ input: JSON.stringify({ apps: [SIX[0]] }) }, 'start', '-');
  return [code, await side.summary()];
});

better(
  'an ES module with a default export, and a function',
  async (side) => {
    side.write('esm.config.mjs', `export default { apps: [{ script: './stay.js', name: 'esm' }] }`);
    side.write('call.config.cjs', `module.exports = async () => ({ apps: [{ script: './stay.js', name: 'called' }] })`);
    return [await side.codes(['start', 'esm.config.mjs'], ['start', 'call.config.cjs']), await names(side)];
  },
  {
    pm2: [[1, 1], []],
    upkeep: [
      [0, 0],
      ['called', 'esm'],
    ],
  },
);

same('missing and malformed files start nothing', async (side) => {
  side.write('bad.json', '{ apps: [');
  side.write('bad.yaml', 'apps: [');
  const codes = await side.codes(['start', 'none.json'], ['start', 'bad.json'], ['start', 'bad.yaml']);
  return [codes, await names(side)];
});

same('an empty list is nothing to do', async (side) => {
  return [(await side.run('start', write(side, []))).code, await names(side)];
});

same('one app with a mistake refuses the whole file', async (side) => {
  const apps = [{ script: './stay.js' }, { script: './stay.js', name: 'bad', max_restarts: 'x', exec_mode: 'odd' }];
  return [(await side.run('start', write(side, apps))).code, await names(side)];
});

same('snake_case and camelCase mean the same', async (side) => {
  const app = { script: './stay.js', maxMemoryRestart: '100M', killTimeout: 700, outFile: './o.log', execMode: 'fork' };
  await side.must('start', write(side, [app]));
  return field(side, 'max_memory_restart', 'kill_timeout', 'pm_out_log_path', 'exec_mode');
});

same('aliases of keys', async (side) => {
  const { log_file: _, ...app } = {
    exec: './stay.js',
    name: 'a',
    interpreter: 'node',
    interpreter_args: '--no-warnings',
    output: './o.log',
    error: './e.log',
    pid: './p.pid',
    combine_logs: true,
    cron: '0 0 1 1 *',
    log_file: '',
  };
  await side.must('start', write(side, [app]));
  return field(
    side,
    'pm_exec_path',
    'exec_interpreter',
    'node_args',
    'pm_out_log_path',
    'pm_err_log_path',
    'pm_pid_path',
    'merge_logs',
    'cron_restart',
  );
});

same('units and texts of numbers', async (side) => {
  const app = { script: './stay.js', max_restarts: '5', max_memory_restart: '1G', min_uptime: '2s', instances: '1' };
  await side.must('start', write(side, [app]));
  return field(side, 'max_restarts', 'max_memory_restart', 'min_uptime', 'instances');
});

same('args and node_args as one text are split, quotes honoured', async (side) => {
  const app = { script: './tell.js', args: `one "two three" k="v w"`, node_args: '--no-warnings --stack-size=900' };
  await side.must('start', write(side, [app]));
  const { args, execArgv } = await side.started();
  return [args, execArgv];
});

same('defaults in the record', async (side) => {
  await side.must('start', write(side, [{ script: './stay.js' }]));
  return field(
    side,
    'vizion',
    'autostart',
    'autorestart',
    'automation',
    'pmx',
    'treekill',
    'windowsHide',
    'instance_var',
    'kill_retry_time',
    'merge_logs',
    'exec_mode',
    'namespace',
  );
});

for (const [mode, app] of [
  ['instances', { instances: 2 }],
  ['instances -1', { instances: -1 }],
  ['instances max', { instances: 'max' }],
  ['exec_mode fork', { exec_mode: 'fork', instances: 2 }],
  ['exec_mode cluster', { exec_mode: 'cluster' }],
  ['merge_logs', { instances: 2, merge_logs: true, out_file: './o.log' }],
  ['merge_logs false', { merge_logs: false, out_file: './o.log' }],
] as const)
  same(`mode and log files: ${mode}`, async (side) => {
    await side.must('start', write(side, [{ script: './stay.js', name: 'm', ...app }]));
    return field(side, 'exec_mode', 'pm_out_log_path', 'pm_err_log_path', 'pm_pid_path', 'NODE_APP_INSTANCE');
  });

same('names: of the file, a prefix that is there already, numeric', async (side) => {
  const apps = [
    { script: './stay.js' },
    { script: './stay.js', name: 'shop:x', name_prefix: 'shop' },
    { script: './stay.js', name: '42' },
  ];
  await side.must('start', write(side, apps));
  return names(side);
});

better(
  'name_prefix',
  async (side) => {
    await side.must('start', write(side, [{ script: './stay.js', name: 'x', name_prefix: 'shop' }]));
    return names(side);
  },
  { pm2: ['x'], upkeep: ['shop:x'] },
);

same('append_env_to_name', async (side) => {
  const file = write(side, [{ script: './stay.js', name: 'web', append_env_to_name: true, env_prod: { A: 1 } }]);
  await side.must('start', file, '--env', 'prod');
  return names(side);
});

same('--only with one name and with several', async (side) => {
  const file = write(
    side,
    ['a', 'b', 'c'].map((name) => ({ script: './stay.js', name })),
  );
  await side.must('start', file, '--only', 'a,b');
  const some = await names(side);
  await side.must('restart', file, '--only', 'b');
  return [some, await field(side, 'name', 'restart_time')];
});

better(
  '--only with several names for stop and delete',
  async (side) => {
    const file = write(
      side,
      ['a', 'b', 'c'].map((name) => ({ script: './stay.js', name })),
    );
    await side.must('start', file);
    const { code } = await side.run('delete', file, '--only', 'a,b');
    return [code, await names(side)];
  },
  { pm2: [0, ['a', 'b', 'c']], upkeep: [0, ['c']] },
);

better(
  '--only with a name that is not in the file',
  async (side) => [(await side.run('start', write(side, SIX), '--only', 'ehco')).code, await names(side)],
  { pm2: [0, []], upkeep: [1, []] },
);

same('restart, reload, start again and stop by the file', async (side) => {
  const file = write(side, [SIX[0], { script: './stay.js', name: 'second' }]);
  await side.must('start', file);
  const counts: unknown[] = [];
  for (const verb of ['restart', 'reload', 'start', 'stop', 'startOrRestart'])
    counts.push([(await side.run(verb, file)).code, await field(side, 'name', 'restart_time', 'status')]);
  return counts;
});

same('restart of a file of which nothing is registered starts it', async (side) => {
  return [(await side.run('restart', write(side, [SIX[0]]))).code, await side.summary()];
});

better(
  'an edited number of instances',
  async (side) => {
    const app = (instances: number): string => write(side, [{ script: './stay.js', name: 'n', instances }]);
    await side.must('start', app(1));
    await side.must('restart', app(3));
    const more = (await side.list()).length;
    await side.must('restart', app(2));
    return [more, (await side.list()).length];
  },
  { pm2: [1, 1], upkeep: [3, 2] },
);

better(
  'an edited mode',
  async (side) => {
    const app = (exec_mode: string): string => write(side, [{ script: './stay.js', name: 'n', exec_mode }]);
    await side.must('start', app('fork'));
    await side.must('restart', app('cluster'));
    const [entry] = await side.list();
    const env = entry?.pm2_env ?? {};
    return env.exec_mode;
  },
  { pm2: 'fork_mode', upkeep: 'cluster_mode' },
);

same('autostart: false only registers', async (side) => {
  await side.must('start', write(side, [{ script: './stay.js', name: 'later', autostart: false }]));
  return (await side.list()).map(({ name, pid, pm2_env: { status } }) => [name, pid, status]);
});

better(
  'an app with autostart: false is started on demand',
  async (side) => {
    await side.must('start', write(side, [{ script: './stay.js', name: 'later', autostart: false }]));
    await side.run('start', 'later');
    return (await side.list()).map(({ pm2_env: { status } }) => status);
  },
  { pm2: ['stopped'], upkeep: ['online'] },
);

better(
  'paths of a file in another folder: from the caller, then beside the file',
  async (side) => {
    side.write('deep/own.js', 'setInterval(() => {}, 1e6)');
    const file = side.write('deep/apps.json', JSON.stringify([{ script: './own.js', min_uptime: 100 }]));
    const { code } = await side.run('start', file);
    return [code, await names(side)];
  },
  { pm2: [1, []], upkeep: [0, ['own']] },
);

same('an unknown key is no mistake', async (side) => {
  return [(await side.run('start', write(side, [{ script: './stay.js', mxa_restarts: 3 }]))).code, await names(side)];
});

better(
  'options of the command line beside a file',
  async (side) => {
    const file = write(side, [{ script: './stay.js', name: 'a' }]);
    await side.must('start', file, '--max-memory-restart', '100M', '--name', 'mine');
    return field(side, 'name', 'max_memory_restart');
  },
  { pm2: [['a', null]], upkeep: [['mine', 104_857_600]] },
);

same('a script that is not there', async (side) => {
  return [(await side.run('start', write(side, [{ script: './none.js' }]))).code, await names(side)];
});

same('scripts by extension, by content and by interpreter', async (side) => {
  side.write('wait.sh', 'exec sleep 1000\n');
  side.write('noext', 'setInterval(() => {}, 1e6)\n');
  const apps = [
    { script: './wait.sh', min_uptime: 100 },
    { script: './noext', min_uptime: 100 },
    { script: 'sleep', args: '1000', min_uptime: 100 },
    { script: './wait.sh', name: 'by-sh', interpreter: 'sh', min_uptime: 100 },
  ];
  await side.must('start', write(side, apps));
  return (await field(side, 'name', 'exec_interpreter', 'exec_mode')).map((fields) =>
    (fields as unknown[]).map((value) => (String(value).endsWith('/node') ? 'node' : value)),
  );
});

same('an interpreter that is not there', async (side) => {
  const file = write(side, [{ script: './stay.js', interpreter: 'no-such-program' }]);
  return [(await side.run('start', file)).code, await names(side)];
});

same('cwd: of the app, and of a relative script', async (side) => {
  side.write('deep/keep', '');
  await side.must('start', write(side, [{ script: '../tell.js', cwd: './deep' }]));
  return [(await side.started()).cwd, await field(side, 'pm_cwd', 'pm_exec_path')];
});

better(
  'PWD of an app whose cwd is relative',
  async (side) => {
    side.write('deep/keep', '');
    await side.must('start', write(side, [{ script: '../tell.js', cwd: './deep' }]));
    return (await side.started()).env.PWD;
  },
  { pm2: './deep', upkeep: '<folder>/deep' },
);

better(
  'a number as a name',
  async (side) => [(await side.run('start', write(side, [{ script: './stay.js', name: 42 }]))).code, await names(side)],
  { pm2: [1, []], upkeep: [0, ['42']] },
);

same('two apps of one name are two', async (side) => {
  await side.must('start', 'stay.js', '--name', 'x');
  await side.must('start', 'tell.js', '--name', 'x');
  return side.summary();
});

same('--env with a name is a mistake', async (side) => {
  await side.must('start', 'stay.js', '--name', 'x');
  return (await side.run('restart', 'x', '--env', 'production')).code;
});

same('uid and gid by name', async (side) => {
  await side.must('start', write(side, [{ script: './tell.js', uid: 'root', gid: 'root' }]));
  return [await field(side, 'uid', 'gid'), (await side.started()).env.HOME];
});

same('watch in the record: start, stop, restart', async (side) => {
  const file = write(side, [{ script: './stay.js', name: 'w', watch: true, ignore_watch: ['*'] }]);
  const watch = async (): Promise<unknown> => (await field(side, 'watch'))[0];
  await side.must('start', file);
  const states = [await watch()];
  for (const words of [
    ['stop', 'w'],
    ['restart', file],
    ['restart', 'all'],
    ['stop', 'all'],
  ]) {
    await side.must(...words);
    states.push(await watch());
  }
  return states;
});

same('--watch turns watching on and off', async (side) => {
  const watch = async (): Promise<unknown> => (await field(side, 'watch'))[0];
  await side.must('start', 'stay.js', '--name', 'w', '--watch', '--ignore-watch', '*');
  const states = [await watch()];
  for (const words of [
    ['restart', 'w', '--watch'],
    ['restart', 'w', '--watch'],
    ['stop', 'w'],
    ['start', 'w'],
  ]) {
    await side.must(...words);
    states.push(await watch());
  }
  return states;
});

same('watch: false stays false', async (side) => {
  const file = write(side, [{ script: './stay.js', name: 'w', watch: false, watch_delay: 100 }]);
  await side.must('start', file);
  await side.must('restart', file);
  return field(side, 'watch', 'watch_delay', 'restart_time');
});

const ALL = {
  namespace: 'shop',
  autorestart: false,
  max_restarts: 7,
  min_uptime: 1500,
  restart_delay: 20,
  exp_backoff_restart_delay: 200,
  kill_timeout: 900,
  listen_timeout: 1200,
  treekill: false,
  shutdown_with_message: true,
  cron_restart: '0 0 1 1 *',
  max_memory_restart: '150M',
  watch_delay: 200,
  ignore_watch: ['a', 'b'],
  time: true,
  log_type: 'json',
  disable_logs: true,
  merge_logs: true,
  source_map_support: true,
  vizion: false,
  pmx: false,
  automation: false,
  instance_var: 'N',
  increment_var: 'M',
  filter_env: ['X_'],
  node_args: ['--no-warnings'],
  args: ['one', 'two'],
};

same('every other option stands in the record', async (side) => {
  await side.must('start', write(side, [{ script: './stay.js', name: 'all', ...ALL, min_uptime: '1500' }]));
  return field(side, ...Object.keys(ALL), 'log_date_format', 'username', 'windowsHide');
});

same('the same options by flags', async (side) => {
  const flags = (
    '--name all --namespace shop --no-autorestart --max-restarts 7 --restart-delay 20 --kill-timeout 900 ' +
    '--listen-timeout 1200 --no-treekill --shutdown-with-message --max-memory-restart 150M --time --log-type json ' +
    '--merge-logs --no-vizion --node-args=--no-warnings --filter-env X_ --cron-restart'
  ).split(' ');
  await side.must('start', 'stay.js', ...flags, '0 0 1 1 *', '--', 'one', 'two');
  const kept = Object.keys(ALL).filter(
    (name) => !/watch|min_uptime|disable_logs|source_map|exp_|_var|pmx|auto/.test(name),
  );
  return field(side, ...kept, 'log_date_format');
});

same('log and pid files of names that are no file names', async (side) => {
  await side.must('start', write(side, [{ script: './stay.js', name: 'a b/c:d' }]));
  return field(side, 'pm_out_log_path', 'pm_err_log_path', 'pm_pid_path');
});

same('reload of a file in cluster mode keeps all of them online', async (side) => {
  const file = write(side, [{ script: './stay.js', name: 'c', instances: '3', exec_mode: 'cluster' }]);
  await side.must('start', file);
  const { code } = await side.run('reload', file);
  return [code, await field(side, 'status', 'restart_time', 'exec_mode', 'NODE_APP_INSTANCE')];
});

same('instance numbers over scale: the lowest ids go, free numbers come again', async (side) => {
  const app = { script: './stay.js', name: 's', exec_mode: 'fork', instances: 2, instance_var: 'N' };
  await side.must('start', write(side, [app]));
  const numbers = async (): Promise<unknown> => (await field(side, 'N')).flat();
  const seen = [await numbers()];
  for (const count of ['4', '2', '4']) {
    await side.must('scale', 's', count);
    seen.push(await numbers());
  }
  return seen;
});

same('a changed file restarts, an ignored one does not', async (side) => {
  side.write('app/run.js', "require('node:net').createServer().listen(0, '127.0.0.1')");
  const app = { script: './run.js', name: 'w', cwd: './app', watch: true, ignore_watch: ['noise'] };
  await side.must('start', write(side, [app]));
  const restarts = async (): Promise<number> => Number((await side.one('w')).pm2_env.restart_time);
  let touched = 0;
  // The watcher says when it is ready only by working.
  const first = await until(
    async () => {
      side.write('app/noise', String(touched));
      if (touched++ % 5 === 0) side.write('app/note.txt', String(touched));
      const count = await restarts();
      return count > 0 ? count : undefined;
    },
    () => `${side.which}: a restart`,
  );
  side.write('app/noise', 'again');
  side.write('app/note.txt', 'again');
  await until(
    async () => ((await restarts()) > first ? true : undefined),
    () => `${side.which}: another restart`,
  );
  return [first > 0, (await side.one('w')).pm2_env.status];
});
