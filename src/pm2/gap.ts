/**
 * How long nobody answered while an app changed hands, seen from outside and without a connection. Without a figure for
 * each app "the shortest gap" would be a promise that nobody can check.
 */
import { hasListener } from '../platform/ports.ts';

const LOOK_MS = 1;

export interface GapWatch {
  /** Somebody saw the ports close at this instant; a look may have been too late for it. */
  closed(at: number): void;
  /** Ends watching. @returns ms in which at least one of the ports had no listener; null: it cannot be seen here */
  stop(): number | null;
}

/** @param ports that somebody listens on now; more may come to be known while it is watched */
export function watchGap(ports: ReadonlySet<number>): GapWatch {
  const isOpen = (): boolean | null => {
    const open = [...ports].map(hasListener);
    return open.includes(null) ? null : open.every((one) => one === true);
  };
  let gapMs = 0;
  let closedAt: number | null = null;
  let isSeen = true;
  const look = (): void => {
    const open = isOpen();
    const now = Date.now();
    if (open === null) isSeen = false;
    else if (!open) closedAt ??= now;
    else if (closedAt !== null) {
      gapMs += now - closedAt;
      closedAt = null;
    }
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    closed: (at) => {
      closedAt = Math.min(closedAt ?? at, at);
    },
    stop: () => {
      clearInterval(timer);
      look();
      if (!isSeen || ports.size === 0) return null;
      return gapMs + (closedAt === null ? 0 : Date.now() - closedAt);
    },
  };
}
