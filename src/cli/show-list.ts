/**
 * Fetches and prints the list: by itself, and after a command that changed something. Without one place `list` and
 * the table after `stop` would differ.
 */
import type { Client } from '../client/client.ts';
import type { Session } from './session.ts';

export async function showList(session: Session, client: Client): Promise<void> {
  const { out, listing } = session;
  const options = { now: Date.now(), columns: out.columns, hasColor: out.hasColor, sort: listing.sort };
  if (listing.isMini) {
    const [{ renderMiniList }, details] = await Promise.all([import('./render/list.ts'), client.describe('all')]);
    out.print(renderMiniList(details, options));
    return;
  }
  // The table library is read while the daemon answers.
  const answering = client.request('instance.list', {});
  const { renderList } = await import('./render/list.ts');
  const { instances, notes } = await answering;
  out.print(renderList(instances, { ...options, now: Date.now() }));
  for (const note of notes) out.warn(note);
}
