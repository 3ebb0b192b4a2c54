/**
 * `web`: the page on which everything is to be seen, as a supervised process beside the apps. Without the check of what runs
 * already, each call would start another server, and nobody would know which address holds.
 */
import { existsSync } from 'node:fs';
import { createServer, isIP } from 'node:net';
import { dirname, join } from 'node:path';
import type { Client } from '../../client/client.ts';
import { toSpecs } from '../../config/normalise.ts';
import type { AppSpec } from '../../core/terms.ts';
import { commandOf, portOwners } from '../../platform/ports.ts';
import type { InstanceView } from '../../protocol/control.ts';
import {
  asCompanion,
  DEFAULT_WEB_PORT,
  HOST_VARIABLE,
  keptOf,
  LOOPBACK,
  PORT_VARIABLE,
  WEB_NAME,
  webApp,
} from '../../web/companion.ts';
import { inUrl, newToken, readAddress, readToken, type WebAddress } from '../../web/place.ts';
import { contextOf, unwrap } from '../apps.ts';
import { type Command, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { plain } from '../render/words.ts';
import { showReport } from '../report.ts';
import type { Session } from '../session.ts';

/** The server starts in a fraction of a second; a machine that is busy gets this. */
const STARTS_WITHIN_MS = 15_000;
const LOOK_MS = 25;
const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

interface Wanted {
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

const ownOf = async (client: Client): Promise<InstanceView | undefined> =>
  (await client.list()).find(({ name, isModule }) => name === WEB_NAME && isModule === true);

function portOf(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw mistake(`--port takes a number from 0 to 65535, not ${plain(text)}`, '0 means any free one');
}

function hostOf(text: string | null): string | null {
  if (text === null || isIP(text) !== 0) return text;
  if (text === 'localhost') return LOOPBACK;
  throw mistake(
    `--host takes an address of this machine, not ${plain(text)}`,
    '127.0.0.1 is the default; 0.0.0.0 means all addresses',
  );
}

/** As the present server was told. */
async function settingsOf(client: Client, own: InstanceView): Promise<Wanted> {
  const declared = (await client.describe(own.id)).find(({ id }) => id === own.id)?.spec.env.declared ?? {};
  return { host: declared[HOST_VARIABLE] || LOOPBACK, port: Number(declared[PORT_VARIABLE] ?? DEFAULT_WEB_PORT) };
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

/** When the server listens, and is the one that the daemon runs. */
async function addressOnceUp(session: Session, client: Client): Promise<WebAddress> {
  const end = Date.now() + STARTS_WITHIN_MS;
  for (;;) {
    const own = await ownOf(client);
    const address = readAddress(session.home);
    if (own !== undefined && own.pid !== 0 && address?.pid === own.pid) return address;
    if (own?.status === 'errored' || own?.status === 'stopped' || own === undefined || Date.now() > end)
      throw mistake(
        `the page is not up: ${own === undefined ? 'it was deleted' : plain(own.reason)}`,
        `\`upkeep logs ${WEB_NAME}\` tells more`,
      );
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function show(session: Session, { host, port }: WebAddress): void {
  const token = readToken(session.home);
  if (token === null) throw mistake('the token of the page is gone', '`upkeep web --new-token` makes another');
  const reachable = ANY_ADDRESS.has(host) ? LOOPBACK : host;
  session.out.info('The page, for whoever has this address:');
  session.out.machine(`http://${inUrl(reachable)}:${port}/?token=${token}\n`);
}

function warn(session: Session, { host, port }: WebAddress): void {
  if (host === LOOPBACK || host === '::1') return;
  session.out.warn(
    `the page listens on ${inUrl(host)}:${port}, where others can reach it, and what passes is not encrypted. Safer: keep it on ${LOOPBACK}, and on your own machine run \`ssh -L ${port}:${LOOPBACK}:${port} <this machine>\``,
  );
}

async function stop(session: Session): Promise<number> {
  const client = await session.existingClient();
  const own = client === null ? undefined : await ownOf(client);
  if (client === null || own === undefined) {
    session.out.info('The page is not served: nothing to stop');
    return 0;
  }
  return showReport(session, await client.delete(own.id), 'stopped');
}

async function bringUp(session: Session, client: Client, given: Partial<Wanted>, isNewToken: boolean): Promise<void> {
  const own = await ownOf(client);
  const before = own === undefined ? { host: LOOPBACK, port: DEFAULT_WEB_PORT } : await settingsOf(client, own);
  const wanted = { ...before, ...given };
  if (readToken(session.home) === null || isNewToken) newToken(session.home);
  const isAsWanted = wanted.host === before.host && wanted.port === before.port;
  if (own === undefined) {
    await refuseTaken(wanted);
    await client.start([await specOf(session, wanted)], { force: true, wait: false });
    return;
  }
  // What it listens on itself is not in its way.
  if (own.pid === 0 || !isAsWanted) await refuseTaken(wanted);
  if (own.pid !== 0 && isAsWanted && !isNewToken) return;
  const specs = { [own.appKey]: await specOf(session, wanted) };
  await client.restart(own.id, { specs, wait: false });
}

export const web: Command = {
  flags: [
    { flags: '--port <port>', description: `Where to listen; 0: any free port. Default: ${DEFAULT_WEB_PORT}.` },
    { flags: '--host <address>', description: `Listen on another address of this machine than ${LOOPBACK}.` },
    { flags: '--new-token', description: 'Make a new token: addresses and browsers of before are shut out.' },
    { flags: '--stop', description: 'End the page.' },
  ],
  notes: [
    `The page is served by a process of its own, ${WEB_NAME}, which Upkeep keeps up like an app and starts again after a`,
    'boot. Called again, this prints the address again. Who has the address can do all that you can do with `upkeep`.',
  ],
  async run(session, _words, flags) {
    if (hasFlag(flags, 'stop')) return stop(session);
    const port = portOf(textFlag(flags, 'port'));
    const host = hostOf(textFlag(flags, 'host'));
    const client = await session.client();
    await bringUp(
      session,
      client,
      { ...(port === null ? {} : { port }), ...(host === null ? {} : { host }) },
      hasFlag(flags, 'newToken'),
    );
    const address = await addressOnceUp(session, client);
    warn(session, address);
    show(session, address);
    return 0;
  },
};
