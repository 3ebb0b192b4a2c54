/**
 * Node callbacks and promises from one operation. Without it each method would decide by itself how an error reaches the
 * caller, and a call whose answer nobody wants could end the program that made it.
 */

export type Callback = (error: Error | null, result?: unknown) => void;

/** The callback of a call is its last argument that is a function; what stands before it are the arguments. */
export function splitCallback(given: readonly unknown[]): {
  readonly args: readonly unknown[];
  readonly callback: Callback | null;
} {
  const at = given.findLastIndex((one) => typeof one === 'function');
  if (at === -1) return { args: given, callback: null };
  return { args: given.slice(0, at), callback: given[at] as Callback };
}

/**
 * With a callback: calls it once, outside of the promise, so that what it throws is the caller's own uncaught exception.
 * Without one: gives the promise. Its rejection may be left alone, as a call without a callback always could.
 */
export function settle(result: Promise<unknown>, callback: Callback | null): Promise<unknown> | undefined {
  if (callback === null) {
    result.catch(() => {});
    return result;
  }
  result.then(
    (value) => process.nextTick(callback, null, value),
    (error: unknown) => process.nextTick(callback, error),
  );
  return undefined;
}
