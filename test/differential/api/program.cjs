// One program against the API of PM2, run once beside the real one and once beside Upkeep's. It prints what each call
// answered, reduced to what programs rely on.
const [, , modulePath, folder] = process.argv;
const pm2 = require(modulePath);
const { join } = require('node:path');
const { writeFileSync } = require('node:fs');

const script = join(folder, 'stay.js');
const config = join(folder, 'ecosystem.json');
writeFileSync(
  config,
  JSON.stringify({
    apps: [
      { name: 'one', script },
      { name: 'two', script, env_dev: { STAGE: 'dev' } },
    ],
  }),
);

const DEADLINE_MS = 15_000;
/** What the callback got; a call that never calls back is told as such. */
const call = (run) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, DEADLINE_MS, { never: true });
    const done = (error, value) => {
      clearTimeout(timer);
      resolve({ error: error ?? null, value });
    };
    try {
      run(done);
    } catch (error) {
      done(error);
    }
  });
const remote = (method, given) => call((cb) => pm2.Client.executeRemote(method, given, cb));

const isError = ({ error, never }) =>
  never ? 'never calls back' : Array.isArray(error) ? 'a list' : error instanceof Error ? 'an Error' : String(error);
/** The first word of a message, by which programs compare. */
const message = (answer) => (answer.error instanceof Error ? answer.error.message : isError(answer));
const started = ({ error, value }) =>
  error
    ? { error: String(error.message ?? error) }
    : value.map((item) => ({
        pid: typeof (item.pid ?? item.process.pid),
        process: typeof item.process.pid,
        name: item.pm2_env.name,
        pm_id: typeof item.pm2_env.pm_id,
        mode: item.pm2_env.exec_mode,
        status: item.pm2_env.status,
        restarts: item.pm2_env.restart_time,
      }));
const compact = ({ error, value }) =>
  error
    ? { error: String(error.message ?? error) }
    : value.map(({ pm2_env, ...item }) => ({
        ...item,
        pm_id: typeof item.pm_id,
        keys: Object.keys(item).sort(),
        inner: Object.keys(pm2_env).sort(),
        env: typeof pm2_env.env,
      }));
const typesOf = (entry, keys) =>
  Object.fromEntries(keys.map((key) => [key, Array.isArray(entry[key]) ? 'array' : typeof entry[key]]));

