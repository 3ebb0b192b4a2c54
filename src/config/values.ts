/**
 * One raw value read as its option wants it. Without a reader that says what is wrong and what is
 * expected, a typo in a number would surface much later as an app that never restarts.
 */
import { parseDuration, parseSize } from '../core/units.ts';
import { readListen } from './listen.ts';
import type { Kind, KindValue, Option } from './option.ts';
import { PROBE_EXPECTED, readProbe } from './probe-option.ts';
import { splitWords } from './words.ts';

export type Reading<T = unknown> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wrong: string; readonly expected: string };

type Reader<K extends Kind> = (raw: unknown, option: Option) => KindValue[K] | null;

interface Rule<K extends Kind> {
  readonly read: Reader<K>;
  readonly expected: string;
}

/** Reads a raw value by the rule of its option's kind, then checks the option's own bounds. */
export function readValue(option: Option, raw: unknown): Reading {
  if (option.kind === 'probe') {
    const probe = readProbe(raw);
    return probe.ok ? { ok: true, value: probe.value.given } : probe;
  }
  const rule = RULES[option.kind];
  const expected = expectedOf(option);
  const value = rule.read(raw, option);
  if (value === null) return { ok: false, wrong: `${shown(raw)} cannot be used`, expected };
  if (typeof value === 'number') {
    if (option.min !== undefined && value < option.min)
      return { ok: false, wrong: `${shown(raw)} is too small`, expected };
    if (option.max !== undefined && value > option.max)
      return { ok: false, wrong: `${shown(raw)} is too large`, expected };
  }
  if (option.choices !== undefined && !option.choices.includes(String(value))) {
    return { ok: false, wrong: `${shown(raw)} cannot be used`, expected };
  }
  return { ok: true, value };
}

function expectedOf(option: Option): string {
  if (option.choices !== undefined) return option.choices.map((choice) => `'${choice}'`).join(' or ');
  const bounds = [
    option.min === undefined ? '' : `at least ${option.min}`,
    option.max === undefined ? '' : `at most ${option.max}`,
  ].filter((bound) => bound !== '');
  return [RULES[option.kind].expected, ...bounds].join(', ');
}

function shown(raw: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(raw);
  } catch {
    text = undefined;
  }
  const whole = text ?? String(raw);
  return whole.length > 60 ? `${whole.slice(0, 57)}...` : whole;
}

const RULES: { readonly [K in Kind]: Rule<K> } = {
  text: { read: readText, expected: 'a text that is not empty' },
  name: { read: readName, expected: 'a text that is not empty, on one line' },
  boolean: { read: readBoolean, expected: 'true or false' },
  integer: { read: readInteger, expected: 'a whole number' },
  size: {
    read: (raw) => (isAmount(raw) ? parseSize(raw) : null),
    expected: "a size such as '300M', '1G', '10K' or a number of bytes",
  },
  duration: {
    read: (raw) => (isAmount(raw) ? parseDuration(raw) : null),
    expected: "a time such as '10s', '5m', '2h', '30d' or a number of milliseconds",
  },
  list: { read: readList, expected: 'a list of texts, or one text that is split at blanks' },
  exitCodes: { read: readExitCodes, expected: 'exit codes from 0 to 255, as a list or one number' },
  environment: { read: readEnvironment, expected: 'an object of variables, or a text of KEY=value pairs' },
  object: { read: (raw) => (isObject(raw) ? raw : null), expected: 'an object' },
  execMode: { read: readExecMode, expected: "'fork' or 'cluster'" },
  instances: { read: readInstances, expected: "a whole number (negative: fewer than CPUs) or 'max'" },
  account: { read: readAccount, expected: 'a name or a number that is not negative' },
  cron: { read: readCronText, expected: "a cron pattern such as '0 3 * * *', or 0 for off" },
  signal: { read: readSignal, expected: "the name of a signal, such as 'SIGTERM'" },
  booleanOrText: {
    read: (raw) => readBoolean(raw) ?? readText(raw),
    expected: 'true, false or a text that is not empty',
  },
  booleanOrList: {
    read: (raw) => readBoolean(raw) ?? (typeof raw === 'string' ? readText(raw) : readList(raw)),
    expected: 'true, false, a text or a list of texts',
  },
  probe: {
    read: (raw) => {
      const probe = readProbe(raw);
      return probe.ok ? probe.value.given : null;
    },
    expected: PROBE_EXPECTED,
  },
  sockets: {
    read: readListen,
    expected:
      "up to 16 of: a port, '127.0.0.1:3000', '[::1]:3000', 'unix:/path', 'udp:5353', or an object with `address`, `name`, `backlog`",
  },
};

