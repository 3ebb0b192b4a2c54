/**
 * How Upkeep compares with PM2, a row for each line of PM2's behaviour, beside the test that shows it. Without rows as data
 * the compatibility page would be a text that nothing checks.
 */

export type Verdict = 'same' | 'better' | 'different';

export interface Row {
  /** What PM2 does, in a few words: a command, an option, a key, a rule. */
  readonly row: string;
  readonly verdict: Verdict;
  /** How it is better, or why it is different; needed for both. */
  readonly how?: string;
  /** `test/….test.ts · name of the test`. */
  readonly test: string;
}

export interface Section {
  /** Where it stands on the page: sections are sorted by it. `1.4`, `2.10`. */
  readonly number: string;
  readonly title: string;
  readonly rows: readonly Row[];
}
