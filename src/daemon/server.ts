/**
 * The control socket: takes requests, checks their shape at the door, and feeds followers without ever waiting for them.
 * Without the checks one malformed message could stop the supervisor of everything.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { constants } from 'node:os';
import { type Failure, UpkeepError } from '../core/errors.ts';
import { isDeeper } from '../core/shape.ts';
import { specProblem } from '../core/spec-shape.ts';
import type { AppSpec, StreamName } from '../core/terms.ts';
import { boundedByFiles, Callers } from '../platform/callers.ts';
import { listenPrivate } from '../platform/unix-socket.ts';
import { CONTROL_PROTOCOL, type Hello, type MethodName, type SavedApp } from '../protocol/control.ts';
import { encodeFrame, type HeldBytes } from '../protocol/frame.ts';
import { Peer } from '../protocol/peer.ts';
import { steeringOf } from '../protocol/steering.ts';
import { agreedProtocol, mismatch, speaksOf } from '../protocol/versions.ts';
import type { Daemon } from './daemon.ts';
import { resurrect, resurrectApps, saveDump } from './dump.ts';
import {
  amendApps,
  deleteApps,
  envOf,
  monitorApps,
  resetApps,
  restartApps,
  sendLine,
  signalApps,
  startApps,
  stopApps,
  why,
} from './handlers.ts';
import { flushLogs, followLogs } from './log-handlers.ts';
import { messageApps, tellWorkers, triggerApps } from './message-handlers.ts';
import { histories, readings } from './observation/readings.ts';
import { must, pick } from './outcomes.ts';
import { LONGEST_PROFILE_MS, profileDaemon } from './profile.ts';
import { reloadApps, reloadOutcome } from './rollout.ts';
import { scaleApp } from './scale.ts';

/** A follower that has this much unread is skipped until it reads again. */
const SLOW_FOLLOWER_BYTES = 1024 * 1024;
/** Nobody waits longer than a day for the answer of an app. */
const LONGEST_WAIT_MS = 86_400_000;
/** What is quiet for longer is better turned off. */
const LONGEST_MUTE_MS = 30 * 86_400_000;

const MOST_CLIENTS = 1000;
const MOST_REFUSED = 200;
const FAREWELL_MS = 1_000;
/** Of all clients together. */
const MOST_UNFINISHED_BYTES = 256 * 1024 * 1024;
/** JSON that is nested deeper can be read, and not written again. */
const DEEPEST_PARAMS = 200;
const LONGEST_WORD = 100;

export interface EndOfDaemon {
  /** Stops every app and ends. */
  kill(): Promise<unknown>;
  /** Ends so that another command takes over. */
  update(command: readonly string[], env: Record<string, string>): Promise<unknown>;
}

type Params = Record<string, unknown>;
type Handler = (params: Params, peer: Peer) => unknown;

/** They mean the same in every version: a client that speaks no version of ours can still greet, replace and end us. */
const IN_ANY_VERSION: ReadonlySet<string> = new Set<MethodName>(['daemon.ping', 'daemon.update', 'daemon.kill']);

export class ControlServer {
  readonly #server: Server;
  readonly #callers = new Callers(boundedByFiles(MOST_CLIENTS));
  /** Those that are being told that there is no room. */
  readonly #refused = new Callers(boundedByFiles(MOST_REFUSED));
  readonly #held: HeldBytes = { most: MOST_UNFINISHED_BYTES, now: 0 };

  constructor(daemon: Daemon, end: EndOfDaemon, version: string) {
    const handlers = handlersOf(daemon, end, version);
    const onRequest = (method: string, params: unknown, peer: Peer): unknown => {
      const handler = Object.hasOwn(handlers, method) ? handlers[method as MethodName] : undefined;
      if (handler === undefined)
        throw new UpkeepError({
          code: 'BAD_REQUEST',
          message: `this daemon (${version}) does not know ${method.slice(0, LONGEST_WORD)}`,
          hint: 'upkeep update',
        });
      if (params !== undefined && !isParams(params)) return bad('params', 'an object');
      const given = params ?? {};
      if (isDeeper(given, DEEPEST_PARAMS)) return bad('params', `nested less than ${DEEPEST_PARAMS} deep`);
      return handler(given, peer);
    };
    this.#server = createServer((socket) => {
      if (!this.#callers.admit(socket)) return refuse(socket, this.#callers.most, this.#refused);
      let refusal: Failure | null = null;
      const ofThisClient = (method: string, params: unknown, peer: Peer): unknown => {
        if (method === 'daemon.ping' && isParams(params)) refusal = refusalOf(params, version);
        if (refusal !== null && !IN_ANY_VERSION.has(method)) throw new UpkeepError(refusal);
        return onRequest(method, params, peer);
      };
      new Peer(socket, { onRequest: ofThisClient }, this.#held);
    });
  }

