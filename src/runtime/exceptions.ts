/**
 * Tells the daemon of an exception that nobody caught, beside what Node does with it, which stays as it is. The message must
 * be on its way before Node ends the process.
 */

const LONGEST_TEXT = 16_000;

const text = (value: unknown): string => String(value).slice(0, LONGEST_TEXT);

/** What is told of an error. Its getters are the app's, and may throw. */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: text(error), stack: '', name: 'Error' };
  const { code } = error as NodeJS.ErrnoException;
  return {
    message: text(error.message),
    stack: text(error.stack ?? ''),
    name: text(error.name),
    ...(typeof code === 'string' ? { code } : {}),
  };
}

/**
 * @param tell says it at once
 * @returns to be called with the type of each message of the app's own: a library of the app may tell the exception itself
 */
export function tellExceptions(tell: (message: unknown) => void): (type: unknown) => void {
  let pending: unknown = null;
  const flush = (): void => {
    const message = pending;
    pending = null;
    if (message !== null) tell(message);
  };
  process.on('uncaughtExceptionMonitor', (error, origin) => {
    try {
      flush();
      pending = { type: 'process:exception', data: { ...describe(error), origin } };
      // Without a handler Node ends the process now. With one, the handler may tell it, and better.
      if (process.listenerCount('uncaughtException') === 0) flush();
      else setImmediate(flush).unref();
    } catch {
      pending = null;
    }
  });
  process.on('exit', flush);
  return (type) => {
    if (type === 'process:exception') pending = null;
  };
}
