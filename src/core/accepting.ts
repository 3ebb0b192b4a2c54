/**
 * Which of the processes that share a port take new connections: not those that are not ready, and not those that have
 * more than their share. Somebody always does, even if none is good.
 */

/** A share is passed by this much before a process rests: connections come and go. */
const TOLERANCE = 1.1;
const SLACK = 0.5;

export interface Sharer {
  readonly open: number;
  readonly isUnready: boolean;
  /** It takes no new connections now. */
  readonly isResting: boolean;
}

/** For each, whether it is to rest. */
export function whoRests(sharers: readonly Sharer[]): boolean[] {
  const good = sharers.filter((sharer) => !sharer.isUnready);
  if (good.length === 0) {
    // None is better than the others: who still accepts goes on, and if nobody does, all do.
    const someAccept = sharers.some((sharer) => !sharer.isResting);
    return sharers.map((sharer) => sharer.isResting && someAccept);
  }
  const mean = good.reduce((sum, { open }) => sum + open, 0) / good.length;
  return sharers.map(({ open, isUnready, isResting }) => {
    if (isUnready) return true;
    // Who has the fewest is never above the mean: somebody always accepts.
    return isResting ? open > mean : open > mean * TOLERANCE + SLACK;
  });
}
