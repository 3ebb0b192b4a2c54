/**
 * A shell that can name descriptors above 9, which POSIX leaves to the shell: a program's inherited sockets stand there
 * before they are moved to 3, 4, …. dash cannot, and is `/bin/sh` on Debian; bash and busybox can.
 */
import { spawnSync } from 'node:child_process';

/** Bash in POSIX mode, as it would otherwise run the file that BASH_ENV names. */
const CANDIDATES = [
  ['/bin/sh'],
  ['/bin/bash', '--posix'],
  ['/usr/bin/bash', '--posix'],
  ['/usr/local/bin/bash', '--posix'],
  ['/opt/homebrew/bin/bash', '--posix'],
] as const satisfies readonly (readonly string[])[];

const PROBE = 'exec 12>/dev/null 3>&12 12>&-';

let found: readonly string[] | null | undefined;

/** Program and arguments; null: there is none on this machine. */
export function wideShell(): readonly string[] | null {
  found ??=
    CANDIDATES.find(
      ([program, ...args]) => spawnSync(program, [...args, '-c', PROBE], { env: {}, stdio: 'ignore' }).status === 0,
    ) ?? null;
  return found;
}
