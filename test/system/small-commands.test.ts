/** The small commands: host metrics, report, profiles, samples, logrotate, words of the vendor, containers. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const STAY = `require('node:net').createServer().listen(0, '127.0.0.1')`;

test('slist shows the machine, as an object and as a tree', async ({ rig }) => {
  const text = await rig.must('slist');
  for (const key of [
    'CPU Usage',
    'CPU Temperature',
    'RAM Usage',
    'RAM Total',
    'RAM Available',
    'RAM Active',
    'net:rx_5:lo',
  ])
    expect(text).toContain(`'${key}': { value: `);
  const value = (key: string): number => Number(new RegExp(`'${key}': \\{ value: (-?[\\d.]+)`).exec(text)?.[1]);
  for (const key of ['CPU Usage', 'RAM Usage']) {
    expect(value(key)).toBeGreaterThanOrEqual(0);
    expect(value(key)).toBeLessThanOrEqual(100);
  }
  expect(value('RAM Total')).toBeGreaterThan(value('RAM Active'));
  const tree = await rig.must('sysinfos', '--tree');
  expect(tree).toMatch(
    /^├─ CPU Usage\n│ {2}├─ value: [\d.]+\n│ {2}├─ type: metric\n│ {2}├─ unit: %\n│ {2}└─ historic: true\n/,
  );
});

test('the line below the list says how the machine fares, unless it is turned off', async ({ rig }) => {
  const fast = { env: { PM2_WORKER_INTERVAL: '50' } };
  await rig.runWith(fast, 'ping');
  const lineOf = async (): Promise<string | undefined> => /^host metrics .*$/m.exec(await rig.must('list'))?.[0];
  const line = await until(lineOf, () => 'the line of the machine');
  expect(line).toMatch(/^host metrics \| cpu: [\d.]+% \| ram usage: [\d.]+%/);
  writeFileSync(join(rig.home, 'module_conf.json'), JSON.stringify({ pm2: { sysmonit: 'false' } }));
  expect(await lineOf()).toBeUndefined();
  expect(await rig.must('slist')).toBe('{}\n');
});

test('report: daemon, program, system, list and the end of the log between fences', async ({ rig }) => {
  rig.write('app.js', STAY);
  await rig.must('start', 'app.js', '--name', 'web');
  const text = await rig.must('report');
  expect(text.startsWith('```\n')).toBe(true);
  expect(text.endsWith('```\n')).toBe(true);
  for (const part of [
    '--- Daemon',
    '--- CLI',
    '--- System',
    '--- Processes',
    'last 20 lines',
    process.version.slice(1),
    'web',
    rig.home,
  ])
    expect(text).toContain(part);
});

test('profile:cpu and profile:mem write a profile of the daemon into the folder', async ({ rig }) => {
  await rig.must('profile:cpu', '50');
  await rig.must('profile:mem', '50');
  const [cpu = '', memory = ''] = ['.cpuprofile', '.heapprofile'].map((ending) =>
    readdirSync(rig.root).find((name) => name.endsWith(ending)),
  );
  expect(Object.keys(JSON.parse(rig.read(join(rig.root, cpu))) as object)).toEqual(
    expect.arrayContaining(['nodes', 'startTime', 'endTime']),
  );
  expect(Object.keys(JSON.parse(rig.read(join(rig.root, memory))) as object)).toContain('head');
  const wrong = await rig.run('profile:cpu', 'soon');
  expect([wrong.code, wrong.stderr.includes('milliseconds')]).toEqual([1, true]);
});

test('create writes a sample and starts it; without a terminal it says what to pass; it overwrites nothing', async ({
  rig,
}) => {
  const asked = await rig.run('create');
  expect(asked.code).toBe(1);
  expect(asked.stderr).toContain('upkeep create <sample>, one of: http, cluster, worker');
  await rig.must('create', 'worker');
  expect((await rig.one('worker')).status).toBe('online');
  writeFileSync(join(rig.root, 'worker/worker.js'), '// mine');
  expect((await rig.run('create', 'worker')).code).toBe(1);
  expect(rig.read(join(rig.root, 'worker/worker.js'))).toBe('// mine');
  expect((await rig.run('create', 'something')).code).toBe(1);
});

test('ecosystem and init write a config that starts; simple too; not over one that is there', async ({ rig }) => {
  for (const [folder, words] of [
    ['full', ['ecosystem']],
    ['simple', ['init', 'simple']],
  ] as const) {
    const cwd = join(rig.root, folder);
    mkdirSync(cwd);
    for (const script of ['index.js', 'worker.js']) writeFileSync(join(cwd, script), STAY);
    expect((await rig.runWith({ cwd }, ...words)).code).toBe(0);
    expect((await rig.runWith({ cwd }, 'start')).code).toBe(0);
    await rig.must('delete', 'all');
    const before = readFileSync(join(cwd, 'ecosystem.config.js'), 'utf8');
    expect((await rig.runWith({ cwd }, 'init')).code).toBe(1);
    expect(readFileSync(join(cwd, 'ecosystem.config.js'), 'utf8')).toBe(before);
    expect((await rig.runWith({ cwd }, 'init', '--force')).code).toBe(0);
  }
});

test('logrotate: a config that the real logrotate takes, and that rotates without the app noticing', async ({
  rig,
}) => {
  rig.write('tick.js', `${STAY}; setInterval(() => console.log('tick'), 20)`);
  await rig.must('start', 'tick.js', '--name', 'tick');
  const log = join(rig.paths.logs, 'tick-out.log');
  await until(
    () => (rig.read(log).includes('tick') ? true : undefined),
    () => 'output',
  );
  await rig.must('logrotate', '--directory', rig.root);
  const name = readdirSync(rig.root).find((file) => file.startsWith('upkeep-')) ?? '';
  const config = rig.read(join(rig.root, name));
  for (const part of ['weekly', 'rotate 12', 'compress', 'copytruncate']) expect(config).toContain(part);
  execFileSync('logrotate', ['--force', '--state', join(rig.root, 'state'), join(rig.root, name)], { stdio: 'pipe' });
  expect(rig.read(`${log}.1`)).toContain('tick');
  await until(
    () => (rig.read(log).includes('tick') ? true : undefined),
    () => 'output in the file that was emptied',
  );
  // Written at its end, not where the old one stood: no hole of zeros before it.
  expect(rig.read(log).startsWith('tick\n')).toBe(true);
  expect(statSync(log).size).toBeLessThan(100_000);
});

test("words of the vendor's service are accepted, without effect, and say what there is instead", async ({ rig }) => {
  for (const word of [
    'link',
    'unlink',
    'plus',
    'register',
    'login',
    'logout',
    'open',
    'install-otel',
    'uninstall-otel',
  ]) {
    const { code, stderr } = await rig.run(word, 'secret', 'public');
    expect([word, code, /[Ww]ithout effect/.test(stderr)]).toEqual([word, 0, true]);
  }
  const [auto, deep] = [await rig.run('autoinstall'), await rig.run('deepUpdate')];
  expect([auto.code, deep.code, deep.stderr.includes('npm install -g upkeep@latest')]).toEqual([1, 1, true]);
  expect((await rig.run('examples')).stdout).toContain('upkeep start server.js');
});

test('options of PM2 that ask for its vendor’s monitoring are accepted', async ({ rig }) => {
  rig.write('app.js', STAY);
  const flags = [
    '--trace',
    '--v8',
    '--event-loop-inspector',
    '--deep-monitoring',
    '--no-pmx',
    '--no-vizion',
    '--disable-trace',
  ];
  for (const flag of flags) expect([flag, (await rig.run('start', 'app.js', flag, '-f')).code]).toEqual([flag, 0]);
});

test('monitor outlives a restart and a new daemon', async ({ rig }) => {
  rig.write('app.js', STAY);
  await rig.must('start', 'app.js', '--name', 'web');
  const mark = async (): Promise<unknown> =>
    (JSON.parse(await rig.must('jlist')) as { pm2_env: Record<string, unknown> }[])[0]?.pm2_env._km_monitored;
  expect(await mark()).toBeUndefined();
  await rig.must('monitor', 'web');
  await rig.must('restart', 'web');
  await rig.must('update');
  expect(await mark()).toBe(true);
  await rig.must('unmonitor', '0');
  expect(await mark()).toBe(false);
  expect((await rig.run('monitor', 'nobody')).code).toBe(1);
});

/** A stand-in for docker that writes down what it was asked. */
function docker(rig: Rig): { env: NodeJS.ProcessEnv; calls: () => string } {
  const program = rig.write('bin/docker', `#!/bin/sh\necho "$@" >> "${rig.root}/calls"\n`);
  chmodSync(program, 0o755);
  return {
    env: { PATH: `${join(rig.root, 'bin')}${delimiter}${rig.env.PATH}` },
    calls: () => rig.read(join(rig.root, 'calls')),
  };
}

