/** Settings as a running app sees them, and as the rotation of logs obeys them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const STAY = 'setInterval(() => {}, 1e6);';
const CHATTY = `setInterval(() => console.log('x'.repeat(200)), 2);`;

describe('settings', () => {
  test('say where a variable comes from, and go when they are unset', async ({ rig }) => {
    rig.write('web.json', JSON.stringify({ apps: [{ name: 'web', script: 'web.js', env: { KEPT: '1' } }] }));
    rig.write('web.js', STAY);
    await rig.must('set', 'web:MODE', 'fast');
    await rig.must('start', 'web.json');
    expect(await rig.must('describe', 'web')).toMatch(/MODE web \(settings\)/);
    const env = async (): Promise<Readonly<Record<string, string>>> =>
      (await rig.call('app.env', { target: 'web' })).env.declared;
    expect(await env()).toEqual({ KEPT: '1', MODE: 'fast', web: '{"MODE":"fast"}' });
    const { pid } = await rig.one('web');
    await rig.must('unset', 'web:MODE');
    expect((await rig.one('web')).pid).toBe(pid);
    await rig.must('restart', 'web');
    expect(await env()).toEqual({ KEPT: '1', web: '{}' });
  });

  test('that cannot be read are told of, kept, and keep no app from starting', async ({ rig }) => {
    rig.write('home/module_conf.json', '{ "web": ');
    rig.write('web.js', STAY);
    await rig.must('start', 'web.js');
    const { code, stderr } = await rig.run('set', 'a:b', '1');
    expect([code, stderr]).toEqual([1, expect.stringContaining('cannot be read')]);
    expect(rig.read('module_conf.json')).toBe('{ "web": ');
  });

  test('are edited in the editor of the user', async ({ rig }) => {
    const editor = rig.write('editor.sh', `#!/bin/sh\nprintf '{"a":{"b":"edited"}}' > "$2"\n`);
    await rig.runWith({ env: { VISUAL: `sh ${editor} --wait` } }, 'set');
    expect(await rig.must('get', 'a:b')).toContain('edited');
  });

  test('of pm2-logrotate set the rotation of apps that run', async ({ rig }) => {
    rig.write('chatty.js', CHATTY);
    await rig.must('start', 'chatty.js');
    const { pid } = await rig.one('chatty');
    const files = (): readonly string[] => readdirSync(join(rig.home, 'logs'));
    const rotated = (): readonly string[] => files().filter((name) => /Z(\.gz)?$/.test(name));
    await until(
      () => (rig.read('logs/chatty-out.log').length > 4096 ? true : undefined),
      () => 'output',
    );
    expect(rotated()).toEqual([]);
    expect(
      await rig.must('multiset', 'pm2-logrotate:max_size 4K pm2-logrotate:retain 2 pm2-logrotate:compress false'),
    ).toContain('rotated at 4K');
    await until(
      () => (rotated().length === 2 && rotated().every((name) => name.endsWith('Z')) ? true : undefined),
      () => `two rotated files, not ${files().join(' ')}`,
    );
    expect((await rig.one('chatty')).pid).toBe(pid);
    rig.write('later.js', STAY);
    await rig.must('start', 'later.js', '--log-keep', '7');
    const [later] = (await rig.call('instance.describe', { targets: ['later'] })).instances;
    expect(later?.spec.log).toMatchObject({ maxSizeBytes: 4096, keep: 7, compress: false });
    expect((await rig.run('set', 'pm2-logrotate:dateFormat', 'YYYY')).stderr).toContain('has no effect');
    expect((await rig.run('set', 'pm2-logrotate:max_size', 'huge')).code).toBe(1);
    await rig.must('set', 'pm2-logrotate:rotateInterval', '0 0 * * *');
    const [chatty] = (await rig.call('instance.describe', { targets: ['chatty'] })).instances;
    expect(chatty?.spec.log.maxAgeMs).toBe(86_400_000);
  });
});
