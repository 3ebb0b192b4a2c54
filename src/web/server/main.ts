/**
 * The program of the page's server. A process of its own, supervised like an app: it may die without the daemon, and the daemon
 * without it.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { homeFrom } from '../../platform/paths.ts';
import { HOST_VARIABLE, LOOPBACK, PORT_VARIABLE } from '../companion.ts';
import { inUrl, newToken, readAddress, readToken, writeAddress } from '../place.ts';
import { DaemonLink } from './link.ts';
import { readPageFiles } from './page-files.ts';
import { makeServer } from './server.ts';

/** What is being answered gets so long when the server is told to end. */
const LAST_ANSWERS_MS = 1000;
/** The daemon's first word is waited for so long. */
const FIRST_WORD_MS = 2000;

const { env } = process;
const home = homeFrom(env, process.cwd());
const host = env[HOST_VARIABLE] || LOOPBACK;
const wanted = Number(env[PORT_VARIABLE] ?? 0);
// Any port: the one of before, so that open pages find the server again.
const before = wanted === 0 ? readAddress(home) : null;

const page = join(import.meta.dirname, 'web');
const files = existsSync(page) ? readPageFiles(page) : new Map();
if (readToken(home) === null) newToken(home);

const link = new DaemonLink(home, env);
const server = makeServer(link, () => readToken(home), [hostname(), host], files);

function listen(port: number): void {
  server.http.listen(port, host);
}

server.http.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE' && before !== null && !server.http.listening && wanted === 0) {
    server.http.once('listening', () => process.stderr.write(`port ${before.port} is taken: another one it is\n`));
    return listen(0);
  }
  process.stderr.write(`the page cannot listen on ${inUrl(host)}:${wanted}: ${error.message}\n`);
  process.exit(1);
});
server.http.on('listening', () => {
  const address = server.http.address();
  const port = typeof address === 'object' && address !== null ? address.port : wanted;
  writeAddress(home, { pid: process.pid, host, port });
  process.stdout.write(`the page is at http://${inUrl(host)}:${port}: \`upkeep web\` prints it with its token\n`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    setTimeout(() => process.exit(0), LAST_ANSWERS_MS).unref();
    const isClosed = once(server.http, 'close');
    void Promise.all([server.close(), isClosed]).then(() => process.exit(0));
  });

/** Who asks at once is to see processes, not that there is no daemon yet. */
const heard = new Promise<void>((resolve) => {
  link.onState(() => resolve());
  setTimeout(resolve, FIRST_WORD_MS).unref();
});
void link.run();
void heard.then(() => listen(before?.port ?? wanted));
