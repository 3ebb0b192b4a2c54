/**
 * A stand-in for the page's server with the same answers and headers, whose host is made up. What it is told to do (refuse, go
 * away, send lines) real ones do not do on demand.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import type { EventRecord, InstanceView, WhyView } from '../../../src/protocol/control.ts';
import type { Action, InstancePage, LogEntry, Overview, Profile, StreamEvents } from '../../../src/web/api.ts';
import { alerts, cast, clearedAlert, crashes, detailOf, history } from './cast.ts';
import { lines } from './lines.ts';
import { cpuProfile } from './profile.ts';

const PAGE = join(import.meta.dirname, '../../../dist/web');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** As the real server has it: a page that needs more must fail here, too. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const MB = 1024 * 1024;

export class Stage {
  instances: readonly InstanceView[] = cast();
  events: EventRecord[] = [];
  lines: LogEntry[] = lines(400);
  actions: Action[] = [];
  isRefusing = false;
  readonly #streams = new Set<ServerResponse>();
  readonly #logStreams = new Set<ServerResponse>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
    const now = Date.now();
    this.happen('daemon-started', null, 'pid 812, 12 instances', now - 3_600_000);
    this.happen('exited', 2, 'exit code 1', now - 1_900_000);
    this.happen('started', 2, 'restart at once: it had run for 4 h', now - 1_899_985);
    this.happen('ready', 2, 'listening', now - 1_899_400);
    this.happen('errored', 6, 'gave up after 16 unstable ends: exit code 1', now - 660_000);
    this.happen('unready', 5, 'readiness probe http /health: 503 Service Unavailable', now - 90_000);
    this.happen('blocked', 11, 'its event loop has not turned for 5 s', now - 2200);
  }

  listen(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address();
        resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Breaks all streams. */
  dropViewers(): void {
    for (const stream of [...this.#streams, ...this.#logStreams]) stream.destroy();
  }

  get viewers(): number {
    return this.#streams.size;
  }

  happen(kind: string, id: number | null, reason: string, at = Date.now(), name?: string): void {
    const found = this.instances.find((one) => one.id === id);
    const event: EventRecord = {
      number: (this.events.at(-1)?.number ?? 40) + 1,
      at,
      kind,
      id,
      name: name ?? found?.name ?? null,
      incarnation: found?.incarnation ?? null,
      reason,
    };
    this.events.push(event);
    for (const stream of this.#streams) send(stream, 'event', event);
  }

  show(instances: readonly InstanceView[]): void {
    this.instances = instances;
    for (const stream of this.#streams) send(stream, 'overview', this.overview());
  }

  tellDaemon(state: StreamEvents['daemon']): void {
    for (const stream of this.#streams) send(stream, 'daemon', state);
  }

  say(fresh: readonly LogEntry[]): void {
    this.lines.push(...fresh);
    for (const stream of this.#logStreams) send(stream, 'lines', { lines: fresh, missed: 0 });
  }

  overview(): Overview {
    return {
      at: Date.now(),
      version: '0.1.0',
      daemon: {
        protocol: 1,
        version: '0.1.0',
        pid: 812,
        home: '/home/deploy/.upkeep',
        startedAt: Date.now() - 19 * 24 * 3_600_000,
        node: '22.21.0',
      },
      host: {
        at: Date.now(),
        spanMs: 1000,
        cpuPercent: 37,
        temperature: null,
        memory: { totalBytes: 16_384 * MB, availableBytes: 9_900 * MB },
        disk: { read: 12_000, written: 480_000 },
        interfaces: [
          {
            name: 'eth0',
            received: 812_000,
            sent: 2_400_000,
            receiveErrors: 0,
            sendErrors: 0,
            receiveDrops: 0,
            sendDrops: 0,
          },
        ],
        fileSystems: [{ mount: '/', sizeBytes: 80_000 * MB, usedPercent: 61 }],
      },
      instances: this.instances,
      alerts: alerts(),
      notes: [],
    };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://x');
    response.setHeader('content-security-policy', POLICY);
    if (this.isRefusing) json(response, { error: 'the token is not valid' }, 401);
    else if (request.method === 'POST') void this.#post(request, response, url.pathname);
    else if (url.pathname === '/api/logs/stream') open(response, this.#logStreams);
    else if (url.pathname === '/api/stream') {
      open(response, this.#streams);
      send(response, 'overview', this.overview());
    } else if (url.pathname.startsWith('/api/')) {
      const value = this.#value(url);
      if (value === undefined) json(response, { error: `there is no ${url.pathname}` }, 404);
      else json(response, value);
    } else this.#file(url.pathname, response);
  }

  #file(path: string, response: ServerResponse): void {
    const name = path === '/' ? 'index.html' : path.slice(1);
    if (!readdirSync(PAGE).includes(name)) return void response.writeHead(404).end();
    response.setHeader('content-type', TYPES[extname(name)] ?? 'application/octet-stream');
    response.end(readFileSync(join(PAGE, name)));
  }

  /** undefined: there is nothing at this path. */
  #value({ pathname, searchParams }: URL): unknown {
    const [, , what = '', first = '', second = ''] = pathname.split('/').map(decodeURIComponent);
    const one = this.instances.find(({ id }) => String(id) === first);
    switch (what) {
      case 'overview':
        return this.overview();
      case 'events':
        return { last: 0, missed: 0, events: this.events };
      case 'history':
        return one && history(one, searchParams.get('span') === 'day' ? 'day' : 'hour');
      case 'instances':
        return one && pageOf(one, this.lines);
      case 'logs':
        return logPage(this.lines, searchParams);
      case 'alerts':
        return [...alerts(), clearedAlert()];
      case 'crashes':
        if (second === 'files') return {};
        return first === '' ? crashes() : crashes().find(({ crash }) => crash === first);
      case 'profiles':
        return first === '' ? profiles() : cpuProfile();
      default:
        return undefined;
    }
  }

  async #post(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (path !== '/api/actions') return void response.writeHead(404).end();
    this.actions.push(JSON.parse(body) as Action);
    json(response, { outcomes: [], notes: [] });
  }
}

const profiles = (): Profile[] => [
  { file: 'api-0-2026-11-25T10-00-00.cpuprofile', kind: 'cpu', at: Date.now() - 240_000, bytes: 812_331 },
  {
    file: 'api-0-2026-11-25T09-41-10.heapsnapshot',
    kind: 'heapsnapshot',
    at: Date.now() - 1_400_000,
    bytes: 61_200_331,
  },
];

function logPage(all: readonly LogEntry[], query: URLSearchParams): object {
  const limit = Number(query.get('limit') ?? 200);
  const grep = (query.get('grep') ?? '').toLowerCase();
  const matching = all.filter(
    ({ text, stream }) => text.toLowerCase().includes(grep) && (query.get('stream') ?? stream) === stream,
  );
  const end = Number(query.get('before') ?? matching.length);
  const begin = Math.max(0, end - limit);
  return { lines: matching.slice(begin, end), before: begin === 0 ? null : String(begin) };
}

function pageOf(one: InstanceView, all: readonly LogEntry[]): InstancePage {
  const why: WhyView = {
    instance: one,
    next: one.pid > 0 ? 'it runs until it ends or is told to' : 'nothing, until it is started',
    lives: [
      {
        incarnation: 2,
        pid: 3300,
        startedAt: Date.now() - 16_000_000,
        endedAt: Date.now() - 1_900_000,
        exit: { kind: 'code', code: 1 },
        verdict: 'restart at once: it had run for 4 h',
      },
    ],
    lastLines: all
      .slice(-8)
      .map(({ text, stream, at }) => ({ id: one.id, name: one.name, namespace: 'default', stream, at: at ?? 0, text })),
    listening: ['0.0.0.0:3000'],
    portConflict: null,
  };
  return {
    detail: detailOf(one),
    why,
    environment: [
      { name: 'DATABASE_URL', value: null, origin: 'env_production' },
      { name: 'NODE_ENV', value: 'production', origin: 'env_production' },
      { name: 'PORT', value: '3000', origin: 'env' },
      { name: 'PATH', value: '/usr/local/bin:/usr/bin:/bin', origin: 'caller' },
      { name: 'SESSION_SECRET', value: null, origin: 'env' },
      { name: 'pm_id', value: String(one.id), origin: 'upkeep' },
    ],
    configDiff: [{ key: 'max_memory_restart', started: '300M', now: '400M' }],
  };
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function open(response: ServerResponse, streams: Set<ServerResponse>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  streams.add(response);
  response.on('close', () => streams.delete(response));
}

function send(stream: ServerResponse, kind: string, value: unknown): void {
  stream.write(`event: ${kind}\ndata: ${JSON.stringify(value)}\n\n`);
}
