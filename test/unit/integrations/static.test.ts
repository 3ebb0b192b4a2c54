/** The static server's answers, over real sockets of loopback. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createStaticServer } from '../../../src/integrations/static/server.ts';
import { readStaticSettings } from '../../../src/integrations/static/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'upkeep-static-'));
const root = join(folder, 'www');
const servers: Server[] = [];

// Made while the tests are collected, as the servers are.
const write = (path: string, text: string): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
};
write('secret.txt', 'outside');
write('www-other/secret.txt', 'outside, beside');
write('www/index.html', 'home');
write('www/other.html', 'other');
write('www/404.html', 'not here');
write('www/LICENSE', 'words');
write('www/data.json', '{}');
write('www/big.bin', '0123456789');
write('www/.env', 'KEY=1');
write('www/.well-known/security.txt', 'contact');
write('www/with-index/index.html', 'inner');
write('www/plain/zebra.txt', 'z');
write('www/plain/<img src=x>.txt', 'x');
write('www/plain/.hidden', 'h');
write('www/plain/sub/leaf.txt', 'leaf');
write('www/ü ö.txt', 'umlauts');
symlinkSync('/nowhere/at/all', join(root, 'plain/dangling'));
utimesSync(join(root, 'plain/zebra.txt'), 1_700_000_000, 1_700_000_000);

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server with these settings, and a way to ask it: the path goes out as it is. */
async function serving(env: NodeJS.ProcessEnv, at = root) {
  const reading = readStaticSettings({ PM2_SERVE_PATH: at, ...env }, folder);
  if (!reading.ok) throw new Error(reading.problem);
  const server = createStaticServer(reading.settings);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path, headers, method, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      });
      asked.on('error', reject).end();
    });
}

