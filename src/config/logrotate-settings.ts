/**
 * The settings of PM2's `pm2-logrotate` module as defaults of the rotation that is built in. Without it a home that was
 * moved over would keep its settings, and its logs would be rotated by other rules.
 */
import { parseSize } from '../core/units.ts';
import type { Context } from './context.ts';
import { cronIntervalMs } from './cron.ts';
import { sectionOf } from './settings.ts';

/** Section of the settings. */
export const LOGROTATE = 'pm2-logrotate';

const MOST_KEPT = 10_000;

/** An app's own option wins over each of them. */
export interface RotationDefaults {
  readonly log_max_size?: number;
  readonly log_max_age?: number;
  readonly log_keep?: number;
  readonly log_compress?: boolean;
}

export type Meaning =
  | { readonly kind: 'rule'; readonly rule: RotationDefaults; readonly text: string }
  /** It changes nothing here, and why. */
  | { readonly kind: 'idle'; readonly text: string }
  | { readonly kind: 'bad'; readonly text: string };

const bad = (key: string, value: string, expected: string): Meaning => ({
  kind: 'bad',
  text: `${LOGROTATE}:${key}: expected ${expected}, not ${value}`,
});

/** What a setting of that module means for the rotation that is built in. */
export async function meaningOf(key: string, value: string): Promise<Meaning> {
  switch (key) {
    case 'max_size': {
      const bytes = parseSize(value);
      if (bytes === null) return bad(key, value, 'a size such as 10M');
      return { kind: 'rule', rule: { log_max_size: bytes }, text: `log files are rotated at ${value}` };
    }
    case 'retain': {
      const keep = value === 'all' ? MOST_KEPT : Number(value);
      if (!Number.isInteger(keep) || keep < 0 || keep > MOST_KEPT) return bad(key, value, 'a number or all');
      return { kind: 'rule', rule: { log_keep: keep }, text: `${value} rotated files are kept of each log file` };
    }
    case 'compress':
      if (value !== 'true' && value !== 'false') return bad(key, value, 'true or false');
      return {
        kind: 'rule',
        rule: { log_compress: value === 'true' },
        text: `rotated files are ${value === 'true' ? '' : 'not '}compressed`,
      };
    case 'rotateInterval': {
      const interval = await cronIntervalMs(value);
      if (interval === null) return bad(key, value, 'a cron pattern');
      const text = `a log file is rotated when it is older than ${Math.round(interval / 60_000)} minutes`;
      return { kind: 'rule', rule: { log_max_age: interval }, text };
    }
    case 'dateFormat':
    case 'TZ':
      return { kind: 'idle', text: 'the names of rotated files hold the time in UTC, so that they sort' };
    case 'rotateModule':
      return { kind: 'idle', text: 'the logs of modules are always rotated' };
    case 'workerInterval':
      return { kind: 'idle', text: 'the size of a file is known at every write; nothing has to look for it' };
    default:
      return { kind: 'idle', text: 'the rotation that is built in has no such setting' };
  }
}

/** A value that cannot be understood is left out: whoever set it was told. */
export async function rotationDefaults(context: Context): Promise<RotationDefaults> {
  const section = sectionOf(LOGROTATE, context);
  if (section === null) return {};
  const meanings = await Promise.all(Object.entries(section).map(([key, value]) => meaningOf(key, String(value))));
  return Object.assign({}, ...meanings.map((meaning) => (meaning.kind === 'rule' ? meaning.rule : {})));
}
