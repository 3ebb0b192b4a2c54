/**
 * Refuses to deal with a daemon in a home of another user's. Without it a folder that somebody has made where ours is looked for
 * would get the environment of every app that is started.
 */
import { UpkeepError } from '../core/errors.ts';
import { whyForeign } from '../platform/ownership.ts';
import type { HomePaths } from '../platform/paths.ts';

/** @throws UpkeepError NO_DAEMON */
export function refuseForeign(paths: HomePaths, purpose: 'talk' | 'serve'): void {
  const why = whyForeign(paths, purpose);
  if (why === null) return;
  throw new UpkeepError({
    code: 'NO_DAEMON',
    message: `no daemon is asked: ${why}`,
    hint: 'name a folder of your own in UPKEEP_HOME, or take this one over by `chown`',
  });
}
