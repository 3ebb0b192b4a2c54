/** Sharp edges of process control: log files after scale, what a script sees of its own start. */
import { both } from './both.ts';

const { same, better } = both();

better(
  'log files of instances that scale adds after a restart',
  async (side) => {
    await side.must('start', 'stay.js', '-i', '2');
    await side.must('restart', 'stay');
    await side.must('scale', 'stay', '3');
    return new Set((await side.list()).map(({ pm2_env }) => pm2_env.pm_out_log_path)).size;
  },
  { pm2: 2, upkeep: 3 },
);

better(
  'process.argv[1] of a script',
  async (side) => {
    side.write(
      'argv.js',
      `require('node:fs').writeFileSync(__dirname + '/argv.txt', process.argv[1]);
       require('node:net').createServer().listen(0, '127.0.0.1');`,
    );
    await side.must('start', 'argv.js');
    await side.when(() => side.read('argv.txt') !== '', 'it has told');
    return side.read('argv.txt').split('/').at(-1);
  },
  { pm2: 'ProcessContainerFork.js', upkeep: 'argv.js' },
);

better(
  'apps whose names end in numbers have log files of their own',
  async (side) => {
    await side.must('start', 'stay.js', '--name', 'api-1', '-i', '1');
    await side.must('start', 'stay.js', '--name', 'api-2', '-i', '1');
    return (await side.list()).map(({ pm2_env }) => pm2_env.pm_pid_path);
  },
  {
    pm2: ['<home>/pids/api-0.pid', '<home>/pids/api-1.pid'],
    upkeep: ['<home>/pids/api-1-0.pid', '<home>/pids/api-2-1.pid'],
  },
);

better(
  'a stop signal of its own for an app',
  async (side) => {
    await side.run('start', 'tell.js', '--kill-signal', 'SIGTERM');
    if ((await side.list()).length === 0) return 'refused';
    await side.told(1);
    await side.must('stop', 'tell');
    return (await side.told(2)).flatMap((told) => ('signal' in told ? [told.signal] : []));
  },
  { pm2: 'refused', upkeep: ['SIGTERM'] },
);

same('kill_timeout is waited for before SIGKILL', async (side) => {
  await side.must('start', 'deaf.js', '--kill-timeout', '300');
  const began = Date.now();
  await side.must('stop', 'deaf');
  return Date.now() - began >= 300;
});

same('two apps of one file are stopped and deleted together', async (side) => {
  side.write('two.json', JSON.stringify({ apps: ['a', 'b'].map((name) => ({ name, script: './stay.js' })) }));
  await side.must('start', 'two.json');
  const stopped = await side.run('stop', 'two.json');
  const list = await side.summary();
  const deleted = await side.run('delete', 'two.json');
  return [stopped.code, list, deleted.code, await side.summary()];
});
