/** What the words behind `stop`, `restart`, `reload` and `delete` mean. */
import { both } from './both.ts';
import type { Side } from './side.ts';

const { same, better } = both();

/** Two apps of one script, in namespaces of their own, and a third one. */
async function threeApps(side: Side): Promise<void> {
  const app = (name: string, namespace: string, script: string): object => ({ name, namespace, script });
  const apps = [
    app('web-1', 'front', './stay.js'),
    app('web-2', 'front', './stay.js'),
    app('job', 'back', './tell.js'),
  ];
  side.write('three.json', JSON.stringify(apps));
  await side.must('start', 'three.json');
}

const statuses = async (side: Side): Promise<unknown> =>
  (await side.list()).map(({ name, pm2_env }) => [name, pm2_env.status, pm2_env.restart_time]);

/** What a command does to the three apps. */
const does = (...args: string[]): void =>
  same(`${args.join(' ')}`, async (side) => {
    await threeApps(side);
    const { code } = await side.run(...args);
    return [code, await statuses(side)];
  });

does('restart', 'web-1');
does('restart', '2');
does('restart', 'front');
does('restart', '/web-[12]/');
does('restart', '/WEB/');
does('restart', 'all');
does('restart', 'tell.js');
does('restart', './tell.js');
does('stop', 'web-2');
does('stop', 'back');
does('stop', '/eb-2$/');
does('stop', 'stay.js');
does('stop', 'web-1', 'job');
does('delete', '0', '2');
does('delete', 'front');
does('del', 'job');
does('delete', 'all');
does('start', 'web-1');
does('start', 'front');
does('start', '1');
does('start', 'all');
does('reload', 'front');
does('restart', '7');
does('stop', 'nobody');

better(
  'several targets, the first is unknown',
  async (side) => {
    await threeApps(side);
    const { code } = await side.run('stop', 'nobody', 'job');
    return [code, await statuses(side)];
  },
  {
    pm2: [
      1,
      [
        ['web-1', 'online', 0],
        ['web-2', 'online', 0],
        ['job', 'online', 0],
      ],
    ],
    upkeep: [
      1,
      [
        ['web-1', 'online', 0],
        ['web-2', 'online', 0],
        ['job', 'stopped', 0],
      ],
    ],
  },
);

better(
  'several targets of reload',
  async (side) => {
    await threeApps(side);
    const { code } = await side.run('reload', 'web-1', 'job');
    return [code, (await side.list()).map((entry) => entry.pm2_env.restart_time)];
  },
  { pm2: [0, [1, 0, 0]], upkeep: [0, [1, 0, 1]] },
);

same('a number means a name before it means an id', async (side) => {
  await side.must('start', 'stay.js', '--name', 'first');
  await side.must('start', 'stay.js', '--name', '0');
  await side.must('stop', '0');
  const after = await statuses(side);
  await side.must('delete', '0');
  return [after, await statuses(side)];
});

same('script names that begin with digits', async (side) => {
  side.write('001-job.js', side.read('stay.js'));
  await side.must('start', '001-job.js');
  const codes = await side.codes(['restart', '001-job'], ['stop', '001-job']);
  return [codes, await statuses(side)];
});

same('stop by a script path from another folder finds nothing', async (side) => {
  await side.must('start', 'stay.js');
  return (await side.runWith({ cwd: side.root }, 'stop', 'stay.js')).code;
});

same('describe, pid and id by name and id', async (side) => {
  await threeApps(side);
  const { code: byName } = await side.run('describe', 'web-1');
  const { code: byId } = await side.run('describe', '0');
  const ids = await side.must('id', 'web-2');
  const pids = (await side.must('pid', 'job')).trim();
  const isPid = pids === String((await side.one('job')).pid);
  const all = (await side.must('pid')).trim().split('\n').length;
  return [byName, byId, ids, isPid, all];
});

better(
  'describe of a namespace',
  async (side) => {
    await threeApps(side);
    return (await side.run('describe', 'front')).code;
  },
  { pm2: 1, upkeep: 0 },
);

same('config texts on stdin for start, restart, stop and delete', async (side) => {
  const input = JSON.stringify({ apps: [{ name: 'piped', script: './stay.js' }] });
  const seen: unknown[] = [];
  for (const command of ['start', 'restart', 'stop', 'delete', 'stop']) {
    const { code } = await side.runWith({ input }, command, '-');
    seen.push([command, code, await statuses(side)]);
  }
  return seen;
});

same('config files for stop and delete skip what is not there', async (side) => {
  side.write(
    'eco.config.js',
    "module.exports = { apps: [{ name: 'a', script: './stay.js' }, { name: 'b', script: './stay.js' }] };",
  );
  const before = await side.codes(['stop', 'eco.config.js'], ['delete', 'eco.config.js']);
  await side.must('start', 'eco.config.js', '--only', 'a');
  const codes = await side.codes(['stop', 'eco.config.js'], ['restart', 'eco.config.js'], ['reload', 'eco.config.js']);
  const list = await statuses(side);
  const last = await side.codes(['delete', 'eco.config.js', '--only', 'a'], ['delete', 'eco.config.js']);
  return [before, codes, list, last, await statuses(side)];
});
