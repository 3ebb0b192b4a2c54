/** What is printed of the list: the table, the blocks of -m, `describe`, and the records of `jlist` and `prettylist`. */
import { both } from './both.ts';
import type { Entry, Side } from './side.ts';

const { same, better } = both();

const COLOR = /\u001b\[[0-9;]*m/g;
const tableOf = (text: string): string[] =>
  text
    .replace(COLOR, '')
    .split('\n')
    .filter((line) => /^[┌├│└]/.test(line));
const cellsOf = (line: string): string[] =>
  line
    .split('│')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** Three of all kinds: running, stopped, and a cluster. */
async function mixed(side: Side): Promise<void> {
  await side.must('start', 'stay.js', '--name', 'zeta', '--namespace', 'back');
  await side.must('start', 'stay.js', '--name', 'alpha', '-i', '2');
  await side.must('stop', 'zeta');
}

same('the head and the borders of the table of an empty list', async (side) => tableOf(await side.must('list')));

same('the table: columns, their widths, and the cells that do not change', async (side) => {
  await mixed(side);
  const [top = '', head = '', middle = '', ...rows] = tableOf(await side.must('list'));
  const FIXED = [0, 1, 2, 3, 4, 7, 8, 11, 12];
  const cells = rows.filter((row) => row.startsWith('│')).map((row) => FIXED.map((index) => cellsOf(row)[index]));
  return [top, head, middle, rows.at(-1), cells];
});

same('the table follows every command that changes something', async (side) => {
  const shown: unknown[] = [];
  for (const words of [
    ['start', 'stay.js'],
    ['restart', 'stay'],
    ['stop', 'stay'],
    ['reset', 'stay'],
    ['delete', 'stay'],
  ]) {
    const rows = tableOf(await side.must(...words)).map(cellsOf);
    shown.push([words[0], rows.filter((row) => row.length > 1).map((row) => [row[0], row[1], row[8]])]);
  }
  return shown;
});

better(
  'reload prints the table, too',
  async (side) => {
    await side.must('start', 'stay.js');
    return tableOf(await side.must('reload', 'stay')).length > 0;
  },
  { pm2: false, upkeep: true },
);

for (const name of ['list', 'ls', 'l', 'ps', 'status']) {
  same(`${name} prints the table`, async (side) => tableOf(await side.must(name))[1]);
}

for (const sort of ['name', 'name:desc', 'id', 'id:desc', 'status', 'namespace', 'namespace:desc', 'nonsense']) {
  same(`--sort ${sort}`, async (side) => {
    await side.must('start', 'stay.js', '--name', 'c', '--namespace', 'x');
    await side.must('start', 'stay.js', '--name', 'a', '--namespace', 'y');
    await side.must('start', 'stay.js', '--name', 'b', '--namespace', 'x', '--no-autostart');
    const rows = tableOf(await side.must('list', '--sort', sort)).map(cellsOf);
    return rows.map((row) => row[1]).filter((cell) => /^[abc]$/.test(cell ?? ''));
  });
}

same('the blocks of -m', async (side) => {
  await mixed(side);
  const text = await side.must('list', '-m');
  return text
    .replace(/pid : \d+/g, 'pid : <pid>')
    .replace(/uptime : .*/g, 'uptime : <uptime>')
    .replace(/memory usage : .*/g, 'memory usage : <size>')
    .split('\n')
    .filter((line) => line.includes(' : ') || line.startsWith('+---'));
});

/** Rows of `describe` by label, as far as both sides have them. */
async function described(side: Side, ...words: string[]): Promise<Map<string, string>> {
  const text = await side.must('describe', ...words);
  return new Map(
    tableOf(text)
      .map(cellsOf)
      .filter((cells) => cells.length === 2)
      .map(([label = '', value = '']) => [label, value]),
  );
}

const OF_PM2 =
  'status,name,namespace,version,restarts,script path,script args,error log path,out log path,pid path,interpreter,' +
  'interpreter args,script id,exec cwd,exec mode,node.js version,node env,watch & reload,unstable restarts';

same('describe: the rows of PM2, in its order, with its values', async (side) => {
  await side.must('start', 'stay.js', '--name', 'api', '--node-args', '--no-warnings', '--', 'a', 'b');
  const rows = await described(side, 'api');
  const labels = OF_PM2.split(',');
  return [...rows].filter(([label]) => labels.includes(label));
});

same('describe: rows that stand there only when they are set', async (side) => {
  await side.must('start', 'stay.js', '--max-memory-restart', '300M', '--cron', '0 3 * * *', '-l', 'all.log');
  const rows = await described(side, 'stay');
  return ['max memory restart', 'cron restart', 'entire log path'].map((label) => rows.get(label));
});

same('describe of what is stopped', async (side) => {
  await side.must('start', 'stay.js');
  await side.must('stop', 'stay');
  const rows = await described(side, '0');
  return ['status', 'uptime', 'script id', 'restarts'].map((label) => rows.get(label));
});

/** Every key with the type of its value; what is only the caller's environment left out. */
function shapeOf({ pid, name, pm_id, monit, pm2_env }: Entry): unknown {
  const env = (pm2_env.env ?? {}) as Readonly<Record<string, unknown>>;
  const own = Object.entries(pm2_env).filter(([key]) => !(key in env) || key === 'unique_id');
  return {
    entry: [typeof pid, typeof name, typeof pm_id, typeof monit.memory, typeof monit.cpu],
    record: new Map(own.map(([key, value]) => [key, Array.isArray(value) ? 'array' : typeof value])),
  };
}

const FIELDS =
  'name namespace pm_id unique_id status restart_time unstable_restarts created_at pm_uptime exec_mode exec_interpreter ' +
  'node_args instances NODE_APP_INSTANCE instance_var pm_exec_path pm_cwd pm_out_log_path pm_err_log_path pm_pid_path ' +
  'merge_logs watch autorestart autostart kill_retry_time treekill vizion vizion_running pmx automation windowsHide ' +
  'km_link username filter_env env version node_version axm_actions axm_monitor axm_options axm_dynamic';

const typesOf = async (side: Side): Promise<unknown> => {
  // The version is told by the app, a moment after it is online.
  const [entry] = await side.when((list) => list[0]?.pm2_env.node_version !== undefined, 'its Node version is known');
  if (entry === undefined) throw new Error('no entry');
  const { entry: outer, record } = shapeOf(entry) as { entry: unknown; record: Map<string, string> };
  return [outer, FIELDS.split(' ').map((field) => [field, record.get(field)])];
};

same('jlist: the fields of a fork and their types', async (side) => {
  await side.must('start', 'stay.js');
  return typesOf(side);
});

same('jlist: the fields of a cluster and their types', async (side) => {
  await side.must('start', 'stay.js', '-i', '1');
  return typesOf(side);
});

const VALUES =
  'name namespace pm_id status restart_time unstable_restarts exec_mode exec_interpreter node_args instances ' +
  'NODE_APP_INSTANCE instance_var pm_exec_path pm_cwd cwd pm_out_log_path pm_err_log_path pm_pid_path pm_log_path ' +
  'merge_logs watch autorestart autostart kill_retry_time treekill vizion vizion_running pmx automation windowsHide ' +
  'km_link username filter_env version node_version axm_dynamic args exit_code kill_timeout listen_timeout ' +
  'wait_ready shutdown_with_message max_memory_restart cron_restart restart_delay exp_backoff_restart_delay ' +
  'max_restarts min_uptime stop_exit_codes log_date_format log_type disable_logs time ignore_watch watch_delay';

const values = (name: string, ...args: string[]): void =>
  same(`jlist: values of ${name}`, async (side) => {
    await side.must('start', 'stay.js', ...args);
    const [entry] = await side.when((list) => list[0]?.pm2_env.node_version !== undefined, 'its Node version is known');
    return Object.fromEntries(VALUES.split(' ').map((key) => [key, entry?.pm2_env[key]]));
  });

values('a plain fork');
values('a cluster', '-i', '2');
values('limits', '--max-memory-restart', '200M', '--max-restarts', '4', '-k', '2000', '--listen-timeout', '2500');
values('restarts', '--restart-delay', '300', '--cron', '0 3 * * *', '--no-autorestart');
values('back-off and stop', '--exp-backoff-restart-delay', '100', '--no-treekill', '--shutdown-with-message');
values('logs', '--time', '--log-type', 'json', '--merge-logs', '-l');
values('what is off', '--no-vizion', '--no-automation', '--disable-logs');
values('watching', '--watch', '--ignore-watch', 'node_modules logs', '--watch-delay', '2');
values('words', '--', 'a', 'b');

better(
  'jlist: stop_exit_codes, cwd, and the Node version without the agent',
  async (side) => {
    await side.must('start', 'stay.js', '--stop-exit-codes', '3', '--cwd', '.', '--no-pmx');
    const { stop_exit_codes: codes, cwd, pmx } = (await side.one()).pm2_env;
    return [codes, cwd, pmx];
  },
  { pm2: [3, '.', false], upkeep: [[3], '<folder>', false] },
);

same('jlist: a stopped entry', async (side) => {
  await side.must('start', 'tell.js');
  await side.started();
  await side.must('stop', 'tell');
  const { pid, monit, pm2_env: env } = await side.one();
  return [pid, monit, env.status, env.exit_code, env.restart_time];
});

same('jlist: the environment stands in `env` and flattened', async (side) => {
  await side.runWith({ env: { MY_COLOR: 'red' } }, 'start', 'stay.js');
  const { pm2_env: record } = await side.one();
  return [record.MY_COLOR, (record.env as Readonly<Record<string, string>>).MY_COLOR, record.PM2_HOME];
});

better(
  'jlist: a variable named like a field',
  async (side) => {
    await side.runWith({ env: { exec_mode: 'mine', MY: '1' } }, 'start', 'stay.js', '--name', 'right');
    side.write('eco.json', JSON.stringify([{ name: 'api', script: './stay.js', env: { name: 'renamed' } }]));
    await side.must('start', 'eco.json');
    return (await side.list()).map(({ name }) => name);
  },
  { pm2: ['right', 'renamed'], upkeep: ['right', 'api'] },
);

/** Scripts count words in the inspected list. */
const counted = (word: string): void =>
  same(`prettylist: how often "${word}" stands there`, async (side) => {
    await side.must('start', 'stay.js', '-i', '2');
    await side.must('start', 'stay.js', '--name', 'other');
    await side.must('stop', 'other');
    return (await side.must('prettylist')).split('\n').filter((line) => line.includes(word)).length;
  });

counted("status: 'online'");
counted("status: 'stopped'");
counted('restart_time: 0');
counted("exec_mode: 'cluster_mode'");
counted('pm_id: 0');

same('prettylist is readable by Node, and begins as PM2 writes it', async (side) => {
  await side.must('start', 'stay.js');
  const text = await side.must('prettylist');
  const entries = new Function(`return ${text}`)() as readonly Entry[];
  return [entries.length, entries[0]?.name, text.startsWith('[\n  {\n'), text.endsWith(']')];
});
