/**
 * The closed set of expected failures. Without it a failure would be a string that nobody can
 * act on, and an exit code that nobody can trust.
 */

export type FailureCode =
  | 'BAD_REQUEST' // a message that does not parse, or a parameter of the wrong shape
  | 'BAD_CONFIG' // config or option that cannot be used
  | 'NOT_FOUND' // no such app, instance, file
  | 'ALREADY_EXISTS' // it runs already
  | 'NOT_RUNNING'
  | 'SPAWN_FAILED'
  | 'NOT_READY' // started, but did not become ready
  | 'STOP_FAILED' // still there after SIGKILL
  | 'IO_FAILED'
  | 'BUSY'
  | 'NO_DAEMON' // could not be reached or started
  | 'VERSION_MISMATCH'
  | 'INTERNAL';

/** What could not be done, to what, why, and what to try. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint?: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export function fail(
  code: FailureCode,
  message: string,
  hint?: string,
): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: hint === undefined ? { code, message } : { code, message, hint } };
}

/** A failure on its way through code that throws: the client's promises reject with it. */
export class UpkeepError extends Error {
  readonly code: FailureCode;
  readonly hint: string | undefined;
  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'UpkeepError';
    this.code = failure.code;
    this.hint = failure.hint;
  }
}
