/**
 * How an answer says no. Without one shape for it the page could not tell a user what to try.
 */
import type { Context } from 'hono';
import { type FailureCode, UpkeepError } from '../../core/errors.ts';
import type { Refusal } from '../api.ts';

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 500 | 503;

const STATUS: Readonly<Record<FailureCode, RefusalStatus>> = {
  BAD_REQUEST: 400,
  BAD_CONFIG: 400,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  NOT_RUNNING: 409,
  BUSY: 409,
  SPAWN_FAILED: 500,
  NOT_READY: 500,
  STOP_FAILED: 500,
  IO_FAILED: 500,
  NO_DAEMON: 503,
  VERSION_MISMATCH: 503,
  INTERNAL: 500,
};

export class RefusedRequest extends Error {
  readonly status: RefusalStatus;
  constructor(status: RefusalStatus, message: string) {
    super(message);
    this.status = status;
  }
}

export const badRequest = (message: string): RefusedRequest => new RefusedRequest(400, message);

export const refusalOf = (context: Context, status: RefusalStatus, error: string): Response =>
  context.json({ error } satisfies Refusal, status);

export function refusalFor(context: Context, error: unknown): Response {
  if (error instanceof RefusedRequest) return refusalOf(context, error.status, error.message);
  if (error instanceof UpkeepError) {
    const hint = error.hint === undefined ? '' : `. ${error.hint}`;
    return refusalOf(context, STATUS[error.code], `${error.message}${hint}`);
  }
  // Into the companion's own log; what a mistake of ours says is not for a page.
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return refusalOf(context, 500, 'this server made a mistake: `upkeep logs upkeep-web` has it');
}