const cases = {
  'connect answers with sockets and home': async () => {
    const { error, value } = await call((cb) => pm2.connect(cb));
    return [
      error,
      typesOf(value, ['new_pm2_instance', 'rpc_socket_file', 'pub_socket_file', 'pm2_home']),
      value.new_pm2_instance,
    ];
  },
  'connect again finds the daemon': async () => (await call((cb) => pm2.connect(cb))).value.new_pm2_instance,
  'properties of the object': async () => [
    typeof pm2.pm2_home,
    pm2.daemon_mode,
    pm2.cwd === process.cwd(),
    typeof pm2.Client,
    typeof pm2._conf,
    typeof pm2.custom,
    process.env.PM2_PROGRAMMATIC,
  ],
  'start of an object': async () => started(await call((cb) => pm2.start({ script, name: 'a' }, cb))),
  'start of the same script under the same name': async () =>
    message(await call((cb) => pm2.start(script, { name: 'a' }, cb))),
  'start of an object that is there restarts it': async () =>
    compact(await call((cb) => pm2.start({ script, name: 'a' }, cb))),
  'start of a name that is there restarts it': async () => compact(await call((cb) => pm2.start('a', cb))),
  'start with force adds one': async () => {
    const answer = started(await call((cb) => pm2.start(script, { name: 'a', force: true }, cb)));
    const { value } = await call((cb) => pm2.list(cb));
    return [answer.length, value.length];
  },
  'start of a cluster': async () =>
    started(await call((cb) => pm2.start({ script, name: 'c', instances: 2, exec_mode: 'cluster' }, cb))),
  'start of a script with options': async () => started(await call((cb) => pm2.start(script, { name: 's' }, cb))),
  'start keeps cwd': async () => {
    const { value } = await call((cb) => pm2.start({ script: 'stay.js', name: 'w', cwd: folder }, cb));
    return value[0].pm2_env.pm_cwd === folder && value[0].pm2_env.pm_exec_path === script;
  },
  'start of a script that is not there': async () => isError(await call((cb) => pm2.start(join(folder, 'no.js'), cb))),
  'start of an object whose script is not there': async () =>
    isError(await call((cb) => pm2.start({ script: join(folder, 'no.js') }, cb))),
  'start of an object without a script': async () => isError(await call((cb) => pm2.start({}, cb))),
  'start with an option that cannot be used': async () =>
    isError(await call((cb) => pm2.start({ script, name: 'bad', max_memory_restart: 'x' }, cb))),
  'start of a config file with only': async () =>
    (await call((cb) => pm2.start(config, { only: 'one' }, cb))).value
      ?.filter(Boolean)
      .map((item) => item.pm2_env.name)
      .slice(0, 1),
  'start of a config file': async () => (await call((cb) => pm2.start(config, cb))).error,
  'start of a config file with env': async () => {
    await call((cb) => pm2.start(config, { env: 'dev', updateEnv: true }, cb));
    const { value } = await call((cb) => pm2.describe('two', cb));
    return value[0].pm2_env.STAGE;
  },
  'restart by name': async () => compact(await call((cb) => pm2.restart('s', cb))),
  'restart by id with updateEnv': async () => {
    const { value } = await call((cb) => pm2.describe('s', cb));
    process.env.FRESH = 'yes';
    const answer = compact(await call((cb) => pm2.restart(value[0].pm_id, { updateEnv: true }, cb)));
    const after = (await call((cb) => pm2.describe('s', cb))).value[0].pm2_env.FRESH;
    return [answer, after];
  },
  'restart without updateEnv keeps the environment': async () => {
    process.env.FRESH = 'no';
    await call((cb) => pm2.restart('s', cb));
    return (await call((cb) => pm2.describe('s', cb))).value[0].pm2_env.FRESH;
  },
  'restart of what is not there': async () => message(await call((cb) => pm2.restart('nobody', cb))),
  'restart with env and a name': async () => isError(await call((cb) => pm2.restart('s', { env: 'production' }, cb))),
  'reload of a fork app': async () => compact(await call((cb) => pm2.reload('s', cb))),
  'reload of a cluster': async () => {
    const answer = await call((cb) => pm2.reload('c', cb));
    return answer.value.map(({ pm_id, status, restart_time }) => ({ pm_id: typeof pm_id, status, restart_time }));
  },
  'stop by name': async () => compact(await call((cb) => pm2.stop('s', cb))),
  'start of what is stopped': async () => compact(await call((cb) => pm2.start('s', cb))),
  'stop of an id that is not there': async () => message(await call((cb) => pm2.stop(9999, cb))),
  'stop of a name that is not there': async () => message(await call((cb) => pm2.stop('nobody', cb))),
  'delete of a name that is not there': async () => message(await call((cb) => pm2.delete('nobody', cb))),
  'describe of what is not there': async () => (await call((cb) => pm2.describe('nobody', cb))).value,
  'describe of a name': async () => {
    const { value } = await call((cb) => pm2.describe('s', cb));
    return [
      value.length,
      typesOf(value[0], ['pid', 'name', 'pm_id', 'monit', 'pm2_env']),
      typesOf(value[0].monit, ['memory', 'cpu']),
    ];
  },
  'list gives entries': async () => {
    const { value } = await call((cb) => pm2.list(cb));
    return [value.map((entry) => entry.name).sort(), typesOf(value[0], ['pid', 'name', 'pm_id', 'monit', 'pm2_env'])];
  },
  'the record in list': async () =>
    typesOf((await call((cb) => pm2.list(cb))).value[0].pm2_env, [
      'name',
      'namespace',
      'status',
      'restart_time',
      'unstable_restarts',
      'pm_uptime',
      'created_at',
      'exec_mode',
      'exec_interpreter',
      'node_args',
      'pm_exec_path',
      'pm_cwd',
      'pm_out_log_path',
      'pm_err_log_path',
      'pm_pid_path',
      'env',
      'axm_actions',
      'axm_monitor',
      'axm_options',
      'axm_dynamic',
      'vizion',
      'autorestart',
      'username',
      'version',
      'unique_id',
    ]),
  getProcessIdByName: async () => (await call((cb) => pm2.getProcessIdByName('c', cb))).value.length,
  'getPID of a name': async () => (await call((cb) => pm2.getPID('c', cb))).value.map((pid) => typeof pid),
  'getPID of a name that is not there': async () => (await call((cb) => pm2.getPID('nobody', cb))).value,
  'scale to a number': async () => (await call((cb) => pm2.scale('c', 3, cb))).value,
  'scale by a difference': async () => {
    await call((cb) => pm2.scale('c', '+1', cb));
    return (await call((cb) => pm2.getProcessIdByName('c', cb))).value.length;
  },
  'scale to the same number': async () => message(await call((cb) => pm2.scale('c', 4, cb))),
  'scale of what is not there': async () => message(await call((cb) => pm2.scale('nobody', 2, cb))),
  'reset by name': async () => {
    const { value } = await call((cb) => pm2.reset('s', cb));
    return [value, (await call((cb) => pm2.describe('s', cb))).value[0].pm2_env.restart_time];
  },
  'reset of what is not there': async () => message(await call((cb) => pm2.reset('nobody', cb))),
  sendSignalToProcessName: async () =>
    Array.isArray((await call((cb) => pm2.sendSignalToProcessName('SIGCONT', 's', cb))).value),
  'sendSignalToProcessName to what is not there': async () =>
    isError(await call((cb) => pm2.sendSignalToProcessName('SIGCONT', 'nobody', cb))),
  'getVersion is text': async () => typeof (await call((cb) => pm2.getVersion(cb))).value,
  ping: async () => (await call((cb) => pm2.ping(cb))).value,
  dump: async () => (await call((cb) => pm2.dump(cb))).value,
  'flush gives the list': async () => Array.isArray((await call((cb) => pm2.flush('s', cb))).value),
  reloadLogs: async () => (await call((cb) => pm2.reloadLogs(cb))).value,
  'sendDataToProcessId without a topic': async () =>
    message(await call((cb) => pm2.sendDataToProcessId(0, { data: {} }, cb))),
  'sendDataToProcessId to an id that is not there': async () =>
    message(await call((cb) => pm2.sendDataToProcessId(9999, { type: 'process:msg', topic: 't', data: {} }, cb))),
  'sendDataToProcessId, and the answer on the bus': async () => {
    const { value: bus } = await call((cb) => pm2.launchBus(cb));
    const id = (await call((cb) => pm2.getProcessIdByName('s', cb))).value[0];
    const heard = call((cb) => bus.on('process:msg', (packet) => cb(null, packet)));
    // The subscription of a fresh bus takes its time on one of the sides: ask until it is answered.
    let sent;
    const asking = setInterval(() => {
      pm2.sendDataToProcessId(id, { type: 'process:msg', topic: 'ask', data: { word: 'hello' } }, (_error, value) => {
        sent = value;
      });
    }, 200);
    const { value } = await heard;
    clearInterval(asking);
    bus.off('process:msg');
    return [
      { success: sent.success, topic: sent.data.topic, id: sent.data.id === id },
      value.data ?? value.raw.data,
      typeof value.at,
      value.process.name,
    ];
  },
  'a pattern on the bus hears every event with its name': async () => {
    const { value: bus } = await call((cb) => pm2.launchBus(cb));
    const names = new Set();
    const done = call((cb) =>
      bus.on('*', (name, packet) => {
        if (name === 'process:event' && packet.process.name === 's') names.add(`${packet.event} ${packet.manually}`);
        if (names.has('restart true') && names.has('exit false') && names.has('online false')) cb(null, null);
      }),
    );
    const restarting = setInterval(() => pm2.restart('s', () => {}), 1500);
    const { never } = await done;
    clearInterval(restarting);
    bus.off('*');
    return never ? [...names] : 'exit, online, restart';
  },
  sendLineToStdin: async () => {
    const id = (await call((cb) => pm2.getProcessIdByName('s', cb))).value[0];
    const { value } = await call((cb) => pm2.sendLineToStdin(id, 'hello', cb));
    return { ...value, pm_id: typeof value.pm_id };
  },
  'sendLineToStdin to an id that is not there': async () =>
    message(await call((cb) => pm2.sendLineToStdin(9999, 'x', cb))),
  'trigger of an action that is not there': async () => isError(await call((cb) => pm2.trigger('s', 'nothing', cb))),
  'trigger of an app that is not there': async () => isError(await call((cb) => pm2.trigger('nobody', 'nothing', cb))),
  getExposedMethods: async () => {
    const { value } = await call((cb) => pm2.Client.getExposedMethods(cb));
    return ['ping', 'getMonitorData', 'restartProcessId', 'msgProcess', 'sendLineToStdin'].map((name) => [
      name,
      value[name]?.name,
    ]);
  },
  'executeRemote ping': async () => (await remote('ping', {})).value,
  'executeRemote getMonitorData': async () =>
    typesOf((await remote('getMonitorData', {})).value[0], ['pid', 'name', 'pm_id', 'monit', 'pm2_env']),
  'executeRemote stop, start, restart and reset by id': async () => {
    const id = (await call((cb) => pm2.getProcessIdByName('s', cb))).value[0];
    const seen = [];
    seen.push((await remote('stopProcessId', id)).value.pm2_env.status);
    seen.push((await remote('startProcessId', id)).value.pm2_env.status);
    seen.push((await remote('restartProcessId', { id, env: {} })).value.pm2_env.status);
    seen.push(Array.isArray((await remote('resetMetaProcessId', id)).value));
    return seen;
  },
  'executeRemote of an id that is not there': async () => message(await remote('stopProcessId', 9999)),
  'executeRemote of a method that is not there': async () => message(await remote('nothing', {})),
  '_operate by the name of an action': async () => {
    const { value } = await call((cb) => pm2._operate('restartProcessId', 's', {}, cb));
    return value.map((item) => item.name ?? item.pm2_env.name);
  },
  'actionFromJson stops the apps of a file': async () => {
    const answer = await call((cb) => pm2.actionFromJson('stopProcessId', config, {}, cb));
    const { value } = await call((cb) => pm2.list(cb));
    return answer.never
      ? 'never calls back'
      : value.filter((one) => ['one', 'two'].includes(one.name)).map((one) => one.pm2_env.status);
  },
  'delete by a config file': async () => {
    await call((cb) => pm2.delete(config, cb));
    return (await call((cb) => pm2.list(cb))).value.filter((one) => ['one', 'two'].includes(one.name)).length;
  },
  'delete by name': async () => compact(await call((cb) => pm2.delete('s', cb))),
  'delete all': async () => isError(await call((cb) => pm2.delete('all', cb))),
  'delete all of an empty list': async () => message(await call((cb) => pm2.delete('all', cb))),
  'stop all of an empty list': async () => isError(await call((cb) => pm2.stop('all', cb))),
  'list of an empty list': async () => (await call((cb) => pm2.list(cb))).value,
  'dump of an empty list': async () => isError(await call((cb) => pm2.dump(cb))),
  'dump of an empty list with force': async () => (await call((cb) => pm2.dump(true, cb))).value,
  'monit cannot be called': async () => isError(await call((cb) => pm2.monit(cb))),
  kill: async () => (await call((cb) => pm2.kill(cb))).value,
};

(async () => {
  const seen = {};
  for (const [name, run] of Object.entries(cases)) {
    seen[name] = await run().catch((error) => `the case threw: ${error.message}`);
  }
  // On a line of its own: one of the sides prints by itself.
  process.stdout.write(`\nSEEN ${JSON.stringify(seen)}\n`, () => process.exit(0));
})();
