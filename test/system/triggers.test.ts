/** Restarts that nobody typed: a changed file, a schedule, too much memory. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const APP = 'setInterval(() => {}, 1000)';
const restarted = (rig: Rig, times: number): Promise<unknown> =>
  rig.when('app', (instance) => instance.restarts === times && instance.state === 'ready', `${times} restarts`);

/** The watcher says when it is ready only by working: touch now and then until it does. */
async function untilWatching(rig: Rig, file: string): Promise<number> {
  let looks = 0;
  await until(
    async () => {
      if (looks++ % 50 === 0) rig.write(file, `// ${looks}`);
      return (await rig.one('app')).restarts > 0 ? true : undefined;
    },
    () => 'the first change to be seen',
  );
  // Changes that were still on their way.
  let before = -1;
  for (let same = 0; same < 12; ) {
    const { restarts, state } = await rig.one('app');
    same = restarts === before && state === 'ready' ? same + 1 : 0;
    before = restarts;
  }
  return before;
}

test('watch: a changed, a new and a removed file restart; ignored ones do not; stop turns it off', async ({ rig }) => {
  const at = (name: string): string => join('app', name);
  rig.write(at('app.js'), APP);
  rig.write(
    at('ecosystem.json'),
    JSON.stringify({
      apps: [
        {
          name: 'app',
          script: './app.js',
          watch: true,
          ignore_watch: ['node_modules', '*.log', 'ecosystem.json'],
          watch_delay: 50,
          min_uptime: 100,
        },
      ],
    }),
  );
  await rig.runWith({ cwd: join(rig.root, 'app') }, 'start', 'ecosystem.json');
  const first = await untilWatching(rig, at('probe.js'));
  rig.write(at('noise.log'), 'x');
  rig.write(at('node_modules/dep/index.js'), 'x');
  rig.write(at('lib/new.js'), 'x');
  await restarted(rig, first + 1);
  rmSync(join(rig.root, 'app/lib/new.js'));
  await restarted(rig, first + 2);
  expect(await rig.one('app')).toMatchObject({ watching: true, unstableRestarts: 0 });
  await rig.must('stop', 'app');
  expect(await rig.one('app')).toMatchObject({ watching: false, status: 'stopped' });
});

test('watch: a pattern that means nothing costs the daemon nothing', async ({ rig }) => {
  rig.write('code/app.js', APP);
  const options = { cwd: join(rig.root, 'code') };
  for (const [at, pattern] of ['./', '/', '', `{${'a,'.repeat(40_000)}`].entries())
    await rig.runWith(options, 'start', 'app.js', '--name', `app-${at}`, '--watch', '--ignore-watch', pattern);
  const pid = await rig.daemonPid();
  expect((await rig.list()).map(({ status, watching }) => [status, watching])).toEqual(Array(4).fill(['online', true]));
  expect(await rig.daemonPid()).toBe(pid);
  expect(rig.read('daemon.log')).not.toContain('fatal');
});

test('kill and delete end apps that are restarted all the time', async ({ rig }) => {
  // It is watched, and changes its own folder for ever; it takes its time to end.
  const restless = `process.on('SIGINT', () => setTimeout(process.exit, 300));
    setInterval(() => require('node:fs').writeFileSync(__dirname + '/change.txt', String(Date.now())), 20);`;
  rig.write('code/app.js', restless);
  const options = { cwd: join(rig.root, 'code') };
  const start = (...args: string[]): Promise<unknown> =>
    rig.runWith(options, 'start', 'app.js', '--min-uptime', '100', ...args);
  await start('--name', 'app', '--watch');
  await start('--name', 'scheduled', '--cron', '* * * * * *');
  await rig.when('app', ({ restarts }) => restarts >= 2, 'two restarts');
  await rig.must('delete', 'app', 'scheduled');
  expect(await rig.list()).toEqual([]);
  await start('--name', 'app', '--watch');
  await start('--name', 'scheduled', '--cron', '* * * * * *');
  await rig.when('app', ({ restarts }) => restarts >= 2, 'two restarts');
  await rig.must('kill');
});

test('cron: restarts on schedule, also with seconds', async ({ rig }) => {
  rig.write('app.js', APP);
  // A tick may fall into the start itself.
  await rig.run('start', 'app.js', '--cron', '* * * * * *', '--min-uptime', '100');
  await rig.when('app', (instance) => instance.restarts >= 2, 'two restarts');
  const { code, stderr } = await rig.run('start', 'app.js', '--name', 'bad', '--cron', '61 * * * *');
  expect({ code, list: (await rig.list()).length }).toEqual({ code: 1, list: 1 });
  expect(stderr).toMatch(/cron/);
  await rig.must('delete', 'app');
});

test('cron: a stop leaves the schedule, says so, and it starts the app again', async ({ rig }) => {
  rig.write('app.js', APP);
  await rig.run('start', 'app.js', '--cron', '* * * * * *', '--min-uptime', '100');
  const { pid } = await rig.one('app');
  const { code, stderr } = await rig.run('stop', 'app');
  expect(code).toBe(0);
  expect(stderr).toContain('keeps its schedule');
  await rig.when('app', (instance) => instance.status === 'online' && instance.pid !== pid, 'started by its schedule');
  await rig.must('delete', 'app');
});

test('memory: the limit counts the whole tree, and the reason is told', async ({ rig }) => {
  rig.env.UPKEEP_WORKER_INTERVAL = '200';
  rig.write(
    'hog.js',
    'const keep = []; setInterval(() => { if (keep.length < 20) keep.push(Buffer.alloc(10e6, 1)); }, 5)',
  );
  rig.write(
    'app.js',
    `require('node:child_process').spawn(process.execPath, [__dirname + '/hog.js'], { stdio: 'ignore' }); ${APP}`,
  );
  await rig.must('start', 'app.js', '--max-memory-restart', '180M');
  await rig.when('app', (instance) => instance.restarts >= 1, 'a restart');
  const [view] = await rig.call('instance.why', { target: 'app' });
  expect(view?.lives[0]?.verdict).toMatch(/memory/);
});
