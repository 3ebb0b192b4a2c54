/**
 * What a process that dies of an exception leaves in the folder of its life, for the daemon that comes to collect it: a file,
 * because a dying process has no time for an answer, and because the daemon may be dead at that moment, too.
 */
import type { Work } from './agent.ts';

export const TESTAMENT_FILE = 'testament.json';
/** Node's diagnostic report beside it. */
export const REPORT_FILE = 'report.json';

/** An error in the words of the app. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
  /** As Node has it, source-mapped where maps are on. */
  readonly stack: string;
}

export interface Testament {
  readonly format: 1;
  readonly at: number;
  /** Version of Node. */
  readonly node: string;
  /** `uncaughtException` or `unhandledRejection`; null: it ended itself. */
  readonly origin: string | null;
  /** What was thrown, then its causes. */
  readonly errors: readonly ToldError[];
  readonly work: readonly Work[];
  /** Not named in `work`. */
  readonly more: number;
}
