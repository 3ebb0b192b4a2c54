/**
 * Tells the daemon how many connections this process holds, so that one with more than its share can rest. It tells the
 * lowest count since the last time: connections of one request each come and go below it and cost no message.
 */
import type { Gates } from './gate.ts';

/** After a connection came or went the count is told this soon. */
const SOON_MS = 10;
/** While connections are open it is looked at this often: they may have ended. */
const LOOK_MS = 500;

/** @param tell false: there is no line now */
export function countConnections(gates: Gates, tell: (open: number) => boolean): () => void {
  let lowest = 0;
  let told = 0;
  let timer: NodeJS.Timeout | null = null;
  let isSoon = false;

  const later = (ms: number): void => {
    if (timer !== null) clearTimeout(timer);
    isSoon = ms === SOON_MS;
    timer = setTimeout(look, ms);
    timer.unref();
  };
  const look = (): void => {
    timer = null;
    const now = gates.connections;
    lowest = Math.min(lowest, now);
    // A tenth more or less changes nothing.
    if (Math.abs(lowest - told) > told / 10 && tell(lowest)) told = lowest;
    lowest = now;
    if (now > 0 || told > 0) later(LOOK_MS);
  };
  gates.onAccepted = () => {
    if (timer === null || !isSoon) later(SOON_MS);
  };
  gates.onReleased = gates.onAccepted;
  /** To be called when there is a new daemon, which knows of nothing. */
  return () => {
    told = 0;
    if (timer === null) later(SOON_MS);
  };
}
