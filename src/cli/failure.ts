/**
 * How a failed command ends: a message, what to try, exit code 1. Without it an expected failure would show a stack
 * trace, or a bug would not.
 */
import { UpkeepError } from '../core/errors.ts';
import type { Output } from './output.ts';
import { plainLine } from './render/words.ts';

/** A mistake of the caller that is found on this side. */
export const mistake = (message: string, hint?: string): UpkeepError =>
  new UpkeepError({ code: 'BAD_REQUEST', message, ...(hint === undefined ? {} : { hint }) });

export function showError(out: Output, error: unknown): void {
  if (error instanceof UpkeepError) {
    const lines = error.message.split('\n').map((line) => plainLine(line, false));
    out.failure({ message: lines.join('\n'), hint: error.hint });
  } else {
    out.error(`this is a bug in upkeep: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
