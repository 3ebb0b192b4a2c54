/** The `static` list of a config file: folders that are served by ordinary apps. */
import { expect } from 'vitest';
import { freePort, test } from '../helpers/rig.ts';

test('its entries serve, behind a password if asked, and are stopped by the file', async ({ rig }) => {
  rig.write('public/index.html', 'hello');
  const port = await freePort();
  const entry = { path: './public', host: '127.0.0.1', port, basic_auth: { username: 'u', password: 'p' } };
  await rig.must('start', rig.write('static.json', JSON.stringify({ static: [entry] })));
  expect(await rig.one(`static-page-server-${port}`)).toMatchObject({ status: 'online', execMode: 'fork' });
  const get = (headers: Record<string, string>): Promise<Response> => fetch(`http://127.0.0.1:${port}/`, { headers });
  expect((await get({})).status).toBe(401);
  const known = await get({ authorization: `Basic ${Buffer.from('u:p').toString('base64')}` });
  expect([known.status, await known.text()]).toEqual([200, 'hello']);
  await rig.must('delete', 'static.json');
  expect(await rig.list()).toEqual([]);
});