  listen(path: string): Promise<void> {
    return listenPrivate(this.#server, path);
  }

  /** Its file is gone; connections that are open go on. */
  listenAgain(path: string): Promise<void> {
    this.#server.close();
    return this.listen(path);
  }

  close(): void {
    this.#server.close();
    this.#callers.closeAll();
    this.#refused.closeAll();
  }
}

/** null: there is a protocol that both speak. */
function refusalOf(client: Params, version: string): Failure | null {
  const spoken = speaksOf(client);
  if (agreedProtocol(spoken, CONTROL_PROTOCOL) !== null) return null;
  const command = { version: typeof client.version === 'string' ? client.version : null, protocol: spoken.protocol };
  return { code: 'VERSION_MISMATCH', ...mismatch({ version, protocol: CONTROL_PROTOCOL.protocol }, command) };
}

/**
 * It hears why. What it has said is read and dropped: a socket that is closed with something unread takes the answer with it.
 * Who neither reads nor goes is let go all the same.
 */
function refuse(socket: Socket, most: number, refused: Callers): void {
  const error: Failure = {
    code: 'BUSY',
    message: `${most} clients are connected to the daemon already`,
    hint: '`ss -xp` shows who they are',
  };
  socket.on('error', () => {});
  if (!refused.admit(socket)) {
    socket.destroy();
    return;
  }
  const limit = setTimeout(() => socket.destroy(), FAREWELL_MS);
  socket.on('close', () => clearTimeout(limit));
  socket.resume().end(encodeFrame({ id: 0, error }));
}

const isParams = (value: unknown): value is Params =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function bad(name: string, expected: string): never {
  const failure: Failure = { code: 'BAD_REQUEST', message: `${name} must be ${expected}` };
  throw new UpkeepError(failure);
}

function words(params: Params, name: string): readonly string[] {
  const value = params[name];
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : bad(name, 'a list of texts');
}

function text(params: Params, name: string): string {
  const value = params[name];
  return typeof value === 'string' ? value : bad(name, 'a text');
}

function span(params: Params, longestMs: number): number {
  const value = params.durationMs;
  return typeof value === 'number' && value >= 0 && value <= longestMs
    ? value
    : bad('durationMs', `a number of milliseconds up to ${longestMs}`);
}

function waitMs(params: Params): number {
  const value = params.waitMs;
  const isGood = typeof value === 'number' && value >= 0 && value <= LONGEST_WAIT_MS;
  return isGood ? value : bad('waitMs', `a number of milliseconds up to ${LONGEST_WAIT_MS}`);
}

function spec(value: unknown, at = 'a spec'): AppSpec {
  const wrong = specProblem(value, at);
  if (wrong !== null) throw new UpkeepError({ code: 'BAD_REQUEST', message: wrong });
  return value as AppSpec;
}

function specs(params: Params): readonly AppSpec[] {
  const value = params.specs;
  return Array.isArray(value) ? value.map((one, i) => spec(one, `specs[${i}]`)) : bad('specs', 'a list of apps');
}

function savedApps(params: Params): readonly SavedApp[] {
  const value = params.apps;
  if (!Array.isArray(value)) return bad('apps', 'a list of saved apps');
  return value.map((one: unknown, i) =>
    isParams(one) ? { spec: spec(one.spec, `apps[${i}].spec`), up: one.up === true } : bad(`apps[${i}]`, 'an object'),
  );
}

function specsByKey(params: Params): Readonly<Record<string, AppSpec>> {
  const value = params.specs ?? {};
  if (!isParams(value)) return bad('specs', 'apps by key');
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, spec(one)]));
}

function signalName(params: Params): string {
  const given = text(params, 'signal').toUpperCase();
  const name = /^\d+$/.test(given)
    ? (Object.entries(constants.signals).find(([, number]) => number === Number(given))?.[0] ?? given)
    : given.startsWith('SIG')
      ? given
      : `SIG${given}`;
  return name in constants.signals ? name : bad('signal', `a signal's name or number, not ${given}`);
}

