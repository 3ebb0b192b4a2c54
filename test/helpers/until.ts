/** Waits for a condition, never for a time: the limit only ends a test that would hang. */
const LIMIT_MS = 30_000;
const LOOK_MS = 10;

/** Resolves with the first value that is not undefined. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  what: () => string,
  limitMs = LIMIT_MS,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
