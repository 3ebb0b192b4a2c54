/**
 * The client as the screen needs it: one that brings no daemon back to life. Without it `upkeep kill` in another window would be
 * undone a second later by whoever only looks.
 */
import type { Client } from '../../client/client.ts';
import { connect } from '../../client/index.ts';
import type { Session } from '../session.ts';

export async function screenClient(session: Session): Promise<Client> {
  // Starts a daemon if there is none, as every command does.
  await (await session.client()).ping();
  // No notes of a newer daemon: they would stand across the screen.
  return connect({ home: session.home, env: session.env, startDaemon: false });
}
