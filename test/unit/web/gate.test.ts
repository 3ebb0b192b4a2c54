/** Who is let in, over everything that a browser or a program can send. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Asked, Gate } from '../../../src/web/server/gate.ts';

const TOKEN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ';
const OTHER = TOKEN.replace('a', 'b');
const gate = new Gate(() => TOKEN, ['Web.Example']);
const HOST = '127.0.0.1:9616';

const judge = (more: Partial<Asked> = {}, headers: Asked['headers'] = {}): string => {
  const verdict = gate.judge({ method: 'GET', url: '/api/overview', ...more, headers: { host: HOST, ...headers } });
  return verdict.kind === 'refused' ? String(verdict.status) : verdict.kind;
};
const bearer = { authorization: `Bearer ${TOKEN}` };
const welcome = gate.judge({ method: 'GET', url: `/?token=${TOKEN}&x=1`, headers: { host: HOST } });
const cookie = welcome.kind === 'welcome' ? (welcome.cookie.split(';')[0] ?? '') : '';

describe('the token', () => {
  it('lets in as a bearer header, and by the cookie that the link sets', () => {
    expect(judge({}, bearer)).toBe('allowed');
    expect(welcome).toMatchObject({ kind: 'welcome', location: '/?x=1' });
    expect(cookie).not.toContain(TOKEN);
    expect(judge({}, { cookie })).toBe('allowed');
    expect(judge({}, { cookie: `other=1; ${cookie}; more=2` })).toBe('allowed');
  });

  it('is wanted by every path and method', () => {
    const url = fc.string().map((path) => `/${encodeURIComponent(path)}`);
    fc.assert(
      fc.property(url, fc.constantFrom('GET', 'HEAD', 'POST'), (path, method) => {
        expect(judge({ url: path, method })).toBe('401');
        expect(judge({ url: path, method }, { authorization: `Bearer ${OTHER}` })).toBe('401');
      }),
    );
    expect(judge({ url: `/?token=${OTHER}` })).toBe('401');
    expect(judge({ url: `/api/overview?token=${TOKEN}` })).toBe('401');
    expect(judge({ url: `/?token=${TOKEN}`, method: 'POST' })).toBe('401');
    expect(judge({}, { cookie: cookie.replace('9616', '9617') })).toBe('401');
    expect(judge({}, { cookie: `upkeep-web-9616=${TOKEN}` })).toBe('401');
  });

  it('that has gone, or is another now, shuts out what it opened', () => {
    let token: string | null = OTHER;
    const changing = new Gate(() => token, []);
    const ask = { method: 'GET', url: '/', headers: { host: HOST, cookie } };
    expect(changing.judge(ask)).toMatchObject({ status: 401 });
    token = TOKEN;
    expect(changing.judge(ask)).toEqual({ kind: 'allowed' });
    token = null;
    expect(changing.judge({ ...ask, headers: { host: HOST, ...bearer } })).toMatchObject({ status: 401 });
  });
});

describe('the name by which it is called', () => {
  it('is an address, localhost, or the one that it was given', () => {
    for (const host of [
      HOST,
      'localhost',
      'LOCALHOST:80',
      '[::1]:9616',
      '10.1.2.3:1',
      'web.example:9616',
      'a.localhost',
    ])
      expect(judge({}, { ...bearer, host }), host).toBe('allowed');
    for (const host of [
      '',
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'a b',
      'x@127.0.0.1',
      '127.1',
      '0x7f.1',
    ])
      expect(judge({}, { ...bearer, host }), host).toBe('400');
  });

  it('makes another cookie for another port, as through a tunnel', () => {
    const through = gate.judge({ method: 'GET', url: `/?token=${TOKEN}`, headers: { host: 'localhost:9000' } });
    expect(through).toMatchObject({ cookie: expect.stringMatching(/^upkeep-web-9000=/) });
  });
});

describe('another page in the same browser', () => {
  const post = (headers: Asked['headers']): string => judge({ method: 'POST' }, { cookie, ...headers });

  it('changes nothing', () => {
    expect(post({ origin: `http://${HOST}` })).toBe('allowed');
    for (const origin of ['null', 'http://evil.example', 'http://127.0.0.1:3000', 'http://127.0.0.1', 'x'])
      expect(post({ origin }), origin).toBe('403');
    expect(post({})).toBe('403');
    for (const site of ['cross-site', 'same-site'])
      expect(post({ origin: `http://${HOST}`, 'sec-fetch-site': site }), site).toBe('403');
  });

  it('reads nothing, but may link to the page', () => {
    expect(judge({}, { cookie, 'sec-fetch-site': 'same-site' })).toBe('403');
    expect(judge({}, { cookie, origin: 'http://127.0.0.1:3000' })).toBe('403');
    expect(judge({ url: '/' }, { cookie, 'sec-fetch-site': 'cross-site' })).toBe('allowed');
    expect(judge({}, { cookie, 'sec-fetch-site': 'same-origin' })).toBe('allowed');
  });

  it('is of no matter to a program that has the token itself', () => {
    expect(judge({ method: 'POST' }, bearer)).toBe('allowed');
  });
});

it('knows two ways to read and one to change', () => {
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) expect(judge({ method }, bearer)).toBe('405');
});
