/**
 * `ship`: logs and metrics to where all machines' are gathered, by a supervised process for each destination. Without the list of
 * how far each has come nobody would notice that one has stopped taking them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Client } from '../../client/client.ts';
import { toSpecs } from '../../config/normalise.ts';
import type { AppSpec } from '../../core/terms.ts';
import { parseDuration } from '../../core/units.ts';
import { type Destination, destinationOf } from '../../export/destination.ts';
import { asCompanion, shipApp, shipEnvironment } from '../../export/ship-app.ts';
import { readOrders, removeOrder, type ShipOrder, shipName, writeOrder } from '../../export/ship-orders.ts';
import type { InstanceView } from '../../protocol/control.ts';
import { contextOf, unwrap } from '../apps.ts';
import { type Command, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { showShipments } from '../render/shipments.ts';
import { plain } from '../render/words.ts';
import { showReport } from '../report.ts';
import type { Session } from '../session.ts';

const USUAL_INTERVAL = '15s';
const SHORTEST_INTERVAL_MS = 1000;

const collect = (value: string, previous: unknown): readonly string[] => [
  ...(Array.isArray(previous) ? (previous as string[]) : []),
  value,
];
const listOf = (flags: Flags, name: string): readonly string[] => {
  const value = flags[name];
  return Array.isArray(value) ? (value as string[]) : [];
};

/** The program that ships: beside this bundle, or a folder above it when this stands in a chunk. */
function program(): string {
  const here = import.meta.dirname;
  const found = [here, dirname(here)].map((folder) => join(folder, 'ship.cjs')).find((path) => existsSync(path));
  if (found === undefined) throw mistake('the program that ships, ship.cjs, is missing', 'install upkeep again');
  return found;
}

const ownOf = async (client: Client, number: number): Promise<InstanceView | undefined> =>
  (await client.list()).find(({ name, isModule }) => name === shipName(number) && isModule === true);

/** `name=value` or `name: value`. */
function pairOf(text: string, flag: string): readonly [string, string] {
  const found = /^\s*([^\s=:]+)\s*[=:]\s*(.*)$/.exec(text);
  if (found === null) throw mistake(`${flag} takes name=value, not ${plain(text)}`);
  return [found[1] as string, found[2] as string];
}

function headersOf(session: Session, flags: Flags): Readonly<Record<string, string>> {
  const file = textFlag(flags, 'headerFile');
  const lines = file === null ? [] : linesOf(resolve(session.cwd, file));
  const headers = [
    ...lines.map((line) => pairOf(line, '--header-file')),
    ...listOf(flags, 'header').map((text) => pairOf(text, '--header')),
  ];
  for (const [name, value] of headers) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw mistake(`${plain(name)} cannot be sent as a header: it holds characters that headers may not have`);
  }
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  } catch (error) {
    throw mistake(`cannot read the headers in ${plain(path)}: ${(error as Error).message}`);
  }
}

function intervalOf(flags: Flags): number {
  const text = textFlag(flags, 'interval') ?? USUAL_INTERVAL;
  const ms = parseDuration(text);
  if (ms === null || ms < SHORTEST_INTERVAL_MS)
    throw mistake(`--interval takes a time of at least 1s, not ${plain(text)}`, 'such as 15s or 1m');
  return ms;
}

/** What is shipped unless it is said: all that the destination takes. */
function signalsOf(destination: Destination, flags: Flags): { readonly logs: boolean; readonly metrics: boolean } {
  const [logs, metrics] = [hasFlag(flags, 'logs'), hasFlag(flags, 'metrics')];
  if (destination.kind !== 'otlp') {
    if (metrics) throw mistake('syslog and journald take logs only', 'metrics go to otlp+http://… or are scraped');
    for (const name of ['header', 'headerFile', 'resource', 'interval'])
      if (flags[name] !== undefined)
        throw mistake(`--${name === 'headerFile' ? 'header-file' : name} has a meaning for otlp+http:// only`);
    return { logs: true, metrics: false };
  }
  return logs || metrics ? { logs, metrics } : { logs: true, metrics: true };
}

