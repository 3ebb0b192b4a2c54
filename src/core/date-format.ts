/**
 * Dates written by a pattern of tokens (`YYYY-MM-DD HH:mm:ss Z`, the words users know from day.js).
 * Without it time stamps would need a library in the log thread, and a pattern with a typing error
 * could stop an app's log.
 */

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const DAY_MS = 86_400_000;

interface Moment {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  readonly offsetMinutes: number;
}

type Writer = (moment: Moment) => string;

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const hour12 = (moment: Moment): number => moment.hour % 12 || 12;
const nameOf = (names: readonly string[], index: number): string => names[index] ?? '';

function zone(moment: Moment, separator: string): string {
  const minutes = Math.abs(moment.offsetMinutes);
  return `${moment.offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}${separator}${pad(minutes % 60)}`;
}

/** Longer tokens stand before the shorter ones that begin them. */
const TOKENS: readonly (readonly [string, Writer])[] = [
  ['YYYY', (m) => pad(m.year, 4)],
  ['YY', (m) => pad(m.year % 100)],
  ['MMMM', (m) => nameOf(MONTHS, m.month - 1)],
  ['MMM', (m) => nameOf(MONTHS, m.month - 1).slice(0, 3)],
  ['MM', (m) => pad(m.month)],
  ['M', (m) => String(m.month)],
  ['DD', (m) => pad(m.day)],
  ['D', (m) => String(m.day)],
  ['dddd', (m) => nameOf(DAYS, m.weekday)],
  ['ddd', (m) => nameOf(DAYS, m.weekday).slice(0, 3)],
  ['dd', (m) => nameOf(DAYS, m.weekday).slice(0, 2)],
  ['d', (m) => String(m.weekday)],
  ['HH', (m) => pad(m.hour)],
  ['H', (m) => String(m.hour)],
  ['hh', (m) => pad(hour12(m))],
  ['h', (m) => String(hour12(m))],
  ['mm', (m) => pad(m.minute)],
  ['m', (m) => String(m.minute)],
  ['ss', (m) => pad(m.second)],
  ['SSS', (m) => pad(m.ms, 3)],
  ['s', (m) => String(m.second)],
  ['A', (m) => (m.hour < 12 ? 'AM' : 'PM')],
  ['a', (m) => (m.hour < 12 ? 'am' : 'pm')],
  ['ZZ', (m) => zone(m, '')],
  ['Z', (m) => zone(m, ':')],
];

/** Splits a moment into its parts without `Date`: the proleptic Gregorian calendar, counted in eras of 400 years. */
function momentOf(at: number, offsetMinutes: number): Moment {
  const local = Math.floor(at) + offsetMinutes * 60_000;
  const days = Math.floor(local / DAY_MS);
  const ofDay = local - days * DAY_MS;
  // Years begin on 1 March here, so that the leap day is the last day of a year.
  const sinceEpoch = days + 719_468;
  const era = Math.floor(sinceEpoch / 146_097);
  const dayOfEra = sinceEpoch - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(ofDay / 3_600_000),
    minute: Math.floor(ofDay / 60_000) % 60,
    second: Math.floor(ofDay / 1000) % 60,
    ms: ofDay % 1000,
    offsetMinutes,
  };
}

/** A pattern made ready for use; anything in it that is no token is written as it stands. */
export type DateFormatter = (at: number, offsetMinutes: number) => string;

export function compileDateFormat(pattern: string): DateFormatter {
  const writers: Writer[] = [];
  let literal = '';
  const flushLiteral = (): void => {
    if (literal === '') return;
    const text = literal;
    writers.push(() => text);
    literal = '';
  };
  let at = 0;
  while (at < pattern.length) {
    const close = pattern[at] === '[' ? pattern.indexOf(']', at + 2) : -1;
    if (close !== -1) {
      literal += pattern.slice(at + 1, close);
      at = close + 1;
      continue;
    }
    const token = TOKENS.find(([name]) => pattern.startsWith(name, at));
    if (token === undefined) {
      literal += pattern[at];
      at++;
      continue;
    }
    flushLiteral();
    writers.push(token[1]);
    at += token[0].length;
  }
  flushLiteral();
  return (instant, offsetMinutes) => {
    const moment = momentOf(instant, offsetMinutes);
    let text = '';
    for (const write of writers) text += write(moment);
    return text;
  };
}
