/**
 * The page's server: gate, headers, paths. Everything passes the gate first, the files of the page too; without that order a
 * new path could be reachable by everybody.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Refusal } from '../api.ts';
import { addApi } from './api-routes.ts';
import { Gate } from './gate.ts';
import type { DaemonLink } from './link.ts';
import { LogHub } from './log-hub.ts';
import { answerFile, type PageFile } from './page-files.ts';
import { Profiles } from './profiles.ts';
import { Routes } from './routes.ts';
import { Streams } from './sse.ts';
import { Watch } from './watch.ts';

/** Streams and what a few browsers ask at once. */
const MOST_CONNECTIONS = 512;

/** Who sends a request slower than this, or with larger headers, takes a place from somebody else. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16 * 1024,
} as const;

/** Nothing inline, nothing from elsewhere, in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export interface WebServer {
  readonly http: Server;
  /** Tells viewers to come back, and lets nobody in any more. Resolves when no app records anything for it. */
  close(): Promise<void>;
}

function refuse(
  { method, headers }: IncomingMessage,
  outgoing: ServerResponse,
  { status, error }: { readonly status: number; readonly error: string },
): void {
  if (status === 401) outgoing.setHeader('WWW-Authenticate', 'Bearer realm="upkeep"');
  if (status === 405) outgoing.setHeader('Allow', 'GET, HEAD, POST');
  const isForPeople = /\btext\/html\b/.test(headers.accept ?? '');
  const text = isForPeople ? refusalPage(status, error) : JSON.stringify({ error } satisfies Refusal);
  const type = isForPeople ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
  outgoing.writeHead(status, { 'Content-Type': type, Connection: 'close' });
  outgoing.end(method === 'HEAD' ? undefined : text);
}

/** Without a style or script: what is not let in gets none of the page's files either. */
function refusalPage(status: number, error: string): string {
  const said = error.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`).replace(/`([^`]+)`/g, '<code>$1</code>');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Upkeep: ${status}</title><h1>${status}</h1><p>${said}.</p></html>\n`;
}

/** @param names by which it may be called besides addresses and `localhost` */
export function makeServer(
  link: DaemonLink,
  token: () => string | null,
  names: readonly string[],
  files: ReadonlyMap<string, PageFile>,
): WebServer {
  const gate = new Gate(token, names);
  const streams = new Streams();
  const routes = new Routes();
  const profiles = new Profiles(link.home);
  addApi(routes, { link, streams, watch: new Watch(link), logHub: new LogHub(link), profiles });
  for (const [path, file] of files) routes.get(path, (asking) => answerFile(file, asking.req.raw));
  const index = files.get('/index.html');
  if (index !== undefined) routes.get('/', (asking) => answerFile(index, asking.req.raw));
  routes.close();
  const answer = getRequestListener(routes.app.fetch, { overrideGlobalObjects: false });
  const http = createServer(LIMITS, (incoming, outgoing) => {
    for (const [name, value] of Object.entries(HEADERS)) outgoing.setHeader(name, value);
    const { method = '', headers, url = '' } = incoming;
    const verdict = gate.judge({ method, headers, url });
    if (verdict.kind === 'refused') return refuse(incoming, outgoing, verdict);
    if (verdict.kind === 'allowed') return void answer(incoming, outgoing);
    outgoing.writeHead(303, { 'Set-Cookie': verdict.cookie, Location: verdict.location });
    outgoing.end();
  });
  http.maxConnections = MOST_CONNECTIONS;
  return {
    http,
    close: () => {
      http.close();
      streams.endAll();
      http.closeIdleConnections();
      return profiles.endAll();
    },
  };
}
