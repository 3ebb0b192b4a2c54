/** What PM2's own tests ask for beyond the cases of the single commands: kinds of programs, files and names. */
import { both } from './both.ts';
import type { Side } from './side.ts';

const { same, better } = both();

const modes = async (side: Side): Promise<unknown> =>
  (await side.list()).map(({ name, pm2_env: env }) => [name, env.status, env.exec_mode, env.restart_time]);

same('ES modules, in fork and in cluster mode, and after a restart', async (side) => {
  side.write('module.mjs', "import { createServer } from 'node:net';\ncreateServer().listen(0, '127.0.0.1');\n");
  const codes = await side.codes(
    ['start', 'module.mjs'],
    ['start', 'module.mjs', '--name', 'many', '-i', '2'],
    ['restart', 'all'],
  );
  return [codes, await modes(side)];
});

same('several instances of a python script are forks', async (side) => {
  side.write('worker.py', 'import time\nwhile True: time.sleep(100)\n');
  const codes = await side.codes(['start', 'worker.py', '-i', '2'], ['restart', 'worker']);
  return [codes, await modes(side)];
});

same('an interpreter with arguments of its own', async (side) => {
  side.write('worker.py', 'import time\nwhile True: time.sleep(100)\n');
  const words = ['--interpreter', 'python3', '--interpreter-args=-u'];
  const { code } = await side.run('start', 'worker.py', ...words);
  const { exec_interpreter: interpreter, node_args: args } = (await side.one()).pm2_env;
  return [code, interpreter, args];
});

same('NODE_PATH is honoured, in fork and in cluster mode', async (side) => {
  side.write('extra/of-path.js', 'module.exports = "found";');
  side.write(
    'asks.js',
    `require('node:fs').writeFileSync(__dirname + '/' + process.env.NODE_APP_INSTANCE + '.txt', require('of-path'));
     require('node:net').createServer().listen(0, '127.0.0.1');`,
  );
  const env = { NODE_PATH: `${side.folder}/extra` };
  await side.runWith({ env }, 'start', 'asks.js', '-i', '2');
  await side.runWith({ env }, 'start', 'asks.js', '--name', 'fork', '-x');
  await side.when((list) => list.every(({ pm2_env }) => pm2_env.status === 'online'), 'all are online');
  return [side.read('0.txt'), side.read('1.txt')];
});

/** One, four and one: the same apps in every shape of a file. */
const APPS = [
  { name: 'echo', script: './stay.js' },
  { name: 'child', script: './stay.js', instances: 2, exec_mode: 'cluster' },
];

const SHAPES: Readonly<Record<string, string>> = {
  'array.json': JSON.stringify(APPS),
  'apps.json': JSON.stringify({ apps: APPS }),
  'comments.json': `{ /* what runs */ "apps": [ // two of them\n ${APPS.map((app) => JSON.stringify(app)).join(',')} ] }`,
  'apps.config.js': `module.exports = { apps: ${JSON.stringify(APPS)} };`,
  'apps.config.cjs': `module.exports = ${JSON.stringify(APPS)};`,
  'apps.yaml':
    'apps:\n  - name: echo\n    script: ./stay.js\n  - name: child\n    script: ./stay.js\n    instances: 2\n    exec_mode: cluster\n',
};

for (const [file, text] of Object.entries(SHAPES)) {
  same(`a file of the shape ${file}: start, restart, delete`, async (side) => {
    side.write(file, text);
    const started = await side.run('start', file);
    const first = await modes(side);
    const codes = await side.codes(['restart', file], ['delete', file]);
    return [started.code, first, codes, await modes(side)];
  });
}

better(
  'a file with the key pm2: start and restart, then delete',
  async (side) => {
    side.write('pm2.json', JSON.stringify({ pm2: APPS }));
    const codes = await side.codes(['start', 'pm2.json'], ['restart', 'pm2.json'], ['delete', 'pm2.json']);
    return [codes, (await side.list()).length];
  },
  { pm2: [[0, 0, 1], 3], upkeep: [[0, 0, 0], 0] },
);

same('a single object is a file, too', async (side) => {
  side.write('one.json', JSON.stringify({ name: 'echo', script: './stay.js' }));
  const { code } = await side.run('start', 'one.json');
  return [code, await modes(side)];
});

same('an app whose name is a number is meant before the id', async (side) => {
  await side.must('start', 'stay.js', '--name', 'first');
  await side.must('start', 'stay.js', '--name', '455');
  const codes = await side.codes(['restart', '455'], ['stop', '455'], ['restart', '0'], ['delete', '455']);
  return [codes, await modes(side)];
});

same('restart --only of a file touches only that app', async (side) => {
  side.write('apps.json', JSON.stringify(APPS));
  await side.must('start', 'apps.json');
  const { code } = await side.run('restart', 'apps.json', '--only', 'child');
  return [code, await modes(side)];
});

better(
  'start of an app that was registered with --no-autostart',
  async (side) => {
    await side.must('start', 'stay.js', '--no-autostart');
    const { code } = await side.run('start', 'stay');
    return [code, (await side.list()).map(({ pm2_env }) => pm2_env.status)];
  },
  { pm2: [0, ['stopped']], upkeep: [0, ['online']] },
);

better(
  'a failing app with a delay and --no-autorestart',
  async (side) => {
    await side.run('start', 'die.js', '--no-autorestart', '--restart-delay', '200');
    const [entry] = await side.when(
      (list) => list[0]?.pid === 0 || list[0]?.pm2_env.status !== 'online',
      'it has ended',
    );
    return entry?.pm2_env.status;
  },
  { pm2: 'waiting restart', upkeep: 'stopped' },
);
