/** The numbers that tell the instances of an app apart, and the switch that turns the runtime off. */
import { expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const APP = `
const cluster = require('node:cluster');
console.log('self ' + JSON.stringify([process.env.pm_id, cluster.isWorker, cluster.worker?.id ?? null, process.env.WHICH, process.env.PORT]));
require('node:net').createServer().listen(0, '127.0.0.1');
`;

/** What each instance has said of itself in its last life, by its id. */
async function selves(rig: Rig, lines: number): Promise<unknown[]> {
  const said = await until(
    () => {
      const found = rig.read('logs/app-out.log').match(/^self .*/gm) ?? [];
      return found.length >= lines ? found : undefined;
    },
    () => `${lines} lines`,
  );
  const last = new Map(said.map((line) => JSON.parse(line.slice(5)) as string[]).map((one) => [one[0], one]));
  return [...last.values()].sort();
}

test('worker id, instance_var and increment_var stay the same over restart, reload, scale and a crash', async ({
  rig,
}) => {
  rig.write('app.js', APP);
  const app = { script: 'app.js', instances: 2, exec_mode: 'cluster', merge_logs: true, instance_var: 'WHICH' };
  rig.write('app.json', JSON.stringify({ apps: [{ ...app, env: { PORT: 4000 }, increment_var: 'PORT' }] }));
  const two = [
    ['0', true, 1, '0', '4000'],
    ['1', true, 2, '1', '4001'],
  ];
  await rig.must('start', 'app.json');
  expect(await selves(rig, 2)).toEqual(two);
  await rig.must('restart', 'app');
  expect(await selves(rig, 4)).toEqual(two);
  await rig.must('reload', 'app');
  expect(await selves(rig, 6)).toEqual(two);
  await rig.must('scale', 'app', '3');
  expect(await selves(rig, 7)).toEqual([...two, ['2', true, 3, '2', '4002']]);
  const victim = (await rig.list()).find((instance) => instance.id === 1);
  process.kill(victim?.pid as number, 'SIGKILL');
  expect(await selves(rig, 8)).toEqual([...two, ['2', true, 3, '2', '4002']]);
});

test('--no-runtime: it is not loaded, and the command says what that means', async ({ rig }) => {
  rig.write(
    'app.js',
    `console.log(typeof process.send, require('node:cluster').isWorker); setInterval(() => {}, 1000);`,
  );
  const { code, stderr } = await rig.run('start', 'app.js', '--no-runtime', '-i', '2', '--merge-logs');
  expect(code).toBe(0);
  expect(stderr).toMatch(/runtime is turned off/);
  expect(stderr).toMatch(/cluster mode needs the runtime/);
  expect((await rig.list()).map(({ execMode }) => execMode)).toEqual(['fork', 'fork']);
  await until(
    () => (rig.read('logs/app-out.log') === 'undefined false\nundefined false\n' ? true : undefined),
    () => 'both to say what they see',
  );
});
