/**
 * Instants as people write them: `10m` ago, `yesterday`, `2026-11-24 10:00`, ISO 8601, an epoch. Without one reader for the
 * command line and the page the same words would mean two instants.
 */
import { UpkeepError } from '../../core/errors.ts';
import { instant } from './line-time.ts';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `10m`, `1h30m`, `2 d`; null: it is none. */
function agoMs(text: string): number | null {
  const bare = text
    .replace(/\s+ago$/, '')
    .replace(/^-/, '')
    .replaceAll(' ', '');
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?[a-z]{1,3})+$/.test(bare)) return null;
  let total = 0;
  for (const [, count, unit] of bare.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
    const length = UNITS[unit ?? ''];
    if (length === undefined) return null;
    total += Number(count) * length;
  }
  return total;
}

function dayOf(now: number, daysBack: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - daysBack).getTime();
}

const DATE =
  /^(?:(\d{4})-(\d\d)-(\d\d))?(?:(?<=\d)[T ]|(?<!\d))?(?:(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|[+-]\d\d:?\d\d)?$/i;

function ofDate(text: string, now: number): number | null {
  const found = DATE.exec(text);
  if (found === null || (found[1] === undefined && found[4] === undefined)) return null;
  const [, year, month, day, hour, minute, second = '0', fraction = '0', zone] = found;
  const today = new Date(now);
  return instant(
    year === undefined ? today.getFullYear() : Number(year),
    month === undefined ? today.getMonth() + 1 : Number(month),
    day === undefined ? today.getDate() : Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second),
    Math.floor(Number(`0.${fraction}`) * 1000),
    zone?.toUpperCase(),
  );
}

/**
 * ms since the epoch. Dates without a zone are local; a time alone is today's.
 *
 * @param what names the option in the message
 * @throws UpkeepError BAD_REQUEST
 */
export function readMoment(text: string, what: string, now: number): number {
  const bare = text.trim();
  const word = bare.toLowerCase();
  if (word === 'now') return now;
  if (word === 'today') return dayOf(now, 0);
  if (word === 'yesterday') return dayOf(now, 1);
  const ago = agoMs(word);
  if (ago !== null) return now - ago;
  if (/^\d{10}(?:\.\d{1,3})?$/.test(bare)) return Number(bare) * 1000;
  if (/^\d{13}$/.test(bare)) return Number(bare);
  const at = ofDate(bare, now);
  if (at !== null && !Number.isNaN(at)) return at;
  throw new UpkeepError({
    code: 'BAD_REQUEST',
    message: `${what} cannot be read: ${JSON.stringify(text)} is no time`,
    hint: 'write 10m, 2h, 1h30m, 3d, today, yesterday, 10:00, 2026-11-24, "2026-11-24 10:00", or 2026-11-24T10:00:00Z',
  });
}
