/**
 * A probe as people write it, read into rules. Without a reader of its own a mistyped `http` would leave an app that is
 * never checked, and nobody would know.
 */
import { nearest } from '../core/nearest.ts';
import type { ProbeCheck, ProbeRules } from '../core/terms.ts';
import { parseDuration } from '../core/units.ts';

export interface Probe {
  /** The same in canonical names, to be kept and shown. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly rules: ProbeRules;
}

type Wrong = { readonly ok: false; readonly wrong: string; readonly expected: string };
type Read<T> = { readonly ok: true; readonly value: T } | Wrong;

export const PROBE_EXPECTED =
  "a URL such as 'http://127.0.0.1:3000/health', a path, or an object with exactly one of http, tcp and exec";

const DURATIONS = { interval: 10_000, timeout: 1_000, start_period: 0 } as const;
const COUNTS = { failure_threshold: 3, success_threshold: 1 } as const;
const CHECKS = ['http', 'tcp', 'exec'] as const;
const SETTINGS = [...CHECKS, ...Object.keys(DURATIONS), ...Object.keys(COUNTS)];
const HTTP_PARTS = ['path', 'host', 'port', 'secure', 'status'];

const SHORTEST_INTERVAL_MS = 100;
const SHORTEST_TIMEOUT_MS = 10;
const LONGEST_MS = 2_147_483_647;
const MOST_RESULTS = 1_000;

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const isObject = (raw: unknown): raw is Readonly<Record<string, unknown>> =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const wrong = (what: string, expected: string): Wrong => ({ ok: false, wrong: what, expected });
const shown = (raw: unknown): string => (JSON.stringify(raw) ?? String(raw)).slice(0, 60);

export function readProbe(raw: unknown): Read<Probe> {
  if (typeof raw === 'string' && raw.trim() !== '') return readProbe({ http: raw.trim() });
  if (!isObject(raw)) return wrong(`${shown(raw)} cannot be used`, PROBE_EXPECTED);
  const given: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    const name = snakeCase(key);
    if (!SETTINGS.includes(name)) return unknown(key, 'a probe', SETTINGS);
    if (value !== undefined && value !== null) given[name] = value;
  }
  const kinds = CHECKS.filter((name) => name in given);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const what = kind === undefined ? 'it says neither http, tcp nor exec' : `it has both ${kinds.join(' and ')}`;
    return wrong(what, 'exactly one of http, tcp and exec');
  }
  const check = kind === 'http' ? readHttp(given.http) : kind === 'tcp' ? readTcp(given.tcp) : readExec(given.exec);
  if (!check.ok) return check;
  const numbers: Record<string, number> = { ...DURATIONS, ...COUNTS };
  for (const name of Object.keys(numbers)) {
    if (given[name] === undefined) continue;
    const value = name in DURATIONS ? readDuration(name, given[name]) : readCount(name, given[name]);
    if (!value.ok) return value;
    numbers[name] = value.value;
  }
  const { interval = 0, timeout = 0, start_period = 0, failure_threshold = 0, success_threshold = 0 } = numbers;
  return {
    ok: true,
    value: {
      given,
      rules: {
        check: check.value,
        intervalMs: interval,
        timeoutMs: timeout,
        failureThreshold: failure_threshold,
        successThreshold: success_threshold,
        startPeriodMs: start_period,
      },
    },
  };
}

function unknown(key: string, where: string, known: readonly string[]): Wrong {
  const meant = nearest(snakeCase(key), known);
  const hint = meant === null ? '' : ` - did you mean '${meant}'?`;
  return wrong(`'${key}' is not a setting of ${where}${hint}`, known.join(', '));
}

function readDuration(name: string, raw: unknown): Read<number> {
  const least = name === 'interval' ? SHORTEST_INTERVAL_MS : name === 'timeout' ? SHORTEST_TIMEOUT_MS : 0;
  const value = typeof raw === 'string' || typeof raw === 'number' ? parseDuration(raw) : null;
  if (value === null || value < least || value > LONGEST_MS)
    return wrong(`${name} ${shown(raw)} cannot be used`, `a time such as '10s', at least ${least} ms`);
  return { ok: true, value };
}

function readCount(name: string, raw: unknown): Read<number> {
  const value = typeof raw === 'string' && /^\d{1,4}$/.test(raw) ? Number(raw) : raw;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > MOST_RESULTS)
    return wrong(`${name} ${shown(raw)} cannot be used`, `a whole number from 1 to ${MOST_RESULTS}`);
  return { ok: true, value };
}

const HTTP_EXPECTED =
  "a URL such as 'http://127.0.0.1:3000/health', a path such as '/health', or { path, port, status }";

function readHttp(raw: unknown): Read<ProbeCheck> {
  const refused = wrong(`http ${shown(raw)} cannot be used`, HTTP_EXPECTED);
  if (typeof raw === 'string') {
    const url = raw.startsWith('/') ? null : parseUrl(raw);
    if (url === null && !raw.startsWith('/')) return refused;
    const base = { kind: 'http', status: null } as const;
    if (url === null) return { ok: true, value: { ...base, secure: false, host: null, port: null, path: raw } };
    return { ok: true, value: { ...base, ...url } };
  }
  if (!isObject(raw)) return refused;
  const odd = Object.keys(raw).find((key) => !HTTP_PARTS.includes(key));
  if (odd !== undefined) return unknown(odd, 'an http probe', HTTP_PARTS);
  const { path = '/', host = null, port: rawPort, secure = false, status: rawStatus } = raw;
  const port = rawPort === undefined ? null : readPort(rawPort);
  const status = rawStatus === undefined ? null : readStatus(rawStatus);
  if (typeof path !== 'string' || !path.startsWith('/'))
    return wrong(`path ${shown(path)} cannot be used`, "a path such as '/health'");
  if (host !== null && (typeof host !== 'string' || host === ''))
    return wrong(`host ${shown(host)} cannot be used`, 'a host name or address');
  if (rawPort !== undefined && port === null)
    return wrong(`port ${shown(rawPort)} cannot be used`, 'a port from 1 to 65535');
  if (typeof secure !== 'boolean') return wrong(`secure ${shown(secure)} cannot be used`, 'true or false');
  if (rawStatus !== undefined && status === null)
    return wrong(`status ${shown(rawStatus)} cannot be used`, 'a status code from 100 to 599, or a list of them');
  return { ok: true, value: { kind: 'http', secure, host, port, path, status } };
}

/** Scheme, host, port and path of an absolute URL; null if it is none. */
function parseUrl(text: string): { secure: boolean; host: string; port: number; path: string } | null {
  const found = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^\s/:?#[\]@]+)(?::(\d{1,5}))?(?=[/?#]|$)([^\s#]*)/i.exec(text);
  if (found === null) return null;
  const [, scheme = '', host = '', digits, rest = ''] = found;
  const secure = scheme.toLowerCase() === 'https';
  const port = digits === undefined ? (secure ? 443 : 80) : readPort(digits);
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return port === null ? null : { secure, host: host.replace(/^\[|\]$/g, ''), port, path };
}

function readPort(raw: unknown): number | null {
  const port = typeof raw === 'string' && /^\d{1,5}$/.test(raw) ? Number(raw) : raw;
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : null;
}

function readStatus(raw: unknown): readonly number[] | null {
  const codes: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  const isCode = (code: unknown): code is number =>
    typeof code === 'number' && Number.isInteger(code) && code >= 100 && code <= 599;
  return codes.length > 0 && codes.every(isCode) ? codes : null;
}

function readTcp(raw: unknown): Read<ProbeCheck> {
  const found = typeof raw === 'string' ? /^(?:(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):)?(\d{1,5})$/.exec(raw.trim()) : null;
  const port = readPort(typeof raw === 'string' ? found?.[2] : raw);
  if (port === null) return wrong(`tcp ${shown(raw)} cannot be used`, "a port such as 3000, or 'host:port'");
  return { ok: true, value: { kind: 'tcp', host: found?.[1]?.replace(/^\[|\]$/g, '') ?? null, port } };
}

function readExec(raw: unknown): Read<ProbeCheck> {
  const isText = (word: unknown): word is string => typeof word === 'string' && !word.includes('\0');
  if (isText(raw) && raw.trim() !== '') return { ok: true, value: { kind: 'exec', command: ['/bin/sh', '-c', raw] } };
  if (Array.isArray(raw) && raw.length > 0 && raw.every(isText) && raw[0] !== '')
    return { ok: true, value: { kind: 'exec', command: raw } };
  return wrong(`exec ${shown(raw)} cannot be used`, 'a command, or a list of a program and its arguments');
}
