/**
 * Starts a program as another user, with that user's groups. Node by itself would leave him without any but his first, so that
 * an app could not read what was given to it through a group.
 *
 * util-linux's setpriv does it, where there is one. Until it has, what runs is root's: nothing of the app's environment may steer
 * it, and it is not looked for in the app's PATH.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

export interface Account {
  readonly uid: number | null;
  readonly gid: number | null;
}

export interface Start {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** For Node's spawn. */
  readonly account: { readonly uid?: number; readonly gid?: number };
}

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin'];

/** What makes the loader, libc or a shell read files or run code: as the C library refuses it to setuid programs. */
const STEERING =
  /^(?:(?:LD|MALLOC|GLIBC)_.*|GCONV_PATH|GETCONF_DIR|HOSTALIASES|LOCALDOMAIN|LOCPATH|NIS_PATH|NLSPATH|RESOLV_HOST_CONF|RES_OPTIONS|TZDIR|ENV|BASH_ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PS4)$/;

/** A number that has no name has no groups. */
const SCRIPT = `id=$1 setpriv=$2 uid=$3 gid=$4
shift 4
groups=--clear-groups
if "$id" -nu "$uid" >/dev/null 2>&1; then groups=--init-groups; fi
exec "$setpriv" --reuid "$uid" --regid "$gid" "$groups" -- "$@"`;

interface Tools {
  readonly id: string;
  readonly setpriv: string;
  readonly env: string;
}

let tools: Tools | null | undefined;

function programAt(name: string): string | null {
  const path = FOLDERS.map((folder) => join(folder, name)).find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return path ?? null;
}

/** null: there is no setpriv that can do it, as in busybox. */
function findTools(): Tools | null {
  const [id, setpriv, env] = [programAt('id'), programAt('setpriv'), programAt('env')];
  if (id === null || setpriv === null || env === null) return null;
  const probe = ['--reuid', '0', '--regid', '0', '--init-groups', '--', env];
  return spawnSync(setpriv, probe, { env: {}, stdio: 'ignore' }).status === 0 ? { id, setpriv, env } : null;
}

/** Without setpriv, and for a group alone, Node drops all other groups itself. */
export function startAs(account: Account, command: readonly string[], env: Readonly<Record<string, string>>): Start {
  const { uid, gid } = account;
  const own = { ...(uid === null ? {} : { uid }), ...(gid === null ? {} : { gid }) };
  if (uid === null || gid === null || process.getuid?.() !== 0) return { command, env, account: own };
  if (tools === undefined) tools = findTools();
  if (tools === null) return { command, env, account: own };
  const steering = Object.entries(env).filter(([name]) => STEERING.test(name));
  const later = steering.length === 0 ? [] : [tools.env, ...steering.map(([name, value]) => `${name}=${value}`)];
  return {
    command: ['/bin/sh', '-c', SCRIPT, 'sh', tools.id, tools.setpriv, String(uid), String(gid), ...later, ...command],
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !STEERING.test(name))),
    account: {},
  };
}
