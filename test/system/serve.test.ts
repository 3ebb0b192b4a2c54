/** `serve`: a folder over http as an ordinary app, from the command line and from a config. */
import { chmodSync, mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask } from '../helpers/answers.ts';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

function site(rig: Rig): string {
  rig.write('www/index.html', 'home');
  rig.write('www/other.html', 'other');
  rig.write('www/404.html', 'not here');
  return join(rig.root, 'www');
}

const statusOf = (port: number, path: string, authorization?: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = authorization === undefined ? {} : { authorization };
    request({ port, host: '127.0.0.1', path, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });

test('serve: path and port, the default name, --spa, basic auth, and offline after delete', async ({ rig }) => {
  const root = site(rig);
  const port = await freePort();
  const printed = await rig.must('serve', 'www', String(port));
  expect(printed).toContain(`Serving ${root} on port ${port}`);
  expect(await rig.one(`static-page-server-${port}`)).toMatchObject({ status: 'online', execMode: 'fork' });
  expect([await ask({ port, path: '/' }), await ask({ port, path: '/index.html' })]).toEqual(['home', 'home']);
  expect([await ask({ port, path: '/nope' }), await statusOf(port, '/nope')]).toEqual(['not here', 404]);

  const second = await rig.run('serve', 'www', String(port));
  expect(second).toMatchObject({ code: 1 });
  expect(second.stderr).toContain('is there already');

  await rig.must('stop', `static-page-server-${port}`);
  await rig.must('serve', 'www', String(port), '--spa');
  expect(await rig.list()).toHaveLength(1);
  expect(await ask({ port, path: '/any/route' })).toBe('home');

  const guarded = await freePort();
  const auth = ['--basic-auth-username', 'jo', '--basic-auth-password', 'secret'];
  await rig.must('expose', 'www', '--port', String(guarded), '--name', 'guarded', ...auth);
  expect(await statusOf(guarded, '/')).toBe(401);
  expect(await statusOf(guarded, '/', `Basic ${Buffer.from('jo:secret').toString('base64')}`)).toBe(200);
  expect(await rig.must('describe', 'guarded')).not.toContain('secret');

  await rig.must('delete', 'all');
  await expect(ask({ port, path: '/' })).rejects.toThrow(/ECONNREFUSED/);
});

test('serve: the environment wins, and what cannot be served is refused', async ({ rig }) => {
  site(rig);
  mkdirSync(join(rig.root, 'empty'));
  const port = await freePort();
  const env = { PM2_SERVE_PATH: './www', PM2_SERVE_PORT: String(port) };
  expect(await rig.runWith({ env }, 'serve', 'empty', '1')).toMatchObject({ code: 0 });
  expect(await ask({ port, path: '/other.html' })).toBe('other');
  for (const [words, part] of [
    [['serve', 'nowhere'], 'is not a folder'],
    [['serve', 'www', 'http'], 'port http'],
    [['serve', 'www', '--basic-auth-username', 'jo'], 'need each other'],
  ] as const) {
    const refused = await rig.run(...words);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(part);
  }
  const monitored = await rig.run('serve', 'www', String(await freePort()), '--monitor', 'shop');
  expect(monitored.stderr).toContain('--monitor');
});

test('script "serve" of a config is the static server, and the config stops it again', async ({ rig }) => {
  site(rig);
  // A folder of that name must not be taken for the script.
  mkdirSync(join(rig.root, 'serve'));
  const port = await freePort();
  const env = {
    PM2_SERVE_PATH: './www',
    PM2_SERVE_PORT: port,
    PM2_SERVE_SPA: 'true',
    PM2_SERVE_HOMEPAGE: '/other.html',
  };
  rig.write('ecosystem.json', JSON.stringify({ apps: [{ name: 'site', script: 'serve', env }] }));
  await rig.must('start', 'ecosystem.json');
  expect([await ask({ port, path: '/' }), await ask({ port, path: '/route' })]).toEqual(['other', 'other']);
  // Another program of that name is none of its business, also when it is updated.
  const path = `${join(rig.root, 'bin')}:${rig.env.PATH}`;
  chmodSync(rig.write('bin/serve', '#!/bin/sh\nexec sleep 1000\n'), 0o755);
  expect(await rig.runWith({ env: { PATH: path } }, 'restart', 'site', '--update-env')).toMatchObject({ code: 0 });
  expect(await ask({ port, path: '/' })).toBe('other');
  await rig.must('stop', 'ecosystem.json');
  expect(await rig.one('site')).toMatchObject({ status: 'stopped' });
});

test('a served folder is reloaded in cluster mode without a failed request', async ({ rig }) => {
  site(rig);
  const port = await freePort();
  await rig.must('serve', 'www', String(port), '--name', 'site', '-i', '2');
  const load = startLoad(port, { keepAlive: 4, fresh: 4 });
  await rig.must('reload', 'site');
  await until(
    () => (load.sent() > 100 ? true : undefined),
    () => 'some load',
  );
  await load.stop();
  expect(load.failures()).toEqual([]);
  expect((await rig.list()).map(({ status, execMode }) => [status, execMode])).toEqual([
    ['online', 'cluster'],
    ['online', 'cluster'],
  ]);
});