describe('without options', async () => {
  const ask = await serving({});

  it.each([
    ['the homepage', '/', 200, 'home'],
    ['a file by its name', '/other.html', 200, 'other'],
    ['a query changes nothing', '/other.html?v=1', 200, 'other'],
    ['encoded names', '/%C3%BC%20%C3%B6.txt', 200, 'umlauts'],
    ['a file that is not there: 404.html and 404', '/x/y/other.html', 404, 'not here'],
    ['a folder with an index.html', '/with-index/', 200, 'inner'],
    ['a folder without one is 404, not an error of the server', '/plain/', 404, 'not here'],
    ['a file is no folder', '/other.html/', 404, 'not here'],
    ['.well-known is for the world', '/.well-known/security.txt', 200, 'contact'],
  ])('%s', async (_, path, status, body) => {
    expect(await ask(path)).toMatchObject({ status, body });
  });

  it('never serves files that begin with a dot', async () => {
    for (const path of ['/.env', '/%2eenv', '/plain/.hidden']) expect(await ask(path)).toMatchObject({ status: 404 });
  });

  it.each([
    ['/../secret.txt', 404],
    ['/%2e%2e/secret.txt', 404],
    ['/..%2fsecret.txt', 403],
    ['/..%2fwww-other/secret.txt', 403],
    ['/plain/..%2f..%2fsecret.txt', 403],
    ['/%00', 400],
    ['/%zz', 400],
    ['//secret.txt', 404],
    [`/${'..%2f'.repeat(12)}etc/passwd`, 403],
  ])('does not leave its folder: %s is %i', async (path, status) => {
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('outside');
  });

  it('gives type by extension, CORS headers, and what caches need', async () => {
    const { headers } = await ask('/data.json');
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
      'accept-ranges': 'bytes',
      'cache-control': 'no-cache',
    });
    expect((await ask('/LICENSE')).headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(await ask('/data.json', { 'if-none-match': headers.etag ?? '' })).toMatchObject({ status: 304, body: '' });
    const since = { 'if-modified-since': headers['last-modified'] ?? '' };
    expect(await ask('/data.json', since)).toMatchObject({ status: 304 });
  });

  it('gives parts of a file', async () => {
    const part = await ask('/big.bin', { range: 'bytes=2-4' });
    expect(part).toMatchObject({ status: 206, body: '234' });
    expect(part.headers['content-range']).toBe('bytes 2-4/10');
    expect(await ask('/big.bin', { range: 'bytes=90-' })).toMatchObject({ status: 416 });
    expect(await ask('/nope', { range: 'bytes=0-1' })).toMatchObject({ status: 404, body: 'not here' });
  });

  it('sends a visitor of a folder to its slash, so that relative links hold, also behind a prefix', async () => {
    const { status, headers } = await ask('/with-index?a=1');
    expect([status, headers.location]).toEqual([301, './with-index/?a=1']);
  });

  it('answers HEAD without a body, OPTIONS with what may be asked, and refuses the rest', async () => {
    expect(await ask('/other.html', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
    const options = await ask('/other.html', {}, 'OPTIONS');
    expect([options.status, options.headers['access-control-allow-origin']]).toEqual([204, '*']);
    expect(await ask('/other.html', {}, 'POST')).toMatchObject({ status: 405 });
  });
});

describe('with --spa', async () => {
  const ask = await serving({ PM2_SERVE_SPA: 'true' });

  it.each([
    ['what is not there is the homepage, and 200', '/some/route', 200, 'home'],
    ['a nested path to a name that is there at the top', '/x/y/other.html', 200, 'other'],
    ['what hides behind a dot stays hidden', '/x/.env', 200, 'home'],
    ['a folder without an index.html is the homepage', '/plain/', 200, 'home'],
  ])('%s', async (_, path, status, body) => {
    expect(await ask(path)).toMatchObject({ status, body });
  });

  it('has its own homepage with PM2_SERVE_HOMEPAGE', async () => {
    const other = await serving({ PM2_SERVE_SPA: 'true', PM2_SERVE_HOMEPAGE: '/other.html' });
    expect(await other('/')).toMatchObject({ status: 200, body: 'other' });
    expect(await other('/route')).toMatchObject({ status: 200, body: 'other' });
  });
});

describe('with --ftp', async () => {
  const ask = await serving({ PM2_SERVE_FTP: 'true' });

  it('lists a folder: folders first, then by name, without what begins with a dot', async () => {
    const { status, body, headers } = await ask('/plain/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const links = [...body.matchAll(/href="([^"]+)"/g)].map((match) => match[1]);
    expect(links).toEqual(['./../', './sub/', './%3Cimg%20src%3Dx%3E.txt', './zebra.txt']);
    expect(body).toContain('2023-11-14 22:13:20');
    expect(body).not.toContain('<img');
  });

  it('lists it without the slash too, with links that hold', async () => {
    const { status, body } = await ask('/plain');
    expect(status).toBe(200);
    expect(body).toContain('href="./plain/zebra.txt"');
  });

  it('prefers an index.html', async () => {
    expect(await ask('/with-index/')).toMatchObject({ status: 200, body: 'inner' });
  });

  it('lists the top if there is no homepage', async () => {
    const top = await serving({ PM2_SERVE_FTP: 'true' }, join(root, 'plain'));
    const { body } = await top('/');
    expect(body).toContain('zebra.txt');
    expect(body).not.toContain('../');
  });
});

describe('with basic authentication', async () => {
  const ask = await serving({
    PM2_SERVE_BASIC_AUTH: 'true',
    PM2_SERVE_BASIC_AUTH_USERNAME: 'jo',
    PM2_SERVE_BASIC_AUTH_PASSWORD: 'p:ß',
  });
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

  it('lets in who has name and password', async () => {
    const { status, body, headers } = await ask('/', basic('jo:p:ß'));
    expect([status, body, headers['cache-control']]).toEqual([200, 'home', 'private, no-cache']);
  });

  it.each([
    ['nothing', {}],
    ['a wrong password', basic('jo:p')],
    ['a wrong name', basic('j:p:ß')],
    ['no colon', basic('jo')],
  ])('refuses %s with a challenge', async (_, headers) => {
    const answer = await ask('/', headers as Record<string, string>);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/);
    expect(answer.body).not.toContain('home');
  });
});

describe('settings', () => {
  it.each([
    ['a folder that is not there', { PM2_SERVE_PATH: 'nowhere' }, 'not a folder'],
    ['a port that is none', { PM2_SERVE_PATH: '.', PM2_SERVE_PORT: '80x' }, 'PM2_SERVE_PORT'],
    [
      'a password that is missing',
      { PM2_SERVE_PATH: '.', PM2_SERVE_BASIC_AUTH: 'true' },
      'PM2_SERVE_BASIC_AUTH_PASSWORD',
    ],
  ])('refuses %s', (_, env, part) => {
    const reading = readStaticSettings(env, folder);
    expect(reading.ok ? '' : reading.problem).toContain(part);
  });

  it('has the defaults of PM2', () => {
    const reading = readStaticSettings({}, folder);
    expect(reading.ok && reading.settings).toEqual({
      root: folder,
      port: 8080,
      host: '0.0.0.0',
      spa: false,
      ftp: false,
      homepage: '/index.html',
      auth: null,
    });
  });

  it('says that PM2_SERVE_MONITOR has no meaning', () => {
    const reading = readStaticSettings({ PM2_SERVE_MONITOR: 'x' }, folder);
    expect(reading.ok && reading.notes.join()).toContain('PM2_SERVE_MONITOR');
  });
});
