/**
 * Lines that come by two ways, told once. Without it the lines of the moment in which a stream begins would stand twice in the
 * view, or not at all.
 */
import type { LogEntry } from '../../api.ts';

const sourceOf = ({ id, stream }: LogEntry): string => `${id} ${stream}`;

/** How many of the first of `fresh` are the last of `known`. Times are not compared: a file does not always have them. */
function overlapOf(known: readonly LogEntry[], fresh: readonly LogEntry[]): number {
  for (let length = Math.min(known.length, fresh.length); length > 0; length--) {
    const from = known.length - length;
    if (fresh.slice(0, length).every(({ text }, index) => text === known[from + index]?.text)) return length;
  }
  return 0;
}

/** Those of `fresh` that come after what is known, looked at for each process and stream by itself. */
export function unseen(known: readonly LogEntry[], fresh: readonly LogEntry[]): LogEntry[] {
  const left = new Map<string, number>();
  for (const source of new Set(fresh.map(sourceOf))) {
    const isOf = (entry: LogEntry): boolean => sourceOf(entry) === source;
    left.set(source, overlapOf(known.filter(isOf), fresh.filter(isOf)));
  }
  return fresh.filter((entry) => {
    const rest = left.get(sourceOf(entry)) ?? 0;
    left.set(sourceOf(entry), rest - 1);
    return rest <= 0;
  });
}
