/**
 * The static server: authentication, the file that answers, and its bytes through `send`. Without it `serve` would need
 * another program that nobody supervises.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import send from 'send';
import { isAllowed } from './basic-auth.ts';
import { listingOf } from './listing.ts';
import { type Located, locate } from './locate.ts';
import type { StaticSettings } from './settings.ts';

export function createStaticServer(settings: StaticSettings): Server {
  return createServer((request, response) => {
    answer(request, response, settings).catch((error: unknown) => {
      process.stderr.write(`${request.method} ${request.url}: ${error instanceof Error ? error.message : error}\n`);
      if (response.headersSent) response.destroy();
      else refuse(response, 500);
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, settings: StaticSettings): Promise<void> {
  if (!isAllowed(request.headers.authorization, settings.auth)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="Restricted", charset="UTF-8"');
    return refuse(response, 401);
  }
  if (request.method === 'OPTIONS') {
    allowAll(response);
    response.writeHead(204, { Allow: 'GET, HEAD' }).end();
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405);
  }
  return deliver(await locate(request.url ?? '/', settings), request, response, settings);
}

async function deliver(
  located: Located,
  request: IncomingMessage,
  response: ServerResponse,
  settings: StaticSettings,
): Promise<void> {
  switch (located.kind) {
    case 'refused':
      return refuse(response, located.status);
    case 'missing':
      return refuse(response, 404);
    case 'redirect':
      response.setHeader('Location', located.location);
      return refuse(response, 301);
    case 'listing': {
      const page = await listingOf(join(settings.root, located.path), located.path);
      allowAll(response);
      response.writeHead(200, {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Length': Buffer.byteLength(page),
      });
      response.end(request.method === 'HEAD' ? undefined : page);
      return;
    }
    case 'file':
      return sendFile(located, request, response, settings);
    default:
      return located satisfies never;
  }
}

function sendFile(
  { path, status }: Located & { kind: 'file' },
  request: IncomingMessage,
  response: ServerResponse,
  { root, auth }: StaticSettings,
): void {
  response.statusCode = status;
  // A part of the page for 404 would be answered as 206.
  if (status === 404) delete request.headers.range;
  // What is hidden has been sorted out: `.well-known` is not.
  const options = { root, index: false, dotfiles: 'allow', cacheControl: false } as const;
  send(request, path.split('/').map(encodeURIComponent).join('/'), options)
    .on('headers', (to: ServerResponse, file: string) => {
      allowAll(to);
      // What needed a password must not lie in a cache that others share.
      to.setHeader('Cache-Control', auth === null ? 'no-cache' : 'private, no-cache');
      if (!/\.[^./]+$/.test(file)) to.setHeader('Content-Type', 'text/plain; charset=utf-8');
    })
    // It has gone since it was looked at, or may not be read.
    .on('error', (error: { status?: number; headers?: Record<string, string> }) => {
      for (const [name, value] of Object.entries(error.headers ?? {})) response.setHeader(name, value);
      refuse(response, error.status ?? 500);
    })
    .pipe(response);
}

function allowAll(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Methods', 'GET');
}

function refuse(response: ServerResponse, status: number): void {
  const text = `${status} ${STATUS_CODES[status] ?? ''}\n`;
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': text.length });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
