/** `upkeep/pm2` as a program uses it: callbacks and promises, its line to the daemon, what it starts. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test as plain } from 'vitest';
import { pathsOf } from '../../src/platform/paths.ts';
import { apiOf, type Pm2, runProgram } from '../helpers/pm2-api.ts';
import { Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const STAY = 'setInterval(() => {}, 1000);\n';

describe('calls of one program', () => {
  let rig: Rig;
  let pm2: Pm2;
  beforeAll(() => {
    rig = new Rig();
    rig.write('stay.js', STAY);
    pm2 = apiOf(rig);
  });
  afterAll(() => rig.dispose());

  plain('start works without connect; a relative script is looked up from cwd', async () => {
    expect(pm2.cwd).toBe(rig.root);
    expect(pm2.daemon_mode).toBe(true);
    const [item] = await pm2.start({ script: 'stay.js', name: 'first' });
    expect(item).toMatchObject({
      pid: expect.any(Number),
      pm2_env: { name: 'first', status: 'online', pm_cwd: rig.root },
    });
    expect(item?.process?.pid).toBe(item?.pid);
    expect((await rig.one('first')).pid).toBe(item?.pid);
    await pm2.delete('first');
  });

  plain('a callback and a promise give the same', async () => {
    await pm2.start({ script: 'stay.js', name: 'both' });
    const promised = await pm2.describe('both');
    const called = await new Promise((resolve, reject) => {
      const returned: unknown = pm2.describe('both', (error, value) => (error ? reject(error) : resolve(value)));
      expect(returned).toBeUndefined();
    });
    const stable = (entries: unknown): unknown =>
      (entries as { pid: number; name: string }[]).map(({ pid, name }) => ({ pid, name }));
    expect(stable(called)).toEqual(stable(promised));
    await pm2.delete('both');
  });

  plain('as many items as instances, with force too', async () => {
    expect(await pm2.start({ script: 'stay.js', name: 'many', instances: 2 })).toHaveLength(2);
    expect(await pm2.start({ script: 'stay.js', name: 'many', instances: 2, force: true })).toHaveLength(2);
    expect(await pm2.stop('many')).toHaveLength(4);
    expect((await pm2.list()).filter((one) => one.name === 'many')).toHaveLength(4);
    await pm2.delete('many');
  });

  plain('several mistakes are one Error with all of them, and nothing is started', async () => {
    const apps = [{ script: 'missing-1.js' }, { script: 'missing-2.js' }, { script: 'stay.js', name: 'fine' }];
    const error = await pm2.start(apps).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    const { errors, code } = error as { errors: Error[]; code: string };
    expect(code).toBe('BAD_CONFIG');
    expect(errors.map(({ message }) => message.match(/missing-\d\.js/)?.[0])).toEqual(['missing-1.js', 'missing-2.js']);
    expect(await pm2.describe('fine')).toEqual([]);
  });

  plain('start answers as soon as the process runs, and says how it is when it does not stay', async () => {
    rig.write('die.js', 'process.exit(3);\n');
    const [item] = await pm2.start({ script: 'die.js', name: 'die', max_restarts: 1, min_uptime: 60_000 });
    expect(item?.pm2_env.name).toBe('die');
    await rig.when('die', ({ status }) => status === 'errored', 'to be given up');
    await pm2.delete('die');
  });

  plain('start of an app with wait_ready answers when it is ready', async () => {
    rig.write(
      'ready.js',
      "require('node:fs').writeFileSync('said', ''); process.send('ready'); setInterval(() => {}, 1000);\n",
    );
    const [item] = await pm2.start({ script: 'ready.js', name: 'ready', wait_ready: true, listen_timeout: 20_000 });
    expect(item?.pm2_env.status).toBe('online');
    expect(existsSync(`${rig.root}/said`)).toBe(true);
    await pm2.delete('ready');
  });

  plain('restart, reload and reload of a cluster count one each, on all four', async () => {
    const app = {
      script: 'stay.js',
      name: 'four',
      exec_mode: 'cluster',
      instances: 4,
      ...{ min_healthy: 50, min_uptime: 100 },
    };
    await pm2.start(app);
    const counts = async (): Promise<unknown[]> => (await pm2.describe('four')).map((one) => one.pm2_env?.restart_time);
    await pm2.restart('four');
    expect(await counts()).toEqual([1, 1, 1, 1]);
    await pm2.reload('four');
    expect(await counts()).toEqual([2, 2, 2, 2]);
    const items = await pm2.reload('four');
    expect(await counts()).toEqual([3, 3, 3, 3]);
    // The new ones, not what they took the place of.
    expect(items.map(({ status, restart_time }) => ({ status, restart_time }))).toEqual(
      Array(4).fill({ status: 'online', restart_time: 3 }),
    );
    await pm2.delete('four');
  });

  plain('dump, resurrect and clearDump always answer', async () => {
    await expect(pm2.dump()).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await pm2.resurrect()).toEqual([]);
    await pm2.start({ script: 'stay.js', name: 'kept' });
    expect(await pm2.dump()).toEqual({ success: true });
    await pm2.delete('kept');
    expect((await pm2.resurrect()).map((one) => one.name)).toEqual(['kept']);
    await pm2.delete('all');
    expect(await pm2.clearDump()).toEqual({ success: true });
    expect(await pm2.resurrect()).toEqual([]);
  });

  plain('an action is called, and its answers come back', async () => {
    rig.write(
      'actions.js',
      `process.send({ type: 'axm:action', data: { action_name: 'double', action_type: 'custom', arity: 2 } });
      process.on('message', (call) => {
        if (call.msg === 'double') process.send({ type: 'axm:reply', data: { action_name: 'double', return: call.opts * 2 } });
        if (call === 'double') process.send({ type: 'axm:reply', data: { action_name: 'double', return: 0 } });
      });
      setInterval(() => {}, 1000);`,
    );
    await pm2.start({ script: 'actions.js', name: 'actions' });
    await until(
      async () =>
        ((await pm2.describe('actions'))[0]?.pm2_env as { axm_actions?: unknown[] })?.axm_actions?.length || undefined,
      () => 'the action to be offered',
    );
    const replies = await pm2.trigger('actions', 'double', 21);
    expect(replies).toMatchObject([
      { at: expect.any(Number), process: { name: 'actions' }, data: { action_name: 'double', return: 42 } },
    ]);
    expect(await pm2.msgProcess({ name: 'actions', msg: 'double' })).toEqual({ process_count: 1, success: true });
    await expect(pm2.trigger('actions', 'nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(pm2.trigger('nobody', 'double')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await pm2.delete('actions');
  });

  plain('remote calls: a duplicate, the machine, the report', async () => {
    const [item] = await pm2.start({ script: 'stay.js', name: 'twin' });
    const twin = await pm2.Client.executeRemote('duplicateProcessId', item?.pm2_env.pm_id);
    expect(twin.pm2_env).toMatchObject({ name: 'twin', status: 'online' });
    expect(twin.pm2_env.pm_id).not.toBe(item?.pm2_env.pm_id);
    const { system, processes } = await pm2.Client.executeRemote('getSystemData', {});
    expect(system.memory.total).toBeGreaterThan(system.memory.free);
    expect(processes).toHaveLength(2);
    expect(await pm2.Client.executeRemote('getReport', {})).toMatchObject({
      managed_apps: 2,
      node_version: expect.any(String),
    });
    await pm2.delete('twin');
  });

  plain('the object behind Client', async () => {
    const { Client } = pm2;
    const answer = <T>(run: (done: (...args: readonly unknown[]) => void) => void): Promise<T> =>
      new Promise((resolve) => run((...args) => resolve(args as T)));
    expect(await answer((done) => Client.start(done))).toMatchObject([null, { new_pm2_instance: false }]);
    expect(await answer((done) => Client.pingDaemon(done))).toEqual([true]);
    expect(await answer((done) => Client.executeRemote('ping', {}, done))).toEqual([null, { msg: 'pong' }]);
    const [, methods] = await answer<[null, object]>((done) => Client.getExposedMethods(done));
    expect(Object.keys(methods)).toContain('getMonitorData');
    const [, bus, socket] = await answer<unknown[]>((done) => Client.launchBus(done as never));
    expect([typeof (bus as { on: unknown }).on, typeof (socket as { close: unknown }).close]).toEqual([
      'function',
      'function',
    ]);
    expect(await answer((done) => Client.disconnectBus(done))).toEqual([null, undefined]);
    await answer((done) => Client.killDaemon(done));
    expect(await pm2.update()).toEqual({ success: true });
    expect(await answer((done) => Client.pingDaemon(done))).toEqual([true]);
    await pm2.kill();
    expect(await answer((done) => Client.pingDaemon(done))).toEqual([false]);
  });

  plain('what is not part of the API says so, and what to do', async () => {
    const { dashboard, link } = pm2 as unknown as Record<string, () => Promise<unknown>>;
    await expect(dashboard?.()).rejects.toMatchObject({
      message: expect.stringContaining('dashboard'),
      hint: expect.any(String),
    });
    await expect(link?.()).rejects.toMatchObject({ message: expect.stringContaining('vendor service') });
  });

  plain('attach takes the id of a process', async () => {
    await expect(pm2.attach('name')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  plain('update replaces the daemon; processes and the API object go on', async () => {
    const [item] = await pm2.start({ script: 'stay.js', name: 'goes-on' });
    const before = await rig.daemonPid();
    expect(await pm2.update()).toEqual({ success: true });
    expect(await rig.daemonPid()).not.toBe(before);
    expect((await pm2.describe('goes-on'))[0]?.pid).toBe(item?.pid);
    await pm2.delete('goes-on');
  });
});

describe('a program of its own', () => {
  test('ends after disconnect; its app goes on, and nothing is printed', async ({ rig }) => {
    rig.write('stay.js', STAY);
    const { code, stdout, stderr } = await runProgram(
      rig,
      `await pm2.start({ script: 'stay.js', name: 'left' });
       await pm2.getProcessIdByName('left'); await pm2.env(0); await pm2.list(); await pm2.reload('left');
       await pm2.launchBus(); await pm2.disconnect();`,
    ).ended;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await rig.one('left')).status).toBe('online');
  });

  test('a failed call without a callback does not end it; what a callback throws does', async ({ rig }) => {
    const calm = await runProgram(
      rig,
      "pm2.delete('nobody'); pm2.stop('nobody'); await pm2.list(); console.log('still here'); pm2.disconnect();",
    ).ended;
    expect(calm).toMatchObject({ code: 0, stdout: 'still here\n' });
    const thrown = await runProgram(
      rig,
      `process.on('uncaughtException', (error) => { console.log('caught', error.message); pm2.disconnect(); });
       process.on('unhandledRejection', () => console.log('a rejection'));
       pm2.list(() => { throw new Error('from a callback'); });`,
    ).ended;
    expect(thrown).toMatchObject({ code: 0, stdout: 'caught from a callback\n' });
  });

  test('disconnect while a call is on its way: the call is answered, then the program ends', async ({ rig }) => {
    rig.write('stay.js', STAY);
    const { code, stdout } = await runProgram(
      rig,
      `pm2.start({ script: 'stay.js', name: 'late' }, (error, [item]) => console.log(error, item.pm2_env.name));
       pm2.disconnect(() => console.log('ended'));`,
    ).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'null late\nended\n' });
  });

  test('methods work however they are taken off the module; requiring it makes no folder', async ({ rig }) => {
    const { stdout, code } = await runProgram(
      rig,
      `const before = require('node:fs').existsSync(pm2.pm2_home);
       const { list, disconnect, ping } = pm2;
       const spread = { ...pm2 };
       console.log(before, (await list()).length, (await ping()).msg, typeof spread.start, process.env.PM2_PROGRAMMATIC);
       disconnect();`,
    ).ended;
    expect({ stdout, code }).toEqual({ stdout: 'false 0 pong function true\n', code: 0 });
  });

  test('import gives the object and its methods by name', async ({ rig }) => {
    const file = rig.write(
      'program.mjs',
      `import pm2, { list, disconnect, custom } from ${JSON.stringify(`${import.meta.dirname}/../../dist/pm2/index.mjs`)};
       console.log((await list()).length, list === pm2.list, new custom().pm2_home === pm2.pm2_home);
       await disconnect();`,
    );
    const ended = await runProgram(rig, `await import(${JSON.stringify(file)});`).ended;
    expect(ended).toMatchObject({ code: 0, stdout: '0 true true\n' });
  });

  test('with connect(true) the daemon and its apps end with it, even if it is killed', async ({ rig }) => {
    rig.write('stay.js', STAY);
    const program = runProgram(
      rig,
      `const answer = await pm2.connect(true);
       await pm2.start({ script: 'stay.js', name: 'tied' });
       console.log(JSON.stringify([answer.new_pm2_instance, answer.daemon_mode, pm2.daemon_mode]));`,
    );
    await until(
      () => (program.output().endsWith('\n') ? true : undefined),
      () => 'the program to have started its app',
    );
    expect(JSON.parse(program.output())).toEqual([true, false, false]);
    const { pid } = await rig.one('tied');
    program.kill('SIGKILL');
    await until(
      () => (existsSync(`/proc/${pid}`) || existsSync(rig.paths.rpcSocket) ? undefined : true),
      () => 'the app and its daemon to be gone',
    );
  });

  test('connect(true) beside a daemon that lives leaves it alone', async ({ rig }) => {
    await rig.must('ping');
    const before = await rig.daemonPid();
    const { stdout } = await runProgram(
      rig,
      'console.log((await pm2.connect(true)).new_pm2_instance); await pm2.disconnect();',
    ).ended;
    expect(stdout).toBe('false\n');
    expect(await rig.daemonPid()).toBe(before);
  });

  test('independent: a home of its own, whose apps end with it', async ({ rig }) => {
    rig.write('stay.js', STAY);
    const program = runProgram(
      rig,
      `let refused; try { new pm2.custom({ independent: true, pm2_home: '/x' }); } catch (error) { refused = error.message; }
       const own = new pm2.custom({ independent: true });
       await own.start({ script: 'stay.js', name: 'alone' });
       const [one] = await own.list();
       console.log(JSON.stringify({ home: own.pm2_home, mode: own.daemon_mode, pid: one.pid, refused }));
       await own.disconnect();`,
      { TMPDIR: rig.root },
    );
    const { stdout } = await program.ended;
    const { home, mode, pid, refused } = JSON.parse(stdout) as {
      home: string;
      mode: boolean;
      pid: number;
      refused: string;
    };
    expect(home.startsWith(`${rig.root}/`)).toBe(true);
    expect(home).not.toBe(rig.home);
    expect(mode).toBe(false);
    expect(refused).toContain('exclude each other');
    await until(
      () => (existsSync(`/proc/${pid}`) || existsSync(pathsOf(home).rpcSocket) ? undefined : true),
      () => 'the app and its daemon to be gone',
    );
  });

  test('destroy ends the daemon and removes a home that was given, but none of a user', async ({ rig }) => {
    const { stdout } = await runProgram(
      rig,
      `const { existsSync } = require('node:fs');
       const own = new pm2.custom({ pm2_home: 'own-home' });
       await own.ping();
       const was = existsSync(own.pm2_home);
       await own.destroy();
       const user = new pm2.custom({ pm2_home: 'x/.pm2' });
       await user.ping();
       const error = await user.destroy().catch((caught) => caught.message);
       console.log(JSON.stringify([was, existsSync(own.pm2_home), existsSync(user.pm2_home), error]));`,
    ).ended;
    expect(JSON.parse(stdout)).toEqual([true, false, true, expect.stringContaining('is not removed')]);
  });

  test('kill where no daemon lives starts none', async ({ rig }) => {
    const { stdout } = await runProgram(rig, 'console.log(JSON.stringify(await pm2.kill()));').ended;
    expect(stdout).toBe('{"success":true}\n');
    expect(existsSync(rig.home)).toBe(false);
  });

  test('attach: what it reads goes to the process, what that prints comes out, until its input ends', async ({
    rig,
  }) => {
    rig.write('echo.js', "process.stdin.on('data', (text) => console.log('heard', String(text).trim()));\n");
    await rig.must('start', 'echo.js');
    const program = runProgram(
      rig,
      `pm2.attach(0).then(() => pm2.disconnect(), (error) => { console.error(error); process.exit(1); });`,
    );
    program.write('one line\n');
    await until(
      () => rig.read('logs/echo-out.log') || undefined,
      () => 'the line to arrive',
    );
    expect((await program.ended).code).toBe(0);
    expect(rig.read('logs/echo-out.log')).toBe('heard one line\n');
  });

  test('flush empties the files of one app and leaves others', async ({ rig }) => {
    rig.write('talk.js', "console.log('word'); setInterval(() => {}, 1000);\n");
    const pm2 = apiOf(rig);
    const items = [...(await pm2.start('talk.js', { name: 'a' })), ...(await pm2.start('talk.js', { name: 'b' }))];
    const [a = '', b = ''] = items.map((item) => String(item.pm2_env.pm_out_log_path));
    await until(
      () => (rig.read(a) !== '' && rig.read(b) !== '' ? true : undefined),
      () => 'both to have talked',
    );
    await pm2.flush('a');
    expect([rig.read(a), rig.read(b)]).toEqual(['', 'word\n']);
  });
});
