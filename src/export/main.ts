/**
 * The process that ships to one destination; its number is its only argument. Without a process of its own a receiver that is slow
 * would be the daemon's trouble.
 */
import { hostname } from 'node:os';
import { type Client, connect } from '../client/index.ts';
import { VERSION } from '../client/version.ts';
import { homeFrom, pathsOf } from '../platform/paths.ts';
import type { Readings } from '../protocol/observation.ts';
import { type Destination, destinationOf } from './destination.ts';
import { journaldSender, localSyslogSender } from './local-senders.ts';
import { LogSource } from './log-source.ts';
import type { OtlpContext } from './otlp-logs.ts';
import { OtlpLogSender, OtlpPoster } from './otlp-sender.ts';
import { Progress } from './progress.ts';
import type { LogSender } from './sender.ts';
import { shipLogs } from './ship-logs.ts';
import { shipMetrics } from './ship-metrics.ts';
import { readOrder, type ShipOrder } from './ship-orders.ts';
import { SyslogDatagramSender, SyslogStreamSender } from './syslog-senders.ts';

/** Within the time that the daemon gives it to end. */
const LAST_TRIES_MS = 4000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function posterOf(destination: Extract<Destination, { kind: 'otlp' }>, { headers }: ShipOrder): OtlpPoster {
  const { base, authorization } = destination;
  return new OtlpPoster({ base, headers: { ...(authorization === null ? {} : { authorization }), ...headers } });
}

function senderOf(destination: Destination, order: ShipOrder, context: OtlpContext): LogSender {
  switch (destination.kind) {
    case 'otlp':
      return new OtlpLogSender(posterOf(destination, order), context);
    case 'syslog': {
      const { facility } = destination;
      const syslog = { host: context.host, facility };
      return destination.transport === 'udp'
        ? new SyslogDatagramSender(destination, syslog)
        : new SyslogStreamSender(destination, syslog);
    }
    case 'local-syslog':
      return localSyslogSender(destination.path, destination.facility);
    case 'journald':
      return journaldSender(destination.path);
    default:
      return destination satisfies never;
  }
}

/** Gives the readings of whatever daemon is there. */
function reader(env: NodeJS.ProcessEnv): () => Promise<Readings | null> {
  let client: Client | null = null;
  return async () => {
    try {
      client ??= await connect({ env, startDaemon: false });
      return await client.request('metrics.now', {});
    } catch {
      client?.close();
      client = null;
      return null;
    }
  };
}

async function main(): Promise<void> {
  const { env } = process;
  const home = homeFrom(env, process.cwd());
  const number = Number(process.argv[2]);
  const order = readOrder(home, number);
  if (order === null) throw new Error(`there is no order ${process.argv[2]} in ${home}/ship`);
  const destination = destinationOf(order.url);
  if (!destination.ok) throw new Error(destination.failure.message);

  const stop = new AbortController();
  const giveUp = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      stop.abort();
      setTimeout(() => giveUp.abort(), LAST_TRIES_MS).unref();
    });

  const progress = new Progress(home, number, say);
  const context: OtlpContext = {
    host: hostname(),
    scope: { name: 'upkeep', version: VERSION },
    resource: order.resource,
  };
  const signals: Promise<void>[] = [];
  if (order.logs) {
    const { places, savedAt } = progress.state;
    const source = new LogSource({
      line: { paths: pathsOf(home, env), env },
      targets: order.targets,
      from: progress.isNew ? null : { places, savedAt },
      signal: stop.signal,
    });
    const sender = senderOf(destination.value, order, context);
    signals.push(shipLogs({ source, sender, progress, stop: stop.signal, giveUp: giveUp.signal }));
  }
  if (order.metrics && destination.value.kind === 'otlp')
    signals.push(
      shipMetrics({
        read: reader(env),
        poster: posterOf(destination.value, order),
        context,
        progress,
        intervalMs: order.intervalMs,
        stop: stop.signal,
      }),
    );
  await Promise.all(signals);
  progress.write();
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    say(`cannot ship: ${error.message}`);
    process.exit(1);
  },
);
