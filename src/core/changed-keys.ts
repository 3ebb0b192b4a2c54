/**
 * What of an app is otherwise than when it last went well: options and variables, each as text. Without it the first question
 * after a crash, "what has changed?", would be answered from memory. Values of secrets are compared by a fingerprint and never kept.
 */
import { isSecretName, maskedValue } from './secrets.ts';
import { isShellNoise } from './shell-noise.ts';
import type { AppSpec } from './terms.ts';

const LONGEST_VALUE = 300;
const MOST_CHANGES = 100;

/** `--token=x` and `--password x` in a list of words. */
const SECRET_WORD = /^(--?)([A-Za-z][\w-]*)(?:=(.*))?$/s;

export interface KeptValue {
  /** Tells whether two values are the same, and nothing else. */
  readonly print: string;
  /** null: it is a secret, or too long to be of use. */
  readonly text: string | null;
}

export type SpecPrint = Readonly<Record<string, KeptValue>>;

export interface ChangedKey {
  /** `env.DATABASE_URL`, `max_memory_restart`, … */
  readonly key: string;
  /** null: it was not set, or is not told. */
  readonly before: string | null;
  readonly after: string | null;
  /** Set: the values are a secret's, and are not kept. */
  readonly isSecret?: true;
}

/** @param digest one way, and salted: the same text gives the same print */
export function printOf(spec: AppSpec, digest: (text: string) => string): SpecPrint {
  const print: Record<string, KeptValue> = {};
  const keep = (key: string, name: string, text: string): void => {
    const isHidden = isSecretName(name);
    print[key] = {
      print: digest(text),
      text: isHidden ? null : maskedValue(name, text).slice(0, LONGEST_VALUE),
    };
  };
  const env = { ...spec.env.inherited, ...spec.env.declared };
  for (const [name, value] of Object.entries(env)) if (!isShellNoise(name)) keep(`env.${name}`, name, value);
  for (const [key, value] of Object.entries(spec.declared)) {
    if (value === undefined) continue;
    keep(key, key, Array.isArray(value) ? hideInWords(value) : JSON.stringify(value));
  }
  keep('version', 'version', spec.version);
  keep('interpreter', 'interpreter', spec.interpreter ?? 'none');
  return print;
}

/** What follows an argument with the name of a secret is hidden, so that a change of it alone is not seen. */
function hideInWords(words: readonly unknown[]): string {
  let isNextHidden = false;
  const shown = words.map((word) => {
    if (typeof word !== 'string') return JSON.stringify(word);
    if (isNextHidden) {
      isNextHidden = false;
      return '********';
    }
    const [, dashes = '', name = '', value] = SECRET_WORD.exec(word) ?? [];
    if (name === '' || !isSecretName(name.replaceAll('-', '_'))) return maskedValue('', word);
    isNextHidden = value === undefined;
    return value === undefined ? word : `${dashes}${name}=********`;
  });
  return shown.join(' ');
}

export function changesBetween(before: SpecPrint, after: SpecPrint): readonly ChangedKey[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => before[key]?.print !== after[key]?.print)
    .slice(0, MOST_CHANGES)
    .map((key) => {
      const [was, is] = [before[key], after[key]];
      const isSecret = (was !== undefined && was.text === null) || (is !== undefined && is.text === null);
      return { key, before: was?.text ?? null, after: is?.text ?? null, ...(isSecret ? { isSecret: true } : {}) };
    });
}
