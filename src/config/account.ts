/**
 * The user and group that an app runs as, from names or numbers. Without a check here the launch would
 * fail later, inside the daemon, or run the app with rights that nobody meant to give it.
 */
import type { Account, Context } from './context.ts';
import type { Values } from './options.ts';
import type { Found } from './program.ts';

export interface RunAs {
  readonly uid: number | null;
  readonly gid: number | null;
  readonly env: Readonly<Record<string, string>>;
}

const AS_DAEMON: RunAs = { uid: null, gid: null, env: {} };

export function runAs({ uid, gid }: Values, context: Context): Found<RunAs> {
  if (uid === undefined && gid === undefined) return { ok: true, value: AS_DAEMON };
  const user = uid === undefined ? null : context.lookup.userOf(uid);
  // A bare number is enough for the kernel, as in containers, if the group is told as well.
  const uidNumber = user?.uid ?? (typeof uid === 'number' && gid !== undefined ? uid : null);
  if (uid !== undefined && uidNumber === null) return { ok: false, problem: `uid: the user '${uid}' cannot be found` };
  const group = gid === undefined ? null : (context.lookup.groupOf(gid) ?? (typeof gid === 'number' ? gid : null));
  if (gid !== undefined && group === null) return { ok: false, problem: `gid: the group '${gid}' cannot be found` };
  if (!context.isRoot && context.env.NODE_ENV !== 'test') {
    const key = uid === undefined ? 'gid' : 'uid';
    return { ok: false, problem: `${key}: only root may run an app as another user; expected to be called by root` };
  }
  return { ok: true, value: { uid: uidNumber, gid: group ?? user?.gid ?? null, env: variablesOf(user) } };
}

/** As a login, or systemd, sets them. */
export function variablesOf(user: Account | null): Readonly<Record<string, string>> {
  if (user === null) return {};
  return { ...(user.home === null ? {} : { HOME: user.home }), USER: user.name, LOGNAME: user.name };
}
