/**
 * Lets the process be looked at while it is blocked: SIGUSR1 opens Node's inspector at any free port of loopback, and the
 * daemon is told when the signal is the app's own. Without it two blocked apps would want the same port, and an app that
 * uses the signal would get one that nobody meant for it.
 */

/** Node opens it once more for a signal whose first answer came from the midst of a busy loop: wait for that. */
const CLOSE_AFTER_MS = 100;

const ports = process as unknown as { debugPort: number };

/** Words of the command line or NODE_OPTIONS that set what we would set. */
const says = (option: RegExp): boolean =>
  [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)].some((word) => option.test(word));

/** @param tell is called when the app begins or ends to listen for SIGUSR1 @returns whether it does now */
export function prepareForLooks(tell: (taken: boolean) => void): () => boolean {
  const isOff = says(/^--disable-sigusr1$/);
  const isTaken = (): boolean => isOff || process.listenerCount('SIGUSR1') > 0;
  try {
    if (!says(/^--inspect/)) ports.debugPort = 0;
  } catch {
    // it stays as it is
  }
  // Before it is added: what blocks afterwards cannot be told any more.
  process.on('newListener', (name) => {
    if (name === 'SIGUSR1') tell(true);
  });
  process.on('removeListener', (name) => {
    if (name === 'SIGUSR1' && !isTaken()) tell(false);
  });
  return isTaken;
}

export function closeInspector(): void {
  setTimeout(() => {
    try {
      (require('node:inspector') as typeof import('node:inspector')).close();
    } catch {
      // a Node without one
    }
  }, CLOSE_AFTER_MS).unref();
}
