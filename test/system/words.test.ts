/** What the words of a command mean: names, files of apps, programs, folders. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { test } from '../helpers/rig.ts';

const LIVES = `console.log('one'); console.log('two'); setInterval(() => {}, 1e6);`;

describe('files of apps', () => {
  test('stop and delete apps whose script has gone', async ({ rig }) => {
    const script = rig.write('app.js', LIVES);
    rig.write('apps.json', '[{ "name": "a", "script": "app.js" }]');
    await rig.must('start', 'apps.json');
    rmSync(script);
    await rig.must('stop', 'apps.json');
    expect((await rig.one('a')).status).toBe('stopped');
    await rig.must('delete', 'apps.json');
    expect(await rig.list()).toEqual([]);
  });

  test('that are not registered: nothing else is flushed or followed in their place', async ({ rig }) => {
    rig.write('app.js', LIVES);
    rig.write('apps.json', '[{ "name": "nobody", "script": "app.js" }]');
    await rig.must('start', 'app.js');
    expect(await rig.must('flush', 'apps.json')).toContain('nothing to do');
    expect(rig.read('logs/app-out.log')).toBe('one\ntwo\n');
    expect(await rig.must('logs', 'apps.json')).toContain('nothing to do');
  });
});

describe('start', () => {
  test('of a program with a new name is a second process, though an app is named like the program', async ({ rig }) => {
    await rig.must('start', 'sleep', '--', '1000');
    await rig.must('start', 'sleep', '--name', 'other', '--', '2000');
    expect((await rig.list()).map(({ name, restarts }) => [name, restarts])).toEqual([
      ['sleep', 0],
      ['other', 0],
    ]);
  });

  test('with a number that is none starts nothing', async ({ rig }) => {
    rig.write('app.js', LIVES);
    for (const flag of ['--parallel', '--instances', '--kill-timeout', '--max-memory-restart']) {
      const { code, stderr } = await rig.run('start', 'app.js', flag, 'many');
      expect([flag, code]).toEqual([flag, 1]);
      expect(stderr).toContain(flag);
    }
    expect(await rig.list()).toEqual([]);
  });

  test('of a folder says so, and starts nothing', async ({ rig }) => {
    mkdirSync(join(rig.root, 'folder'));
    for (const word of ['folder', './folder', 'folder/']) {
      const { code, stderr } = await rig.run('start', word);
      expect([word, code]).toEqual([word, 1]);
      expect(stderr).toContain('is a folder');
    }
    expect(await rig.list()).toEqual([]);
  });
});

describe('logs --nostream', () => {
  test('shows the last lines as JSON and as key=value too', async ({ rig }) => {
    rig.write('app.js', LIVES);
    await rig.must('start', 'app.js', '--log-type', 'json');
    const lines = (await rig.must('logs', 'app', '--nostream', '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { message: 'one', type: 'out', process_id: 0, app_name: 'app' },
      { message: 'two', type: 'out', process_id: 0, app_name: 'app' },
    ]);
    expect(Math.abs(Date.now() - Date.parse(lines[0].timestamp))).toBeLessThan(60_000);
    expect(await rig.must('logs', 'app', '--nostream', '--format')).toContain('app=app id=0 type=out message=two\n');
  });
});