function handlersOf(daemon: Daemon, end: EndOfDaemon, version: string): Record<MethodName, Handler> {
  const hello = (client: Params): Hello => ({
    protocol: agreedProtocol(speaksOf(client), CONTROL_PROTOCOL) ?? CONTROL_PROTOCOL.protocol,
    version,
    pid: process.pid,
    home: daemon.paths.home,
    startedAt: daemon.startedAt,
    node: process.versions.node,
    variables: steeringOf(process.env),
  });
  return {
    'daemon.ping': hello,
    'daemon.kill': () => end.kill(),
    'daemon.update': (params) =>
      end.update(words(params, 'command'), (isParams(params.env) ? params.env : {}) as Record<string, string>),
    'instance.list': (params) => {
      if (params.watch === true) watchAll(daemon);
      // For the next one who asks: nobody waits for the pump's thread to see a list.
      void daemon.refreshLogLosses();
      return { instances: daemon.views(), notes: daemon.notes, host: daemon.host.view };
    },
    'instance.describe': async (params) => {
      const targets = words(params, 'targets');
      const asked = pick(daemon, targets);
      if (asked.failure !== null) throw new UpkeepError(asked.failure);
      await daemon.inApps.refresh(asked.runners);
      // Some may have come or gone meanwhile.
      const { runners, failure } = pick(daemon, targets);
      if (failure !== null) throw new UpkeepError(failure);
      return { instances: runners.map((runner) => daemon.detail(runner)) };
    },
    'metrics.now': () => readings(daemon, version),
    'metrics.history': (params) => histories(daemon, text(params, 'target'), params.span === 'day' ? 'day' : 'hour'),
    'instance.why': (params) => why(daemon, text(params, 'target')),
    'app.start': (params) =>
      startApps(daemon, specs(params), {
        force: params.force === true,
        wait: params.wait !== false,
        isWanted: (one) => one.autostart,
        allOrNone: true,
        ...(typeof params.awaitPortsMs === 'number' ? { awaitPortsMs: params.awaitPortsMs } : {}),
      }),
    'app.restart': (params) =>
      restartApps(daemon, {
        targets: words(params, 'targets'),
        specs: specsByKey(params),
        wait: params.wait !== false,
        onlyDown: params.onlyDown === true,
        toggleWatch: params.toggleWatch === true,
      }),
    'app.reload': (params) =>
      reloadApps(daemon, {
        targets: words(params, 'targets'),
        specs: specsByKey(params),
        parallel: typeof params.parallel === 'number' ? params.parallel : null,
      }),
    'app.reloaded': (params) =>
      reloadOutcome(daemon, {
        targets: words(params, 'targets'),
        since: typeof params.since === 'number' ? params.since : Number.POSITIVE_INFINITY,
      }),
    'app.scale': (params) => scaleApp(daemon, text(params, 'target'), text(params, 'count')),
    'app.amend': (params) => amendApps(daemon, specsByKey(params)),
    'app.stop': (params) => stopApps(daemon, words(params, 'targets')),
    'app.delete': (params) => deleteApps(daemon, words(params, 'targets')),
    'app.reset': (params) => resetApps(daemon, words(params, 'targets')),
    'app.signal': (params) => signalApps(daemon, words(params, 'targets'), signalName(params)),
    'app.send': (params) =>
      sendLine(
        daemon,
        text(params, 'target'),
        `${text(params, 'line')}${typeof params.separator === 'string' ? params.separator : '\n'}`,
      ),
    'app.env': (params) => envOf(daemon, text(params, 'target')),
    'logs.follow': (params, peer) =>
      followLogs(
        daemon,
        peer,
        words(params, 'targets'),
        words(params, 'streams') as readonly StreamName[],
        SLOW_FOLLOWER_BYTES,
      ),
    'logs.flush': (params) => flushLogs(daemon, words(params, 'targets')),
    'logs.reopen': async () => {
      await daemon.pump.reopen();
      tellWorkers(daemon);
      return {};
    },
    'events.follow': (params, peer) =>
      followEvents(daemon, peer, typeof params.after === 'number' ? params.after : null),
    'state.save': (params) => must(saveDump(daemon, params.force === true)),
    'host.look': async () => ({ host: await daemon.host.look() }),
    'daemon.profile': (params) =>
      profileDaemon(params.kind === 'mem' ? 'mem' : 'cpu', span(params, LONGEST_PROFILE_MS), text(params, 'path')),
    'app.monitor': (params) => monitorApps(daemon, words(params, 'targets'), params.on === true),
    'state.resurrect': (params) =>
      params.apps === undefined ? resurrect(daemon) : resurrectApps(daemon, savedApps(params)),
    'app.message': (params) => messageApps(daemon, words(params, 'targets'), params.message ?? null),
    'app.trigger': (params) =>
      triggerApps(
        daemon,
        words(params, 'targets'),
        {
          action: text(params, 'action'),
          ...(params.params == null ? {} : { params: params.params }),
          ...(typeof params.uuid === 'string' ? { uuid: params.uuid } : {}),
        },
        { waitMs: waitMs(params), isForRuntime: params.by === 'runtime' },
      ),
    'bus.follow': (_, peer) => {
      daemon.bus.follow(peer);
      return {};
    },
    'alerts.list': () => daemon.alerting.list(),
    'alerts.status': () => daemon.alerting.status(),
    'alerts.use': (params) => daemon.alerting.use(params.config ?? null),
    'alerts.mute': (params) => daemon.alerting.mute(words(params, 'apps'), span(params, LONGEST_MUTE_MS)),
    'alerts.test': (params) => daemon.alerting.test(typeof params.destination === 'string' ? params.destination : null),
  };
}

/** What is asked for now is there for the next list: who watches does not wait for the slowest app. */
function watchAll(daemon: Daemon): void {
  daemon.observation.watch();
  void daemon.inApps.refresh(daemon.registry.runners);
}

function followEvents(daemon: Daemon, peer: Peer, after: number | null): unknown {
  const { events, missed } = daemon.events.since(after);
  const stop = daemon.events.follow((event) => {
    // A gap in the numbers tells a slow follower what it missed.
    if (peer.queuedBytes < SLOW_FOLLOWER_BYTES) peer.notify('events.event', event);
  });
  peer.onClose(stop);
  return { last: daemon.events.last, events, missed };
}