test('start --container writes a Dockerfile and switches its tail, keeping what is above it', async ({ rig }) => {
  const { env, calls } = docker(rig);
  const cwd = join(rig.root, 'My App');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'app.js'), STAY);
  const file = (): string => readFileSync(join(cwd, 'Dockerfile'), 'utf8');
  expect((await rig.runWith({ cwd, env }, 'start', 'app.js', '--container', '--node-version', '22')).code).toBe(0);
  const development = file();
  expect(development).toMatch(/^FROM node:22\n/);
  expect(
    development.endsWith(
      '## DEVELOPMENT MODE\nENV NODE_ENV=development\nCMD ["upkeep-dev","app.js","--env","development"]\n',
    ),
  ).toBe(true);
  writeFileSync(join(cwd, 'Dockerfile'), development.replace('WORKDIR', 'RUN echo mine\nWORKDIR'));
  expect(
    (await rig.runWith({ cwd, env }, 'start', 'app.js', '--container', '--dist', '--image-name', 'shop')).code,
  ).toBe(0);
  expect(file()).toContain('RUN echo mine\nWORKDIR');
  expect(
    file().endsWith(
      '## DISTRIBUTION MODE\nENV NODE_ENV=production\nCOPY . /var/app\nCMD ["upkeep-runtime","app.js","--env","production"]\n',
    ),
  ).toBe(true);
  expect(file()).not.toContain('DEVELOPMENT');
  await rig.runWith({ cwd, env }, 'start', 'app.js', '--container');
  expect(file()).toBe(development.replace('WORKDIR', 'RUN echo mine\nWORKDIR'));
  expect(calls().split('\n').slice(0, 3)).toEqual([
    'build -t my-app .',
    `run --net host --rm -v ${cwd}:/var/app my-app`,
    'build -t shop .',
  ]);
  // Without docker the file is written all the same, and the failure is said.
  const none = await rig.runWith({ cwd, env: { PATH: join(rig.root, 'nowhere') } }, 'start', 'app.js', '--container');
  expect([none.code, none.stderr.includes('docker cannot be run')]).toEqual([1, true]);
});