const isAmount = (raw: unknown): raw is string | number => typeof raw === 'string' || typeof raw === 'number';

export const isObject = (raw: unknown): raw is Readonly<Record<string, unknown>> =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw);

function readText(raw: unknown): string | null {
  if (typeof raw !== 'string') return null;
  // A NUL cannot be part of a path or an argument.
  return raw.trim() === '' || raw.includes('\0') ? null : raw;
}

function readName(raw: unknown): string | null {
  if (typeof raw === 'number') return Number.isFinite(raw) ? String(raw) : null;
  const text = readText(raw);
  return text === null || /[\u0000-\u001f\u007f]/.test(text) ? null : text;
}

function readBoolean(raw: unknown): boolean | null {
  if (typeof raw === 'boolean') return raw;
  return raw === 'true' ? true : raw === 'false' ? false : null;
}

function readInteger(raw: unknown): number | null {
  const value = typeof raw === 'string' && /^[+-]?\d{1,15}$/.test(raw.trim()) ? Number(raw) : raw;
  return Number.isSafeInteger(value) ? Number(value) : null;
}

function readList(raw: unknown): readonly string[] | null {
  if (typeof raw === 'number') return [String(raw)];
  if (typeof raw === 'string') return raw.includes('\0') ? null : splitWords(raw);
  if (!Array.isArray(raw)) return null;
  const words: string[] = [];
  for (const item of raw) {
    const isScalar = typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean';
    if (!isScalar || String(item).includes('\0')) return null;
    words.push(String(item));
  }
  return words;
}

function readExitCodes(raw: unknown): readonly number[] | null {
  const items: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  const codes: number[] = [];
  for (const item of items) {
    const parts: readonly unknown[] = typeof item === 'string' ? item.split(/[\s,]+/).filter(Boolean) : [item];
    for (const part of parts) {
      const code = readInteger(part);
      if (code === null || code < 0 || code > 255) return null;
      codes.push(code);
    }
  }
  return codes;
}

/** Variables as text: objects become JSON, null and undefined leave the variable out. */
function readEnvironment(raw: unknown): Readonly<Record<string, string>> | null {
  const pairs: (readonly [string, unknown])[] = [];
  if (typeof raw === 'string') {
    for (const word of splitWords(raw)) {
      const equals = word.indexOf('=');
      if (equals <= 0) return null;
      pairs.push([word.slice(0, equals), word.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2')]);
    }
  } else if (isObject(raw)) pairs.push(...Object.entries(raw));
  else return null;
  const env: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (value === null || value === undefined) continue;
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    // The kernel has no place for these.
    if (key === '' || key.includes('=') || key.includes('\0') || text.includes('\0')) return null;
    env[key] = text;
  }
  return env;
}

function readExecMode(raw: unknown): 'fork' | 'cluster' | null {
  if (raw === 'fork' || raw === 'fork_mode') return 'fork';
  return raw === 'cluster' || raw === 'cluster_mode' ? 'cluster' : null;
}

function readInstances(raw: unknown): number | null {
  return raw === 'max' || raw === 'auto' ? 0 : readInteger(raw);
}

function readAccount(raw: unknown): string | number | null {
  const id = readInteger(raw);
  if (id !== null) return id >= 0 ? id : null;
  return readName(raw);
}

/** Only the type is checked here: the pattern itself needs the cron library, which is loaded if one is given. */
function readCronText(raw: unknown): string | null {
  if (raw === 0 || raw === false || raw === '0' || raw === 'false') return '0';
  return readName(raw)?.trim() ?? null;
}

const SIGNALS = new Set(
  (
    'HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU ' +
    'URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS'
  ).split(' '),
);

function readSignal(raw: unknown): string | null {
  if (typeof raw !== 'string') return null;
  const short = raw.trim().toUpperCase().replace(/^SIG/, '');
  return SIGNALS.has(short) ? `SIG${short}` : null;
}
