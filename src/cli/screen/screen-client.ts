/**
 * The client as the screen needs it: one that brings no daemon back to life. Without it `upkeep kill` in another window would be
 * undone a second later by whoever only looks.
 */
import type { Client } from '../../client/client.ts';
import { connect } from '../../client/index.ts';
import type { HistoryView } from '../../protocol/observation.ts';
import type { Session } from '../session.ts';
import type { ScreenClient } from './screen.ts';

export async function screenClient(session: Session): Promise<ScreenClient> {
  // Starts a daemon if there is none, as every command does.
  await (await session.client()).ping();
  // No notes of a newer daemon: they would stand across the screen.
  const client = await connect({ home: session.home, env: session.env, startDaemon: false });
  return Object.assign(client, { history: historyOf(client) });
}

const historyOf =
  (client: Client): ScreenClient['history'] =>
  async (id, span) => {
    const views = await (client.request as unknown as (m: string, p: object) => Promise<readonly HistoryView[]>).call(
      client,
      'metrics.history',
      { target: String(id), span },
    );
    return views.find((view) => view.id === id) ?? null;
  };
