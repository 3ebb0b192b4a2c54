/**
 * How loud a line is, as loggers say it: pino's and bunyan's numbers, the names of winston, syslog and others, words at the
 * beginning of plain lines. Without one scale for all of them `--level warn` would mean something else for each app.
 */
import { LEVELS, type Level } from './query.ts';

const NAMES: Readonly<Record<string, Level>> = {
  trace: 'trace',
  silly: 'trace',
  finest: 'trace',
  debug: 'debug',
  verbose: 'debug',
  http: 'debug',
  fine: 'debug',
  info: 'info',
  information: 'info',
  notice: 'info',
  log: 'info',
  success: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  severe: 'error',
  fatal: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
  emergency: 'fatal',
  panic: 'fatal',
};

/** pino and bunyan: 10 is trace, 60 fatal. A number in between counts as the one below. */
function ofNumber(value: number): Level | null {
  if (!Number.isFinite(value) || value < 10 || value > 100) return null;
  return LEVELS[Math.min(Math.floor(value / 10), LEVELS.length) - 1] ?? null;
}

/** Of the value of a `level` field. */
export function levelOf(value: unknown): Level | null {
  if (typeof value === 'number') return ofNumber(value);
  if (typeof value !== 'string') return null;
  const name = NAMES[value.trim().toLowerCase()];
  return name ?? (/^\d{2,3}$/.test(value) ? ofNumber(Number(value)) : null);
}

export const isAtLeast = (level: Level, least: Level): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(least);

/** Keys under which loggers write it. */
export const LEVEL_KEYS = ['level', 'severity', 'lvl', 'levelname', 'log.level', '@level'];

/** All names of this level and the louder ones. */
export const namesFrom = (least: Level): readonly string[] =>
  Object.entries(NAMES)
    .filter(([, level]) => isAtLeast(level, least))
    .map(([name]) => name);

const WORDS = Object.keys(NAMES).join('|');
/**
 * After an optional date: `[ERROR]`, `(warn)`, `<info>`, `ERROR:`, `warn -`, `INFO |`, or a word in capitals. A plain word
 * without any of these is just a word.
 */
const MARKED = new RegExp(`^(?:[[(<](${WORDS})\\s*[\\])>]|(${WORDS})\\s*(?::|\\||- ))`, 'i');
const CAPITALS = new RegExp(`^(${WORDS.toUpperCase()})(?=\\s)`);
const LOGFMT = new RegExp(`^(?:[\\w.@-]+=(?:"[^"]*"|\\S*) ){0,4}(?:level|lvl|severity)="?(${WORDS})\\b`, 'i');
/** `TypeError: x is not a function`, as Node prints what nobody caught. */
const THROWN = /^(?:Uncaught )?(?:[A-Z]\w*)?(?:Error|Exception)(?: \[\w+\])?:/;
/** `[app]`, `pid=12 `, `name: `: what may stand before the word; at most so many. */
const LEAD = /^(?:\[[^\]]{1,60}\]|\([^)]{1,60}\))\s*[-:|]?\s*/;
const LONGEST_LEAD = 2;

/** Of a plain line whose date has been taken off; only its beginning is looked at. */
export function levelOfText(text: string): Level | null {
  let rest = text.length > 300 ? text.slice(0, 300) : text;
  for (let lead = 0; ; lead++) {
    const found = MARKED.exec(rest) ?? CAPITALS.exec(rest) ?? LOGFMT.exec(rest);
    if (found !== null) return NAMES[(found[1] ?? found[2] ?? '').toLowerCase()] ?? null;
    if (THROWN.test(rest)) return 'error';
    const before = lead < LONGEST_LEAD ? LEAD.exec(rest) : null;
    if (before === null) return null;
    rest = rest.slice(before[0].length);
  }
}
