/**
 * Fetches and prints the list: by itself, and after a command that changed something. Without one place `list` and
 * the table after `stop` would differ.
 */
import type { Client } from '../client/client.ts';
import { renderHost } from './render/host.ts';
import { renderList, renderMiniList } from './render/list.ts';
import type { Session } from './session.ts';

export async function showList(session: Session, client: Client): Promise<void> {
  const { out, listing } = session;
  const options = { now: Date.now(), columns: out.columns, hasColor: out.hasColor, sort: listing.sort };
  if (listing.isMini) {
    out.print(renderMiniList(await client.describe(), options));
    return;
  }
  const { instances, notes, host } = await client.listWithNotes();
  out.print(renderList(instances, { ...options, now: Date.now() }));
  if (host != null) out.print(renderHost(host, out.hasColor));
  for (const note of notes) out.warn(note);
  if (instances.length === 0) await tellOfPm2(session);
}

/** Only an empty list makes anybody wonder, and only then is it worth a look. */
async function tellOfPm2({ out, home }: Session): Promise<void> {
  const { pm2DaemonOf } = await import('../pm2/neighbour.ts');
  const pid = pm2DaemonOf(home);
  if (pid === null) return;
  out.warn(`PM2's own daemon (pid ${pid}) is alive in ${home}: its processes are not in this list, and are left alone`);
}
