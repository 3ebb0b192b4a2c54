/**
 * For an app with a handler of its own for its stop: first its clients are told to send nothing more on the connections
 * that they have, then the handler is called. Without it the classic `server.close(() => process.exit())` closes idle
 * connections in the face of requests that are on their way.
 */
import { openConnections } from './connections.ts';
import type { TellWork } from './drain.ts';
import { announceToNewRequests } from './drain-http1.ts';
import type { Gates } from './gate.ts';
import { describe, isAtWork, type Seen, startLooking } from './look.ts';

const LOOK_MS = 20;
const TELL_MS = 200;
const TURNS_PER_TELL = TELL_MS / LOOK_MS;
/** The app's handler is called this late at most; at the latest after a third of the time there is. */
const LONGEST_MS = 2_000;

const isHttp = ({ ending }: Seen): boolean => ending.protocol === 'http/1' || ending.protocol === 'http/2';

/** @param ask calls the app's handler */
export function handOver(limitMs: number, gates: Gates, tell: TellWork, ask: () => void): void {
  // New connections go to the others, or wait for the next process.
  gates.shut();
  if (openConnections().length === 0) {
    ask();
    return;
  }
  announceToNewRequests();
  const { graceMs, look } = startLooking(limitMs, false);
  const startedAt = performance.now();
  let turns = 0;
  const turn = (): void => {
    turns++;
    // Quick answers are waited for: some handlers end at once. Who was quiet all the time has nothing on its way.
    const isAwaited = (seen: Seen): boolean =>
      isHttp(seen) && (seen.isBusy ? turns * LOOK_MS < graceMs : seen.moment.quietMs < graceMs);
    const seen = look();
    // The app's own time counts from the last time.
    if (turns % TURNS_PER_TELL === 1) tell(1, describe(seen.filter(isAtWork)));
    if (seen.some(isAwaited) && performance.now() - startedAt < Math.min(LONGEST_MS, limitMs / 3)) {
      setTimeout(turn, LOOK_MS);
      return;
    }
    report();
    ask();
  };
  /** What the app does with connections is its own matter; that it answers requests is told, so that it gets the time. */
  const report = (): void => {
    const seen = look();
    const busy = seen.filter((one) => isHttp(one) && one.isBusy);
    tell(busy.length, describe(seen.filter(isAtWork)));
    setTimeout(report, TELL_MS).unref();
  };
  turn();
}
