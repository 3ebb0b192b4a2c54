/** The page's server against what no browser sends: preflights, paths that climb, headers without end, requests that never come. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DaemonLink } from '../../src/web/server/link.ts';
import { readPageFiles } from '../../src/web/server/page-files.ts';
import { makeServer, type WebServer } from '../../src/web/server/server.ts';

const TOKEN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ';
const bearer = { authorization: `Bearer ${TOKEN}` };

let folder: string;
let server: WebServer;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-web-server-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'hidden'), 'not of the page');
  server = makeServer(new DaemonLink(folder, {}), () => TOKEN, [], readPageFiles(folder));
  server.http.listen(0, '127.0.0.1');
  await once(server.http, 'listening');
  port = (server.http.address() as AddressInfo).port;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const asked = request({ port, host: '127.0.0.1', path, method, headers });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

it('gives no page of another origin leave to read or to send', async () => {
  const preflight = {
    origin: 'http://evil.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization, content-type',
  };
  for (const headers of [preflight, { ...preflight, ...bearer }]) {
    const { statusCode, headers: answered } = await ask('/api/actions', 'OPTIONS', headers);
    expect(statusCode).toBe(405);
    expect(Object.keys(answered).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  }
  const read = await ask('/', 'GET', { ...bearer, origin: 'http://evil.example' });
  expect(Object.keys(read.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

it('serves the files of the page and none beside them, however the path climbs', async () => {
  expect((await ask('/', 'GET', bearer)).statusCode).toBe(200);
  for (const path of [
    '/hidden',
    '/../hidden',
    '/%2e%2e/etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '//etc/passwd',
    '/index.html/../hidden',
    '/\\..\\hidden',
    '/index.html%00.js',
  ])
    expect([400, 404], path).toContain((await ask(path, 'GET', bearer)).statusCode);
});

it('says with every answer that nothing inline, nothing from elsewhere and no frame is allowed', async () => {
  for (const [path, headers] of [
    ['/', bearer],
    ['/', {}],
    ['/api/none', bearer],
  ] as const) {
    const { headers: answered } = await ask(path, 'GET', headers);
    expect(answered['content-security-policy']).toMatch(
      /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/,
    );
    expect(answered['content-security-policy']).not.toMatch(/unsafe|\*/);
    expect([answered['x-content-type-options'], answered['referrer-policy']]).toEqual(['nosniff', 'no-referrer']);
  }
});

describe('who takes a place and does not ask', () => {
  it('has ten seconds for the headers and thirty for all, and a bounded number of places', () => {
    const { headersTimeout, requestTimeout, maxConnections } = server.http;
    expect([headersTimeout, requestTimeout, maxConnections]).toEqual([10_000, 30_000, 512]);
  });

  it('sends at most 16 KiB of headers', async () => {
    expect((await ask('/', 'GET', { ...bearer, 'x-long': 'x'.repeat(17 * 1024) })).statusCode).toBe(431);
  });
});
