/**
 * How many requests are being answered now, seen in the connections themselves. Counting beginnings and ends would go wrong with
 * every client that hangs up, for then Node tells of no end.
 */
import { openConnections } from './connections.ts';
import { http1 } from './drain-http1.ts';
import { http2 } from './drain-http2.ts';

export function requestsInFlight(): number {
  let count = 0;
  for (const socket of openConnections()) {
    const ending = [http1, http2].find((one) => one.claims(socket));
    count += ending?.tasksOf(socket).length ?? 0;
  }
  return count;
}
