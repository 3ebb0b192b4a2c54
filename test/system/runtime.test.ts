/** What the guest in a Node app does, and that its daemon's death is invisible to it. */
import { expect } from 'vitest';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const logged = (rig: { read(path: string): string }, name: string, text: string): Promise<true> =>
  until(
    () => (rig.read(`logs/${name}-out.log`).includes(text) ? true : undefined),
    () => `"${text}" in the log of ${name}`,
  );

test('wait_ready: up when the app says so, with the message "ready"', async ({ rig }) => {
  rig.write('app.js', `setTimeout(() => process.send('ready'), 200); setInterval(() => {}, 1000);`);
  expect(await rig.must('start', 'app.js', '--wait-ready')).toMatch(/ready/);
  expect(await rig.one('app')).toMatchObject({ status: 'online', reason: expect.stringContaining('ready') });
});

test('wait_ready: an app that stays silent is launching until the limit, then told', async ({ rig }) => {
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  const started = rig.run('start', 'app.js', '--wait-ready', '--listen-timeout', '800');
  await rig.when('app', (instance) => instance.status === 'launching' && instance.state === 'starting', 'launching');
  const { code, stderr } = await started;
  expect(code).toBe(1);
  expect(stderr).toMatch(/ready within 800 ms/);
  expect(await rig.one('app')).toMatchObject({ status: 'online' });
});

test('shutdown_with_message: the app is asked by message, and gets no signal', async ({ rig }) => {
  rig.write(
    'app.js',
    `process.on('message', (m) => { console.log('message ' + m); if (m === 'shutdown') process.exit(0); });
     process.on('SIGINT', () => console.log('signal'));`,
  );
  await rig.must('start', 'app.js', '--shutdown-with-message');
  await rig.must('stop', 'app');
  expect(rig.read('logs/app-out.log')).toBe('message shutdown\n');
  expect((await rig.one('app')).lastExit).toEqual({ kind: 'code', code: 0 });
});

test('the daemon dies: no event in the app, its messages wait, and it is heard by the next daemon', async ({ rig }) => {
  rig.write(
    'app.js',
    `for (const name of ['disconnect', 'exit', 'uncaughtException']) process.on(name, () => console.log('event ' + name));
     process.on('SIGUSR2', () => { console.log('connected ' + process.connected); process.send('ready', () => console.log('sent')); });
     console.log('up'); setInterval(() => {}, 1000);`,
  );
  await rig.run('start', 'app.js', '--wait-ready', '--listen-timeout', '100');
  await logged(rig, 'app', 'up');
  await rig.when('app', (instance) => instance.reason.includes('not ready'), 'the limit to pass');
  const { pid } = await rig.one('app');
  const daemon = await rig.daemonPid();
  const guard = rig.guardPid(daemon) as number;
  process.kill(guard, 'SIGSTOP');
  process.kill(daemon, 'SIGKILL');
  process.kill(pid, 'SIGUSR2');
  process.kill(guard, 'SIGCONT');
  await rig.nextDaemon(daemon);
  await rig.when('app', (instance) => instance.reason === 'said that it is ready', 'the message to arrive');
  await logged(rig, 'app', 'sent');
  expect(rig.read('logs/app-out.log')).toBe('up\nconnected true\nsent\n');
});

test('an app that has nothing left to do ends by itself, and one that listens for messages does not', async ({
  rig,
}) => {
  rig.write('done.js', `console.log('done')`);
  await rig.run('start', 'done.js', '--no-autorestart');
  await rig.when('done', (instance) => instance.status === 'stopped', 'stopped');
  expect((await rig.one('done')).lastExit).toEqual({ kind: 'code', code: 0 });
  rig.write('listens.js', `process.on('message', () => {})`);
  await rig.must('start', 'listens.js', '--no-autorestart');
  expect(await rig.one('listens')).toMatchObject({ status: 'online' });
});

test('the script sees itself as it would from the shell', async ({ rig }) => {
  rig.write(
    'app.js',
    `const { execFileSync, fork } = require('node:child_process');
     console.log(JSON.stringify({ main: require.main === module, argv: process.argv.slice(1), execArgv: process.execArgv, agent: process.env.UPKEEP_AGENT ?? null, isTTY: process.stdout.isTTY ?? false }));
     fork(__dirname + '/child.js', { execArgv: process.execArgv }); setInterval(() => {}, 1000);`,
  );
  rig.write(
    'child.js',
    `console.log('child ' + JSON.stringify({ execArgv: process.execArgv, sends: typeof process.send, connected: process.connected })); process.exit(0)`,
  );
  await rig.must('start', 'app.js', '--disable-source-map-support', '--', 'a', '--b=c d');
  await logged(rig, 'app', 'child');
  const [first, second] = rig.read('logs/app-out.log').split('\n');
  expect(JSON.parse(first as string)).toEqual({
    main: true,
    argv: [`${rig.root}/app.js`, 'a', '--b=c d'],
    execArgv: [],
    agent: null,
    isTTY: false,
  });
  expect(JSON.parse((second as string).slice(6))).toEqual({ execArgv: [], sends: 'function', connected: true });
});

for (const [how, ending] of [
  ['process.exit', 'process.exit(3);'],
  ['an exception', 'throw new Error("the end");'],
  [
    'process.exit with a listener that prints',
    'process.on("exit", () => console.log("60000 and out")); process.exit(3);',
  ],
] as const) {
  test(`60,000 lines and then ${how}: every line arrives, once`, async ({ rig }) => {
    rig.write('app.js', `for (let i = 0; i < 60000; i++) console.log(i + ' ' + 'x'.repeat(40)); ${ending}`);
    await rig.run('start', 'app.js', '--no-autorestart');
    await rig.when('app', (instance) => instance.status === 'stopped', 'stopped');
    const expected = how.endsWith('prints') ? 60_001 : 60_000;
    await logged(rig, 'app', `\n${expected - 1} `);
    const lines = rig.read('logs/app-out.log').trimEnd().split('\n');
    expect(lines).toHaveLength(expected);
    lines.forEach((line, i) => {
      if (Number.parseInt(line, 10) !== i) throw new Error(`line ${i} is ${line}`);
    });
  });
}

test('a line to stdin reaches the program', async ({ rig }) => {
  rig.write('app.sh', 'while read -r line; do echo "got $line"; done');
  await rig.must('start', 'app.sh');
  await rig.must('send', '0', 'hello there');
  await logged(rig, 'app', 'got hello there');
});

test('environment: odd names and values arrive whole, ours are not inherited by mistake', async ({ rig }) => {
  rig.write('app.js', `console.log(JSON.stringify(process.env)); setInterval(() => {}, 1000)`);
  const odd = { 'my-app.key': 'a b', QUOTED: `it's "so" $HOME \`x\``, MULTI: 'one\ntwo', EMPTY: '' };
  expect((await rig.runWith({ env: odd }, 'start', 'app.js')).code).toBe(0);
  await logged(rig, 'app', '}\n');
  const env = JSON.parse(rig.read('logs/app-out.log'));
  expect(env).toMatchObject({
    ...odd,
    pm_id: '0',
    NODE_APP_INSTANCE: '0',
    name: 'app',
    UPKEEP_HOME: rig.home,
    PWD: rig.root,
  });
  for (const name of ['UPKEEP_EXEC', 'UPKEEP_AGENT', 'UPKEEP_GUARD_FAILED']) expect(env).not.toHaveProperty(name);
});