async function orderOf(session: Session, url: string, targets: readonly string[], flags: Flags): Promise<ShipOrder> {
  const destination = unwrap(destinationOf(url));
  const orders = readOrders(session.home);
  const taken = new Set(orders.map(({ number }) => number));
  let free = 0;
  while (taken.has(free)) free++;
  const resource = listOf(flags, 'resource').map((text) => pairOf(text, '--resource'));
  return {
    // What goes there already is changed, and goes on from where it is.
    number: orders.find((order) => order.url === url)?.number ?? free,
    url,
    targets: targets.length === 0 ? ['all'] : targets,
    ...signalsOf(destination, flags),
    headers: headersOf(session, flags),
    intervalMs: intervalOf(flags),
    resource: Object.fromEntries(resource),
  };
}

async function specOf(session: Session, number: number): Promise<AppSpec> {
  const env = shipEnvironment(session.env, session.home);
  const context = { ...contextOf(session), cwd: session.home, env };
  const [spec] = unwrap(await toSpecs([shipApp(program(), number)], {}, context)).specs;
  if (spec === undefined) throw mistake('what ships cannot be described', 'please report this');
  return asCompanion(spec);
}

async function start(session: Session, url: string, targets: readonly string[], flags: Flags): Promise<number> {
  const order = await orderOf(session, url, targets, flags);
  const client = await session.client();
  if (order.logs && !order.targets.includes('all')) await client.describe(order.targets);
  writeOrder(session.home, order);
  const own = await ownOf(client, order.number);
  const spec = await specOf(session, order.number);
  const report =
    own === undefined
      ? await client.start([spec], { force: true, wait: false })
      : await client.restart(own.id, { specs: { [own.appKey]: spec }, wait: false });
  const code = showReport(session, report, 'ships from now on');
  if (code === 0) showShipments(session, [order], await client.list());
  return code;
}

async function stop(session: Session, which: string): Promise<number> {
  const order = readOrders(session.home).find(({ number, url }) => which === String(number) || which === url);
  if (order === undefined)
    throw mistake(`nothing is shipped to ${plain(which)}`, '`upkeep ship` lists what is, with numbers');
  const client = await session.existingClient();
  const own = client === null ? undefined : await ownOf(client, order.number);
  const code = client === null || own === undefined ? 0 : showReport(session, await client.delete(own.id), 'has ended');
  if (code === 0) removeOrder(session.home, order.number);
  return code;
}

export const ship: Command = {
  usage: '[url] [targets...]',
  flags: [
    { flags: '--logs', description: 'Only logs. Default: all that the destination takes.' },
    { flags: '--metrics', description: 'Only metrics (OTLP).' },
    { flags: '--header <name=value>', description: 'Sent with every request (OTLP); may be repeated.', parse: collect },
    { flags: '--header-file <path>', description: 'Headers from a file, one `name: value` a line.' },
    { flags: '--interval <time>', description: `Between two sendings of metrics. Default: ${USUAL_INTERVAL}.` },
    { flags: '--resource <name=value>', description: 'An attribute of all that is sent (OTLP).', parse: collect },
    { flags: '--stop <number or url>', description: 'End one: what is left is sent first, if it is taken at once.' },
    { flags: '--json', description: 'The list as JSON.' },
  ],
  notes: [
    'Addresses: otlp+http://host:4318, otlp+https://host, syslog+udp://host:514, syslog+tcp://host:514,',
    'syslog+tls://host:6514?ca=/path.pem, syslog: (the machine’s own), journald:. Syslog takes ?facility=local0 too.',
    'Without an address: what is shipped, and how far. Logs begin with the present; after that nothing is left out while the',
    'receiver, the daemon or the machine is away, as long as the rotation keeps the files.',
  ],
  async run(session, [url, ...targets], flags) {
    const which = textFlag(flags, 'stop');
    if (which !== null) return stop(session, which);
    if (url !== undefined) return start(session, url, targets, flags);
    const client = await session.existingClient();
    showShipments(
      session,
      readOrders(session.home),
      client === null ? [] : await client.list(),
      hasFlag(flags, 'json'),
    );
    return 0;
  },
};
