/** One attempt to deliver: what counts as taken, what a failure says, and that none lasts longer than its time. */
import { execFileSync } from 'node:child_process';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { post } from '../../../src/daemon/alerts/http-post.ts';
import { runProgram } from '../../../src/daemon/alerts/run-program.ts';
import type { Sent } from '../../../src/daemon/alerts/sent.ts';
import { CERTIFICATE, KEY } from '../../helpers/certificate.ts';
import { until } from '../../helpers/until.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const never = new AbortController().signal;

async function postTo(answer: RequestListener, timeoutMs = 5_000, signal = never): Promise<Sent> {
  const port = await listen(createServer(answer));
  return post({ url: `http://127.0.0.1:${port}/`, headers: {}, body: '{"a":"ü"}', timeoutMs }, signal);
}

describe('a POST', () => {
  it('sends all of the body with its length in bytes', async () => {
    let got = '';
    const sent = await postTo((request, response) => {
      request.on('data', (chunk) => {
        got += chunk;
      });
      request.on('end', () => response.writeHead(request.headers['content-length'] === '10' ? 201 : 400).end());
    });
    expect([sent, got]).toEqual([{ ok: true }, '{"a":"ü"}']);
  });

  it.each([
    [500, {}, 'no\n room', 'answered 500: no room', null],
    [302, { location: 'http://127.0.0.1:1/' }, '', 'answered 302', null],
    [429, { 'retry-after': '30' }, '', 'answered 429', 30_000],
    [503, { 'retry-after': '999999' }, '', 'answered 503', 3_600_000],
    [503, { 'retry-after': 'soon' }, '', 'answered 503', null],
  ])('%i %j', async (status, headers, body, error, afterMs) => {
    expect(await postTo((_, response) => response.writeHead(status, headers).end(body))).toEqual({
      ok: false,
      error,
      afterMs,
    });
  });

  it('does not read an answer that has no end', async () => {
    const sent = await postTo((_, response) => {
      response.writeHead(500);
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', pour);
      pour();
    });
    expect(sent).toMatchObject({ ok: false, error: expect.stringMatching(/^answered 500: x{300}$/) });
  });

  it('one that never answers, or begins to and never ends, has failed when its time is up', async () => {
    expect(await postTo(() => {}, 50)).toMatchObject({ ok: false, error: 'no answer within 50 ms' });
    expect(await postTo((_, response) => void response.writeHead(500).write('x'), 50)).toMatchObject({
      ok: false,
      error: 'no answer within 50 ms',
    });
  });

  it('is given up when the daemon ends', async () => {
    const end = new AbortController();
    const sent = await postTo(() => end.abort(), 60_000, end.signal);
    expect(sent.ok).toBe(false);
  });

  it('over https the certificate is checked', async () => {
    const port = await listen(
      createSecureServer({ key: KEY, cert: CERTIFICATE }, (_, response) => response.end()) as unknown as Server,
    );
    const sent = await post({ url: `https://127.0.0.1:${port}/`, headers: {}, body: '{}', timeoutMs: 5_000 }, never);
    expect(sent).toMatchObject({ ok: false, error: expect.stringMatching(/CERT|SELF_SIGNED|ALTNAME/) });
  });

  it('an address that nobody has says so', async () => {
    const port = await listen(createServer());
    servers.pop()?.close();
    const sent = await post({ url: `http://127.0.0.1:${port}/`, headers: {}, body: '{}', timeoutMs: 5_000 }, never);
    expect(sent).toMatchObject({ ok: false, error: 'ECONNREFUSED' });
  });
});

describe('a program', () => {
  const run = (script: string, timeoutMs = 10_000, input = 'words'): Promise<Sent> =>
    runProgram(
      { command: ['sh', '-c', script], env: { PATH: process.env.PATH ?? '', X: '1' }, cwd: '/', input, timeoutMs },
      never,
    );

  it('has taken it if it ends with 0; otherwise its last words are told', async () => {
    expect(await run('test "$(cat)$X" = words1')).toEqual({ ok: true });
    expect(await run('echo first >&2; echo no such user >&2; exit 67')).toMatchObject({
      error: 'sh ended with 67: no such user',
    });
    expect(await run('kill -9 $$')).toMatchObject({ error: 'sh was ended by SIGKILL' });
  });

  it('need not read', async () => {
    expect(await run('exit 0', 10_000, 'x'.repeat(1_000_000))).toEqual({ ok: true });
  });

  it('that hangs is ended with all that it started', async () => {
    // No other process of the machine has this in its arguments.
    const sleep = `sleep 3600.${process.pid}`;
    const sent = await run(`${sleep} & ${sleep}`, 300);
    expect(sent).toMatchObject({ error: 'sh did not end within 300 ms' });
    const left = (): boolean => execFileSync('ps', ['-eo', 'args']).toString().includes(sleep);
    await until(
      () => (left() ? undefined : true),
      () => 'the children to be gone',
    );
  });

  it('that is not there is told', async () => {
    const sent = await runProgram({ command: ['/not/there'], env: {}, cwd: '/', input: '', timeoutMs: 1_000 }, never);
    expect(sent).toMatchObject({ error: 'cannot run /not/there: ENOENT' });
  });
});
