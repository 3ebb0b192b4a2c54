/**
 * A log line that is a JSON object, as its message and its fields. Without it the message of a structured line stands somewhere
 * in the middle of braces.
 */
import { plain } from './plain.ts';

export interface Structured {
  readonly message: string;
  readonly fields: readonly (readonly [key: string, value: string])[];
}

const MESSAGE_KEYS = ['msg', 'message'];
/** Shown already beside the line, or the same in each. */
const LEFT_OUT = new Set(['msg', 'message', 'level', 'severity', 'time', 'timestamp', 'ts', 'pid', 'hostname', 'v']);
const MOST_FIELDS = 30;
const LONGEST_VALUE = 200;

/** null: it is no such line, and stands as it is. */
export function structured(text: string): Structured | null {
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value);
  const message = entries.find(([key, one]) => MESSAGE_KEYS.includes(key) && typeof one === 'string')?.[1];
  if (typeof message !== 'string') return null;
  return {
    message: plain(message),
    fields: entries
      .filter(([key]) => !LEFT_OUT.has(key))
      .slice(0, MOST_FIELDS)
      .map(([key, one]) => [plain(key), shortened(typeof one === 'string' ? one : JSON.stringify(one))]),
  };
}

function shortened(text: string): string {
  const whole = plain(text);
  return whole.length > LONGEST_VALUE ? `${whole.slice(0, LONGEST_VALUE)}…` : whole;
}
