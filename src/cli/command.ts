/**
 * The shape of a command: data for the parser and one function. Without it each command would build its own parser,
 * and help, suggestions and global options would differ from one to the next.
 */
import type { Session } from './session.ts';

export interface CommandFlag {
  readonly flags: string;
  readonly description: string;
  /** Collects the values of a flag that may be given several times. */
  readonly parse?: (value: string, previous: unknown) => unknown;
}

export type Flags = Readonly<Record<string, unknown>>;

export interface Command {
  /** Positional words as commander writes them, e.g. `<targets...>`. */
  readonly usage?: string;
  readonly flags?: readonly CommandFlag[] | (() => Promise<readonly CommandFlag[]>);
  /** Lines shown below the options. */
  readonly notes?: readonly string[];
  /** @returns the exit code */
  run(session: Session, words: readonly string[], flags: Flags): Promise<number>;
}

export const textFlag = (flags: Flags, name: string): string | null => {
  const value = flags[name];
  return typeof value === 'string' ? value : null;
};

export const hasFlag = (flags: Flags, name: string): boolean => flags[name] === true;
