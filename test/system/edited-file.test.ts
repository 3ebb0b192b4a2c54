/** What an edited config file does to what runs, by start, restart and reload of the file. */
import { describe, expect } from 'vitest';
import { firstAnswer } from '../helpers/answers.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';

const LIVES = `setInterval(() => {}, 1e6);`;
const SERVER = `require('node:http').createServer((_, res) => res.end(process.env.exec_mode)).listen(process.env.PORT, '127.0.0.1');`;

const configOf = (rig: Rig, ...apps: readonly object[]): string => rig.write('apps.json', JSON.stringify({ apps }));
const modeOf = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();

describe('instances', () => {
  test('an edited number takes effect on start and restart of the file, and the others stay as scale made them', async ({
    rig,
  }) => {
    rig.write('app.js', LIVES);
    const file = (instances: number): string =>
      configOf(rig, { name: 'a', script: 'app.js', exec_mode: 'fork', instances, min_uptime: 100 });
    await rig.must('start', file(1));
    const { stderr } = await rig.run('start', file(3));
    expect(stderr).toContain('1 instances become 3');
    expect((await rig.list()).map(({ status, slot }) => [status, slot])).toEqual([
      ['online', 0],
      ['online', 1],
      ['online', 2],
    ]);
    await rig.must('restart', file(2));
    expect(await rig.list()).toHaveLength(2);
    await rig.must('scale', 'a', '3');
    const unedited = await rig.run('restart', file(2));
    expect(unedited.stderr).toContain('upkeep scale a 2');
    expect(await rig.list()).toHaveLength(3);
  });

  test('-i of a restart scales what is registered', async ({ rig }) => {
    rig.write('app.js', LIVES);
    await rig.must('start', 'app.js', '-x', '-i', '1', '--min-uptime', '100');
    await rig.must('restart', 'app', '-i', '2');
    expect(await rig.list()).toHaveLength(2);
  });
});

describe('exec_mode', () => {
  for (const [before, after] of [
    ['fork', 'cluster'],
    ['cluster', 'fork'],
  ] as const)
    for (const verb of ['restart', 'reload'] as const)
      test(`from ${before} to ${after} by ${verb} keeps the port`, async ({ rig }) => {
        rig.write('server.js', SERVER);
        const port = await freePort();
        const file = (exec_mode: string): string =>
          configOf(rig, { name: 'api', script: 'server.js', exec_mode, port, min_uptime: 100, min_healthy: 100 });
        await rig.must('start', file(before));
        // Up for `min_uptime` is not listening yet; from then on somebody has the port.
        expect(await firstAnswer({ port })).toBe(`${before}_mode`);
        const { code, stderr } = await rig.run(verb, file(after));
        expect([code, stderr]).toEqual([0, expect.stringContaining(`change from ${before} to ${after} mode`)]);
        expect(await modeOf(port)).toBe(`${after}_mode`);
        // Its next process finds its port as well.
        await rig.must('restart', 'api');
        expect(await modeOf(port)).toBe(`${after}_mode`);
      });
});

describe('a reload to another mode that fails', () => {
  test('leaves the old process serving, and its next one finds the port', async ({ rig }) => {
    rig.write('server.js', `if (process.env.FAIL) throw new Error('no'); ${SERVER}`);
    const port = await freePort();
    const app = { name: 'api', script: 'server.js', port, min_uptime: 100, min_healthy: 100, max_restarts: 1 };
    await rig.must('start', configOf(rig, { ...app, exec_mode: 'fork' }));
    const { code } = await rig.run('reload', configOf(rig, { ...app, exec_mode: 'cluster', env: { FAIL: '1' } }));
    expect([code, await modeOf(port)]).toEqual([1, 'fork_mode']);
    await rig.must('restart', 'api');
    expect(await modeOf(port)).toBe('fork_mode');
  });
});

describe('apps of one name', () => {
  test('are told apart by their scripts, and a new one is started', async ({ rig }) => {
    for (const name of ['one.js', 'two.js', 'three.js']) rig.write(name, LIVES);
    const app = (script: string, more: object = {}): object => ({ name: 'twin', script, min_uptime: 100, ...more });
    await rig.must('start', configOf(rig, app('one.js'), app('two.js')));
    const swapped = configOf(
      rig,
      app('two.js', { env: { N: '2' } }),
      app('one.js', { env: { N: '1' } }),
      app('three.js'),
    );
    await rig.must('restart', swapped);
    const details = (await rig.call('instance.describe', { targets: ['all'] })).instances;
    const seen = details.map(({ spec, restarts }) => [spec.script.slice(-8), spec.env.declared.N ?? null, restarts]);
    expect(seen.map(([script, n, restarts]) => [String(script).replace(/^.*\//, ''), n, restarts])).toEqual([
      ['one.js', '1', 1],
      ['two.js', '2', 1],
      ['three.js', null, 0],
    ]);
  });
});

describe('autostart', () => {
  test('false only registers, and a start by name starts it', async ({ rig }) => {
    rig.write('app.js', LIVES);
    await rig.must('start', configOf(rig, { name: 'later', script: 'app.js', autostart: false, min_uptime: 100 }));
    expect(await rig.one('later')).toMatchObject({ status: 'stopped', pid: 0 });
    await rig.must('start', 'later');
    expect(await rig.one('later')).toMatchObject({ status: 'online' });
  });
});
