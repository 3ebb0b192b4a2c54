/**
 * What was still at work in a process that had to be killed, connection by connection. Without it a user would know that
 * something was cut, and not what.
 */
import type { StopRules } from '../core/terms.ts';
import { MOST_WORK_NAMED, type Work } from '../protocol/agent.ts';

const LONGEST_WORD = 200;

export interface AtWork {
  readonly work: readonly Work[];
  /** Not named. */
  readonly more: number;
}

/** What an app says of itself, in bounds. */
export function atWorkOf(told: { readonly work?: unknown; readonly more?: unknown }): AtWork {
  const list: readonly unknown[] = Array.isArray(told.work) ? told.work : [];
  const more = Number(told.more ?? 0);
  return {
    work: list.slice(0, MOST_WORK_NAMED).map((one) => {
      const { protocol, method, path, remote, openMs, ageMs } = (one ?? {}) as Partial<Record<keyof Work, unknown>>;
      return {
        protocol: word(protocol) ?? 'unknown',
        method: word(method),
        path: word(path),
        remote: word(remote),
        openMs: typeof openMs === 'number' ? openMs : 0,
        ...(typeof ageMs === 'number' ? { ageMs } : {}),
      };
    }),
    more: Number.isSafeInteger(more) && more > 0 ? more : 0,
  };
}

const word = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, LONGEST_WORD) : null);

/** One line each, and one for those that are not named. */
export function describeCut({ work, more }: AtWork, stop: StopRules): readonly string[] {
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
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}
