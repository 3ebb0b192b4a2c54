/**
 * Ties a daemon to the life of this program: `connect(true)` promises that its apps end with it. A signal handler or an
 * `exit` listener would not see a SIGKILL; the end of a pipe does.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Waits for the end of its stdin, which only the program that started it holds open; then ends the daemon. */
const SCRIPT = 'cat > /dev/null; exec "$0" "$1" kill';

/** The command line's program: beside this bundle, or a folder above it when this stands in a chunk. */
export function cliProgram(): string {
  const here = import.meta.dirname;
  const candidates = [here, dirname(here), join(here, '../../../dist')].map((folder) => join(folder, 'cli.cjs'));
  return candidates.find((path) => existsSync(path)) ?? candidates[0] ?? 'cli.cjs';
}

export function tether(home: string): void {
  const child = spawn('/bin/sh', ['-c', SCRIPT, process.execPath, cliProgram()], {
    // Ctrl-C is for the program, not for what cleans up after it.
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, UPKEEP_HOME: home, UPKEEP_SILENT: 'true' },
  });
  // Without /bin/sh the daemon outlives the program; there is nobody to tell.
  child.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
}
