/**
 * The few settings of the home (`upkeep set`) that the daemon itself obeys. They are read when they matter, so that a
 * change needs no restart of the daemon.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'module_conf.json';

/** A value of the section `pm2`; undefined: it is not set, or the file cannot be read. */
export function homeSetting(home: string, name: string): string | undefined {
  try {
    const all = JSON.parse(readFileSync(join(home, FILE), 'utf8')) as {
      readonly pm2?: Readonly<Record<string, unknown>>;
    };
    const value = all.pm2?.[name];
    return value === undefined ? undefined : String(value);
  } catch {
    return undefined;
  }
}
