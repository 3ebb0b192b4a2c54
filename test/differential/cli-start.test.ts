/** What `start` makes of its words: scripts, programs, commands, files, and what is registered already. */
import { both } from './both.ts';
import type { Side } from './side.ts';

const { same, better } = both();

/** The program as it is registered. */
async function program(side: Side): Promise<unknown> {
  return (await side.list()).map(({ name, pm2_env: env }) => ({
    name,
    script: env.pm_exec_path,
    interpreter: env.exec_interpreter,
    args: env.args ?? [],
    nodeArgs: env.node_args ?? [],
    mode: env.exec_mode,
    cwd: env.pm_cwd,
    namespace: env.namespace,
  }));
}

const registers = (name: string, ...args: string[]): void =>
  same(`registers ${name}`, async (side) => {
    const { code } = await side.run('start', ...args);
    return [code, await program(side)];
  });

registers('a script', 'stay.js');
registers('a script without its extension', 'stay');
registers('a relative path', './stay.js');
registers('arguments behind --', 'tell.js', '--', '-a', 'b c', '--', '-a');
registers('a name', 'stay.js', '--name', 'api');
registers('a namespace', 'stay.js', '--namespace', 'front');
registers('node_args', 'stay.js', '--node-args', '--max-old-space-size=64 --no-warnings');
registers('--interpreter-args', 'stay.js', '--interpreter-args=--no-warnings');
registers('an interpreter', 'stay.js', '--interpreter', 'node');
registers('two instances', 'stay.js', '-i', '2');
registers('two instances in fork mode', 'stay.js', '-i', '2', '-x');
registers('a folder with --cwd', 'stay.js', '--cwd', '.');
registers('several scripts at once', 'stay.js', 'tell.js', '--', 'x');

same('registers a shell command in quotes', async (side) => {
  const { code } = await side.run('start', 'cd . && node stay.js --some words', '--name', 'quoted');
  return [code, await program(side)];
});

better(
  'a command in quotes that needs no shell',
  async (side) => {
    await side.must('start', 'node stay.js --some words', '--name', 'quoted');
    const { exec_interpreter: interpreter, pm_exec_path: script } = (await side.one()).pm2_env;
    return [interpreter, String(script).split('/').at(-1)];
  },
  { pm2: ['none', 'bash'], upkeep: ['node', 'stay.js'] },
);

same('registers a program found in PATH', async (side) => {
  const { code } = await side.run('start', 'tail', '--', '-f', '/dev/null');
  const [entry] = (await program(side)) as readonly { readonly script: string }[];
  return [code, { ...entry, script: entry?.script.endsWith('/tail') }];
});

same('registers python and shell scripts with their interpreters', async (side) => {
  side.write('one.py', 'import time\nwhile True: time.sleep(100)\n');
  side.write('two.sh', 'while true; do sleep 100; done\n');
  const { code } = await side.run('start', 'one.py', 'two.sh');
  return [code, await program(side)];
});

same('the same script again is refused, but not with -f or another name', async (side) => {
  const codes = await side.codes(
    ['start', 'stay.js'],
    ['start', 'stay.js'],
    ['start', 'stay.js', '-f'],
    ['start', 'stay.js', '--name', 'other'],
  );
  return [codes, await side.summary()];
});

same('after a stop, the script, its name and its id start it again', async (side) => {
  await side.must('start', 'stay.js');
  const seen: unknown[] = [];
  for (const word of ['stay.js', 'stay', '0']) {
    await side.must('stop', 'all');
    const { code } = await side.run('start', word);
    seen.push([code, await side.summary()]);
  }
  return seen;
});

same('start of what is online by name or id restarts it', async (side) => {
  await side.must('start', 'stay.js');
  const codes = await side.codes(['start', 'stay'], ['start', '0']);
  return [codes, await side.summary()];
});

same('a second app of the same name with another script is registered', async (side) => {
  const codes = await side.codes(['start', 'stay.js', '--name', 'x'], ['start', 'tell.js', '--name', 'x']);
  return [codes, await side.summary()];
});

same('--no-autostart registers without starting', async (side) => {
  const { code } = await side.run('start', 'stay.js', '--no-autostart');
  return [code, await side.summary()];
});

same('the default config file of the folder', async (side) => {
  side.write('ecosystem.config.js', "module.exports = { apps: [{ name: 'from-file', script: './stay.js' }] };");
  const { code } = await side.run('start');
  return [code, await side.summary()];
});

same('--only and --env of a config file', async (side) => {
  side.write(
    'eco.config.js',
    `module.exports = { apps: [
      { name: 'a', script: './tell.js', env: { MODE: 'base' }, env_prod: { MODE: 'prod' } },
      { name: 'b', script: './stay.js' }, { name: 'c', script: './stay.js' } ] };`,
  );
  const { code } = await side.run('start', 'eco.config.js', '--only', 'a,c', '--env', 'prod');
  const { env } = await side.started();
  return [code, await side.summary(), env.MODE];
});

