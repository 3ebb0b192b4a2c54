/** Methods of `upkeep/pm2` that stand behind a command: the static server, settings, the inspector, what a command refuses. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { apiOf, type Pm2 } from '../helpers/pm2-api.ts';
import { freePort, test } from '../helpers/rig.ts';

test('serve: a folder over http, as an app that is listed', async ({ rig }) => {
  rig.write('site/index.html', '<p>hello</p>');
  const pm2 = apiOf(rig);
  const port = await freePort();
  const started = await pm2.serve('site', port, { spa: true });
  expect(started).toMatchObject([{ pid: expect.any(Number), pm2_env: { status: 'online' } }]);
  const page = await fetch(`http://127.0.0.1:${port}/some/route`);
  expect([page.status, await page.text()]).toEqual([200, '<p>hello</p>']);
  const [{ pm2_env: record }] = started;
  expect((await pm2.delete(record.name)).map(({ status }) => status)).toEqual(['stopped']);
});

test('what a command refuses is an Error with its words', async ({ rig }) => {
  const pm2 = apiOf(rig);
  const failure = await pm2.serve('not-there', 8080).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect((failure as Error).message).toMatch(/^cannot serve .*not-there: it is not a folder/);
  expect(await pm2.list()).toEqual([]);
});

test('get gives values of the settings, not text', async ({ rig }) => {
  const pm2 = apiOf(rig);
  expect(await pm2.get()).toEqual({});
  await pm2.ping();
  writeFileSync(join(rig.home, 'module_conf.json'), JSON.stringify({ app: { key: 'value', list: [1] } }));
  expect(await pm2.get('app:key')).toBe('value');
  expect(await pm2.get('app')).toEqual({ key: 'value', list: [1] });
  await expect(pm2.get('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('set, multiset and unset change settings, and an app of that name is restarted with them', async ({ rig }) => {
  rig.write('app.js', 'setInterval(() => {}, 1000);\n');
  const pm2 = apiOf(rig) as Pm2 & Record<'set' | 'multiset' | 'unset', (...words: string[]) => Promise<unknown>>;
  await pm2.start({ script: 'app.js', name: 'app' });
  expect(await pm2.set('app:color', 'red')).toEqual({ success: true });
  expect(await pm2.multiset('app:size 3 plain yes')).toEqual({ success: true });
  expect(await pm2.get()).toEqual({ app: { color: 'red', size: '3' }, plain: 'yes' });
  expect((await pm2.describe('app'))[0]?.pm2_env).toMatchObject({ color: 'red', size: '3' });
  expect(await pm2.unset('plain')).toEqual({ success: true });
  await expect(pm2.get('plain')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(pm2.set('__proto__.polluted', 'yes')).rejects.toThrow('__proto__');
  await expect(pm2.get('__proto__.polluted')).rejects.toThrow('__proto__');
  writeFileSync(join(rig.home, 'module_conf.json'), '{"a":');
  await expect(pm2.get()).rejects.toThrow(join(rig.home, 'module_conf.json'));
});

test('inspect opens the inspector of an app on loopback and gives its address', async ({ rig }) => {
  rig.write('app.js', 'setInterval(() => {}, 1000);\n');
  const pm2 = apiOf(rig);
  await pm2.start({ script: 'app.js', name: 'app' });
  const [one] = await pm2.inspect('app');
  expect(one).toMatchObject({ pm_id: 0, name: 'app', data: { return: { success: true } } });
  expect(one.data.return.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\//);
});

test('monitorState marks processes; profile writes one of the daemon; slist tells of the machine', async ({ rig }) => {
  rig.write('app.js', 'setInterval(() => {}, 1000);\n');
  const pm2 = apiOf(rig) as Pm2 &
    Record<'monitorState' | 'slist', (...args: unknown[]) => Promise<Record<string, unknown>>>;
  await pm2.start({ script: 'app.js', name: 'app' });
  expect(await pm2.monitorState('monitor', 'app')).toEqual({ success: true });
  expect((await pm2.describe('app'))[0]?.pm2_env).toMatchObject({ _km_monitored: true });
  expect(await pm2.profile('cpu', 100)).toMatchObject({ success: true, output: expect.stringMatching(/\.cpuprofile/) });
  expect(readdirSync(rig.root).filter((file) => file.endsWith('.cpuprofile'))).toHaveLength(1);
  await expect(pm2.profile('disk' as 'cpu')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  expect(await pm2.slist()).toMatchObject({ 'RAM Total': { value: expect.any(Number), unit: 'b' } });
});
