/**
 * Errors of the API: always an `Error`, with PM2's short words where programs compare them. Without it a deploy script that
 * ignores "not found" would stop at it.
 */
import { UpkeepError } from '../../core/errors.ts';
import type { Report } from '../../protocol/control.ts';

/** Words that programs compare `error.message` with. */
export const WORDS = {
  notFound: 'process or namespace not found',
  nothingThere: 'process name not found',
  running: 'Script already launched',
  sameNumber: 'Same process number',
  noApp: 'App not found',
  unknownName: 'Unknown process name',
  incomplete: 'ID, DATA or TOPIC field is missing',
} as const;

export class Pm2Error extends Error {
  /** Of Upkeep's closed set, e.g. `NOT_FOUND`. */
  readonly code: string;
  /** What to try. */
  readonly hint: string | undefined;
  readonly #errors: readonly Error[] | undefined;

  constructor(
    message: string,
    code: string,
    details: { hint?: string | undefined; errors?: readonly Error[]; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Error';
    this.code = code;
    this.hint = details.hint;
    this.#errors = details.errors;
    if (details.hint === undefined) Object.defineProperty(this, 'hint', { enumerable: false });
  }

  /** One for each mistake; itself, if it is the only one. */
  get errors(): readonly Error[] {
    return this.#errors ?? [this];
  }
}

/** The same failure under PM2's words; all that Upkeep knows of it stays in `cause`. */
export const inWords = (words: string, cause: UpkeepError): Pm2Error =>
  new Pm2Error(words, cause.code, { cause, hint: cause.hint });

/** A mistake a line becomes an error each. */
export function asPm2Error(error: unknown): Error {
  if (error instanceof Pm2Error) return error;
  if (!(error instanceof UpkeepError)) return error instanceof Error ? error : new Pm2Error(String(error), 'INTERNAL');
  if (error.code === 'ALREADY_EXISTS') return inWords(WORDS.running, error);
  const lines = error.message.split('\n');
  const isList = error.code === 'BAD_CONFIG' && lines.length > 1;
  const { code, hint } = error;
  const details = isList ? { errors: lines.map((line) => new Pm2Error(line, code)) } : {};
  return new Pm2Error(error.message, code, { cause: error, hint, ...details });
}

/** What did not work for single processes of a command, as one error; null: all did. */
export function failureOf({ outcomes }: Report): Pm2Error | null {
  const failures = outcomes.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  const [first] = failures;
  if (first === undefined) return null;
  const errors = failures.map(({ message, code, hint }) => new Pm2Error(message, code, { hint }));
  if (failures.length === 1) return errors[0] ?? null;
  return new Pm2Error(failures.map(({ message }) => message).join('\n'), first.code, { errors });
}