same('a config file started twice restarts', async (side) => {
  side.write('eco.json', JSON.stringify([{ name: 'a', script: './stay.js' }]));
  const codes = await side.codes(['start', 'eco.json'], ['start', 'eco.json']);
  return [codes, await side.summary()];
});

same('unknown keys of a config file do not stop it', async (side) => {
  side.write('eco.json', JSON.stringify({ apps: [{ name: 'a', script: './stay.js', max: 3, options: {} }] }));
  const { code } = await side.run('start', 'eco.json');
  return [code, await side.summary()];
});

same('malformed config files start nothing', async (side) => {
  side.write('bad.json', '{ "apps": [');
  side.write('bad.config.js', 'module.exports = {');
  side.write('bad.yaml', 'apps:\n  - name: [');
  const codes = await side.codes(['start', 'bad.json'], ['start', 'bad.config.js'], ['start', 'bad.yaml']);
  return [codes, await side.summary()];
});

better(
  'an app of the file that cannot start does not keep the others down',
  async (side) => {
    side.write(
      'eco.json',
      JSON.stringify({
        apps: [
          { name: 'bad', script: './missing.js' },
          { name: 'good', script: './stay.js' },
        ],
      }),
    );
    const { code } = await side.run('start', 'eco.json');
    return [code, (await side.summary()).map(({ name, status }) => [name, status])];
  },
  { pm2: [1, [['good', 'online']]], upkeep: [1, []] },
);

same('-w writes the options beside it', async (side) => {
  await side.must('start', 'stay.js', '--name', 'api', '-w');
  const { name, exec_mode: mode } = JSON.parse(side.read('api-pm2.json')) as Readonly<Record<string, unknown>>;
  return [side.newFiles(), name, mode ?? 'fork'];
});

better(
  'an app that dies at once',
  async (side) => {
    const { code, stderr } = await side.run('start', 'die.js', '--no-autorestart');
    return [code, stderr.includes('exit code 1')];
  },
  { pm2: [0, false], upkeep: [1, true] },
);

better(
  '`--watch app.js`: the script is not swallowed',
  async (side) => [(await side.run('start', '--watch', 'stay.js')).code, (await side.list()).length],
  { pm2: [1, 0], upkeep: [0, 1] },
);

better(
  'a list of stop_exit_codes on the command line',
  async (side) => {
    const { code } = await side.run('start', 'stay.js', '--stop-exit-codes', '0 3');
    return [code, (await side.list()).map(({ pm2_env }) => pm2_env.stop_exit_codes)];
  },
  { pm2: [1, []], upkeep: [0, [[0, 3]]] },
);

better(
  '--watch-delay with a unit',
  async (side) => [(await side.run('start', 'stay.js', '--watch-delay', '400ms')).code],
  { pm2: [1], upkeep: [0] },
);

same('what the app sees: arguments, folder, number and id', async (side) => {
  await side.must('start', 'tell.js', '--name', 'seer', '--node-args', '--no-warnings', '--', 'one', 'two');
  const { args, execArgv, cwd, env } = await side.started();
  const { name, namespace, pm_id, NODE_APP_INSTANCE, exec_mode, restart_time, status, PM2_HOME } = env;
  return { args, execArgv, cwd, name, namespace, pm_id, NODE_APP_INSTANCE, exec_mode, restart_time, status, PM2_HOME };
});

same('files of the home: pid file and logs', async (side) => {
  await side.must('start', 'stay.js', '--name', 'filed');
  const { pid, pm2_env: env } = await side.one();
  const pidFile = side.read(String(env.pm_pid_path)).trim() === String(pid);
  await side.must('stop', 'filed');
  return [env.pm_pid_path, env.pm_out_log_path, env.pm_err_log_path, pidFile, side.read(String(env.pm_pid_path))];
});

same('-p, -o, -e and -l name the files', async (side) => {
  await side.must('start', 'stay.js', '-p', 'x.pid', '-o', 'o.log', '-e', 'e.log', '-l', 'all.log');
  const { pm2_env: env } = await side.one();
  return [env.pm_pid_path, env.pm_out_log_path, env.pm_err_log_path, env.pm_log_path];
});

same('PM2_DEFAULT_LOG_PATH and PM2_DEFAULT_PID_PATH move the files', async (side) => {
  const env = { PM2_DEFAULT_LOG_PATH: `${side.folder}/my-logs`, PM2_DEFAULT_PID_PATH: `${side.folder}/my-pids` };
  const { code } = await side.runWith({ env }, 'start', 'stay.js');
  const { pm2_env: record } = await side.one();
  return [code, record.pm_out_log_path, record.pm_err_log_path, record.pm_pid_path];
});
