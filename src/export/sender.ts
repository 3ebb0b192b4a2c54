/**
 * What a way of sending says of what it was given. Without the difference between "not now" and "never" one line that a receiver
 * refuses would hold up all that come after it.
 */
import type { LogRecord } from './log-record.ts';

export type Sent =
  /** `refused`: so many of them the receiver did not want, and `why`. */
  | { readonly kind: 'sent'; readonly refused: number; readonly why: string | null }
  /** It will never take them. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Not now. */
  | { readonly kind: 'failed'; readonly why: string; readonly retryAfterMs: number | null };

export const SENT: Sent = { kind: 'sent', refused: 0, why: null };
export const failed = (why: string): Sent => ({ kind: 'failed', why, retryAfterMs: null });

export interface LogSender {
  /** One at a time. Never rejects. */
  send(records: readonly LogRecord[]): Promise<Sent>;
  close(): Promise<void>;
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses were tried: each has an error of its own.
  const inner = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  return (
    inner?.message ?? (error.message === '' ? ((error as NodeJS.ErrnoException).code ?? 'it fails') : error.message)
  );
}
