/**
 * What can be asked of logs, and what is answered. One shape for the command line, the API and the page: without it each of
 * them would filter in a way of its own, and a line found by one would be missing in the other.
 */
import type { StreamName } from '../../core/terms.ts';

/** In the order of their weight. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type Level = (typeof LEVELS)[number];

export interface Grep {
  /** A regular expression, or a text as it stands. Look-around and back-references are not taken. */
  readonly pattern: string;
  /** `pattern` is plain text. Default false. */
  readonly isText?: boolean;
  /** Default false. */
  readonly ignoreCase?: boolean;
  /** Give the lines that do not match. Default false. */
  readonly invert?: boolean;
}

export type FieldOperator = 'exists' | '=' | '!=' | '>' | '>=' | '<' | '<=';

/** A condition on a field of a structured line (JSON). */
export interface FieldCondition {
  /** Dotted: `req.id`, `tags.0`. A key that has the dots itself comes first. */
  readonly path: string;
  readonly operator: FieldOperator;
  /** Compared as text with `=` and `!=`, else as a number; `null` for `exists`. */
  readonly value: string | null;
}

/** Every condition must hold. */
export interface LogQuery {
  /** ms since the epoch, inclusive. Default: no limit. */
  readonly since?: number | null;
  /** ms since the epoch, inclusive. Default: no limit. */
  readonly until?: number | null;
  /** Default: every line. */
  readonly grep?: Grep | null;
  /** At least this. Lines that tell no level are left out, but for those that continue (indented) one that is given. */
  readonly level?: Level | null;
  readonly fields?: readonly FieldCondition[];
  /** Default: both. */
  readonly streams?: readonly StreamName[];
}

export interface FoundLine {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly stream: StreamName;
  /** ms since the epoch: what the line itself tells, else when it was written; null: not known. */
  readonly at: number | null;
  /** Without the date that `log_date_format` puts before it, and without the object of `log_type: json` around it. */
  readonly text: string;
  /** null: the line does not tell. */
  readonly level: Level | null;
  /** What a structured line holds; null: it is plain text. */
  readonly fields: Readonly<Record<string, unknown>> | null;
}

/** The newest lines that match, oldest first. */
export interface FoundPage {
  readonly lines: readonly FoundLine[];
  /** Ask with it for what is older; null: there is nothing older. */
  readonly before: string | null;
}

/** A log that can be searched: one file with all that was rotated of it. */
export interface LogSource {
  /** Absolute; of the file in use. */
  readonly path: string;
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly stream: StreamName;
  /** Both streams stand in it; `stream` is of lines that do not tell theirs. */
  readonly hasBoth: boolean;
  /** Written with `log_type: json`. */
  readonly isJson: boolean;
  /** `log_date_format`; null: none. */
  readonly datePattern: string | null;
}
