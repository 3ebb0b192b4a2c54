/**
 * `web`: the page on which everything is to be seen, as a supervised process beside the apps. Without it whoever prefers a
 * browser to a terminal would need a service of somebody else's.
 */
import { isIP } from 'node:net';
import { DEFAULT_WEB_PORT, LOOPBACK, WEB_NAME } from '../../web/companion.ts';
import { inUrl, readToken, type WebAddress } from '../../web/place.ts';
import { type Command, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { plain } from '../render/words.ts';
import { showReport } from '../report.ts';
import type { Session } from '../session.ts';
import { addressOnceUp, bringUp, ownOf } from '../web-server.ts';

const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

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
    const leaving = await bringUp(
      session,
      client,
      { ...(port === null ? {} : { port }), ...(host === null ? {} : { host }) },
      hasFlag(flags, 'newToken'),
    );
    const address = await addressOnceUp(session, client, leaving);
    warn(session, address);
    show(session, address);
    return 0;
  },
};
