/**
 * The paths of the page's server, each with what answers it. The shapes stand in `../api.ts`; without this one list a path
 * could be answered that nobody has described.
 */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { EventsPage } from '../api.ts';
import { actionOf, carryOut } from './actions.ts';
import { instancePage } from './instances.ts';
import type { DaemonLink } from './link.ts';
import { filterOf } from './log-filter.ts';
import type { LogHub } from './log-hub.ts';
import { lastLines, MOST_LINES, USUAL_LINES } from './logs.ts';
import { orderOf, type Profiles } from './profiles.ts';
import { bodyOf, idOf, numberOf } from './query.ts';
import { RefusedRequest } from './refusal.ts';
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

/** Refuses before anything is sent. */
function openStream(asking: Asking, streams: Streams): EventStream {
  const { incoming, outgoing } = asking.env;
  if (incoming.method !== 'GET') throw new RefusedRequest(405, 'a stream is read by GET');
  if (streams.isFull)
    throw new RefusedRequest(503, `${streams.count} streams are open already: close pages that nobody looks at`);
  return streams.open(outgoing);
}

export function addApi(routes: Routes, { link, streams, watch, logHub, profiles }: Parts): void {
  routes.get('/api/overview', async (asking) => asking.json(await watch.now()));
  routes.get('/api/stream', async (asking) => {
    const last = asking.req.header('last-event-id') ?? '';
    const after = /^\d{1,15}$/.test(last) ? Number(last) : numberOf(asking, 'after', MOST_EVENTS);
    await watch.add(openStream(asking, streams), after);
    return RESPONSE_ALREADY_SENT;
  });
  routes.get('/api/instances/:id', async (asking) => asking.json(await instancePage(link.client, idOf(asking))));
  routes.get('/api/logs', async (asking) => {
    const limit = numberOf(asking, 'limit', MOST_LINES) ?? USUAL_LINES;
    return asking.json(await lastLines(link.client, asking.req.query(), limit));
  });
  routes.get('/api/logs/stream', async (asking) => {
    const filter = filterOf(asking.req.query());
    const target = asking.req.query('target') || 'all';
    // Refused now, not when the stream is open: a browser would open it again and again.
    if (target !== 'all') await link.client.describe(target);
    logHub.add(openStream(asking, streams), target, filter);
    return RESPONSE_ALREADY_SENT;
  });
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
}
