/**
 * The paths of the page's server, each with what answers it. The shapes stand in `../api.ts`; without this one list a path
 * could be answered that nobody has described.
 */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Client } from '../../client/client.ts';
import { crashFile, readCrash, readCrashes } from '../../client/crashes.ts';
import type { HistorySpan } from '../../protocol/observation.ts';
import type { AlertList, CrashList, CrashPage, EventsPage, History, LogPage } from '../api.ts';
import { actionOf, carryOut } from './actions.ts';
import { instancePage } from './instances.ts';
import type { DaemonLink } from './link.ts';
import { entryOf, filterOf, queryOf } from './log-filter.ts';
import type { LogHub } from './log-hub.ts';
import { metricsPage } from './metrics.ts';
import { orderOf, type Profiles } from './profiles.ts';
import { bodyOf, idOf, numberOf } from './query.ts';
import { badRequest, RefusedRequest } from './refusal.ts';
import type { Asking, Routes } from './routes.ts';
import { sendFile } from './send-file.ts';
import type { EventStream, Streams } from './sse.ts';
import type { Watch } from './watch.ts';

export interface Parts {
  readonly link: DaemonLink;
  readonly streams: Streams;
  readonly watch: Watch;
  readonly logHub: LogHub;
  readonly profiles: Profiles;
}

const MOST_EVENTS = Number.MAX_SAFE_INTEGER;
const MOST_LINES = 2000;
const USUAL_LINES = 200;
/** Of gigabytes without a match; the page then asks on for what is older. */
const SEARCH_BUDGET_MS = 5000;

function spanOf(asking: Asking): HistorySpan {
  const span = asking.req.query('span') || 'hour';
  if (span === 'hour' || span === 'day') return span;
  throw badRequest(`span is hour or day, not ${span.slice(0, 20)}`);
}

async function historyOf(client: Client, id: number, span: HistorySpan): Promise<History> {
  // A number could also be the name of another app: then what is meant stands among all.
  const named = await client.history(id, span);
  const found = named.find((one) => one.id === id) ?? (await client.history('all', span)).find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new RefusedRequest(404, `no process has the id ${id}`);
}

/** Refuses before anything is sent. */
function openStream(asking: Asking, streams: Streams): EventStream {
  const { incoming, outgoing } = asking.env;
  if (incoming.method !== 'GET') throw new RefusedRequest(405, 'a stream is read by GET');
  if (streams.isFull)
    throw new RefusedRequest(503, `${streams.count} streams are open already: close pages that nobody looks at`);
  return streams.open(outgoing);
}

export function addApi(routes: Routes, { link, streams, watch, logHub, profiles }: Parts): void {
  routes.get('/metrics', (asking) => metricsPage(asking, link));
  routes.get('/api/overview', async (asking) => asking.json(await watch.now()));
  routes.get('/api/stream', async (asking) => {
    const last = asking.req.header('last-event-id') ?? '';
    const after = /^\d{1,15}$/.test(last) ? Number(last) : numberOf(asking, 'after', MOST_EVENTS);
    await watch.add(openStream(asking, streams), after);
    return RESPONSE_ALREADY_SENT;
  });
  routes.get('/api/instances/:id', async (asking) => asking.json(await instancePage(link.client, idOf(asking))));
  routes.get('/api/history/:id', async (asking) =>
    asking.json(await historyOf(link.client, idOf(asking), spanOf(asking))),
  );
  addLogs(routes, { link, streams, logHub });
  routes.get('/api/events', (asking) =>
    asking.json(link.eventsAfter(numberOf(asking, 'after', MOST_EVENTS)) satisfies EventsPage),
  );
  routes.post('/api/actions', async (asking) =>
    asking.json(await carryOut(link.client, actionOf(await bodyOf(asking)))),
  );
  routes.get('/api/profiles', (asking) => asking.json(profiles.list()));
  routes.post('/api/profiles', async (asking) =>
    asking.json(await profiles.take(link.client, orderOf(await bodyOf(asking)))),
  );
  routes.get('/api/profiles/:file', (asking) => {
    const file = asking.req.param('file') ?? '';
    const path = profiles.pathOf(file);
    if (path === null) throw new RefusedRequest(404, `there is no profile ${file.slice(0, 100)}`);
    return sendFile(asking, path);
  });
  // From the folder: without a daemon, too, which is when somebody wants to know.
  routes.get('/api/crashes', async (asking) => {
    const name = asking.req.query('name') ?? '';
    return asking.json((await readCrashes(link.home, name === '' ? [] : [name])) satisfies CrashList);
  });
  routes.get('/api/crashes/:crash', async (asking) =>
    asking.json((await readCrash(link.home, asking.req.param('crash') ?? '')) satisfies CrashPage),
  );
  routes.get('/api/crashes/:crash/files/:file', async (asking) =>
    sendFile(asking, await crashFile(link.home, asking.req.param('crash') ?? '', asking.req.param('file') ?? '')),
  );
  routes.get('/api/alerts', async (asking) => asking.json((await link.client.alerts()) satisfies AlertList));
}

function addLogs(routes: Routes, { link, streams, logHub }: Pick<Parts, 'link' | 'streams' | 'logHub'>): void {
  const targetOf = (asking: Asking): string => asking.req.query('target') || 'all';
  routes.get('/api/logs', async (asking) => {
    const limit = numberOf(asking, 'limit', MOST_LINES) ?? USUAL_LINES;
    const before = asking.req.query('before') || null;
    const end = new AbortController();
    asking.env.outgoing.on('close', () => end.abort());
    const options = { limit, before, budgetMs: SEARCH_BUDGET_MS, signal: end.signal };
    const page = await link.client.logPage(targetOf(asking), queryOf(asking.req.query()), options);
    return asking.json({ lines: page.lines.map(entryOf), before: page.before } satisfies LogPage);
  });
  routes.get('/api/logs/stream', async (asking) => {
    const filter = filterOf(queryOf(asking.req.query()));
    const target = targetOf(asking);
    // Refused now, not when the stream is open: a browser would open it again and again.
    if (target !== 'all') await link.client.describe(target);
    logHub.add(openStream(asking, streams), target, filter);
    return RESPONSE_ALREADY_SENT;
  });
}
