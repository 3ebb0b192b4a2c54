/**
 * What a check of the machine comes to: a verdict, what was seen, and what to do. Without one shape for it each check would
 * speak in its own way, and none could be counted.
 */

export type Area = 'Node' | 'Home' | 'Daemon' | 'Boot' | 'Limits' | 'Memory' | 'Apps';

/** `good`: as it should be. `warning`: it will hurt one day. `problem`: it hurts now, or at the next failure. */
export type Verdict = 'good' | 'warning' | 'problem';

export interface Finding {
  readonly area: Area;
  readonly verdict: Verdict;
  /** What was looked at and what was found. */
  readonly text: string;
  /** What to do about it; null: nothing. */
  readonly advice: string | null;
}

/** Text of a file of the machine; null: it is not there or not to be read. */
export type Read = (path: string) => string | null;

export interface Verdicts {
  good(text: string): Finding;
  warning(text: string, advice: string): Finding;
  problem(text: string, advice: string): Finding;
}

export const findingsOf = (area: Area): Verdicts => ({
  good: (text) => ({ area, verdict: 'good', text, advice: null }),
  warning: (text, advice) => ({ area, verdict: 'warning', text, advice }),
  problem: (text, advice) => ({ area, verdict: 'problem', text, advice }),
});

const KIB = 1024;
const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `512 MiB`, `1.5 GiB`. */
export function sizeInWords(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(KIB)));
  return `${Number((bytes / KIB ** power).toFixed(1))} ${UNITS[power]}`;
}
