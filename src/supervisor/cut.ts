/**
 * What was still at work in a process that had to be killed, connection by connection. Without it a user would know that
 * something was cut, and not what.
 */
import type { StopRules } from '../core/terms.ts';
import { MOST_WORK_NAMED, type Work } from '../protocol/agent.ts';

const LONGEST_WORD = 200;

export interface AtWork {
  readonly inFlight: number;
  /** The first of it. */
  readonly work: readonly Work[];
}

/** What an app says of itself, in bounds. */
export function workOf(told: unknown): readonly Work[] {
  if (!Array.isArray(told)) return [];
  return told.slice(0, MOST_WORK_NAMED).map((one: Partial<Record<keyof Work, unknown>> | null) => ({
    protocol: word(one?.protocol) ?? 'unknown',
    method: word(one?.method),
    path: word(one?.path),
    remote: word(one?.remote),
    openMs: typeof one?.openMs === 'number' ? one.openMs : 0,
  }));
}

const word = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, LONGEST_WORD) : null);

/** One line each, and one for those that are not named. */
export function describeCut({ inFlight, work }: AtWork, stop: StopRules): readonly string[] {
  const limit =
    stop.drainTimeoutMs > stop.killTimeoutMs
      ? `drain_timeout of ${stop.drainTimeoutMs} ms`
      : `kill_timeout of ${stop.killTimeoutMs} ms`;
  const lines = work.map(({ protocol, method, path, remote, openMs }) => {
    const what = [method, path].filter((part) => part !== null).join(' ');
    const from = remote === null ? '' : ` from ${remote}`;
    const open = openMs === 0 ? '' : `, connected ${(openMs / 1000).toFixed(1)} s before`;
    return `${what === '' ? 'a connection' : what} (${protocol})${from}${open}: the ${limit} was over`;
  });
  const rest = inFlight - lines.length;
  return rest > 0 && lines.length > 0 ? [...lines, `and ${rest} more`] : lines;
}
