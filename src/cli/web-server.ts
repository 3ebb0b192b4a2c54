/**
 * The page's server among the processes of a home: found, started, given another address, renewed. Without the look at what
 * runs already each call would start another server, and nobody would know which address holds.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Client } from '../client/client.ts';
import { toSpecs } from '../config/normalise.ts';
import type { AppSpec } from '../core/terms.ts';
import { commandOf, portOwners } from '../platform/ports.ts';
import type { InstanceView } from '../protocol/control.ts';
import {
  asCompanion,
  DEFAULT_WEB_PORT,
  HOST_VARIABLE,
  keptOf,
  LOOPBACK,
  PORT_VARIABLE,
  WEB_NAME,
  webApp,
} from '../web/companion.ts';
import { inUrl, newToken, readAddress, readToken, type WebAddress } from '../web/place.ts';
import { contextOf, unwrap } from './apps.ts';
import { mistake } from './failure.ts';
import { plain } from './render/words.ts';
import type { Session } from './session.ts';

/** The server starts in a fraction of a second; a machine that is busy gets this. */
const STARTS_WITHIN_MS = 15_000;
const LOOK_MS = 25;

export interface Wanted {
  readonly host: string;
  readonly port: number;
}

/** The program of the server: beside this bundle, or a folder above it when this stands in a chunk. */
function serverProgram(): string {
  const here = import.meta.dirname;
  const found = [here, dirname(here)].map((folder) => join(folder, 'web-server.cjs')).find((path) => existsSync(path));
  if (found === undefined) throw mistake("the page's program, web-server.cjs, is missing", 'install upkeep again');
  return found;
}

export const ownOf = async (client: Client): Promise<InstanceView | undefined> =>
  (await client.list()).find(({ name, isModule }) => name === WEB_NAME && isModule === true);

/** As the present server was told. */
async function presentOf(client: Client, own: InstanceView): Promise<Wanted & { readonly script: string }> {
  const spec = (await client.describe(own.id)).find(({ id }) => id === own.id)?.spec;
  const declared = spec?.env.declared ?? {};
  return {
    host: declared[HOST_VARIABLE] || LOOPBACK,
    port: Number(declared[PORT_VARIABLE] ?? DEFAULT_WEB_PORT),
    script: spec?.script ?? '',
  };
}

async function specOf(session: Session, { host, port }: Wanted): Promise<AppSpec> {
  const context = { ...contextOf(session), cwd: session.home, env: keptOf(session.env) };
  const made = unwrap(await toSpecs([webApp(serverProgram(), host, port)], {}, context));
  const [spec] = made.specs;
  if (spec === undefined) throw mistake('the server of the page cannot be described', 'please report this');
  return asCompanion(spec);
}

/** @throws if somebody else has the port: said here, where it is read, and not in the log of the server */
async function refuseTaken({ host, port }: Wanted): Promise<void> {
  if (port === 0) return;
  const code = await new Promise<string | null>((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(port, host, () => probe.close(() => resolve(null)));
  });
  if (code === null) return;
  if (code !== 'EADDRINUSE')
    throw mistake(`the page cannot listen on ${inUrl(host)}:${port}: ${code}`, 'try another --port or --host');
  const [pid] = portOwners(port).pids;
  const who = pid === undefined ? 'another program' : `pid ${pid} (${plain(commandOf(pid) ?? 'unknown')})`;
  throw mistake(`port ${port} is in use by ${who}`, '`upkeep web --port 0` takes any free one');
}

/**
 * When the server listens, and is the one that the daemon runs.
 * @param leaving pid of one that is being replaced; null: none is
 */
export async function addressOnceUp(session: Session, client: Client, leaving: number | null): Promise<WebAddress> {
  const end = Date.now() + STARTS_WITHIN_MS;
  for (;;) {
    const own = await ownOf(client);
    const address = readAddress(session.home);
    const isRight = own !== undefined && own.pid !== 0 && own.pid !== leaving;
    if (isRight && address?.pid === own.pid) return address;
    if (own?.status === 'errored' || own?.status === 'stopped' || own === undefined || Date.now() > end)
      throw mistake(
        `the page is not up: ${own === undefined ? 'it was deleted' : plain(own.reason)}`,
        `\`upkeep logs ${WEB_NAME}\` tells more`,
      );
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/**
 * Starts the server, or gives it what it is to have; what is as wanted is left alone.
 * @returns pid of the process that is being replaced; null: none is
 */
export async function bringUp(
  session: Session,
  client: Client,
  given: Partial<Wanted>,
  isNewToken: boolean,
): Promise<number | null> {
  const own = await ownOf(client);
  const before = own === undefined ? null : await presentOf(client, own);
  const wanted = { ...(before ?? { host: LOOPBACK, port: DEFAULT_WEB_PORT }), ...given };
  if (readToken(session.home) === null || isNewToken) newToken(session.home);
  const spec = await specOf(session, wanted);
  if (own === undefined || before === null) {
    await refuseTaken(wanted);
    await client.start([spec], { force: true, wait: false });
    return null;
  }
  const isMoved = wanted.host !== before.host || wanted.port !== before.port;
  // What it listens on itself is not in its way.
  if (own.pid === 0 || isMoved) await refuseTaken(wanted);
  const isSame = !isMoved && !isNewToken && spec.script === before.script && spec.version === own.version;
  if (own.pid !== 0 && isSame) return null;
  await client.restart(own.id, { specs: { [own.appKey]: spec }, wait: false });
  return own.pid;
}

/** After an upgrade: the server goes on as the program of this package, if it is another. */
export async function renewServer(session: Session, client: Client): Promise<boolean> {
  const own = await ownOf(client);
  if (own === undefined || own.pid === 0) return false;
  const { script, ...settings } = await presentOf(client, own);
  const spec = await specOf(session, settings);
  if (spec.script === script && spec.version === own.version) return false;
  await client.restart(own.id, { specs: { [own.appKey]: spec }, wait: false });
  return true;
}
