/**
 * Reads settings as `set` stores them. They are read here, not asked of a command, so that a program gets values instead of
 * text for a person.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pm2Error } from './failure.ts';
import { isObject } from './targets.ts';

type Settings = Readonly<Record<string, unknown>>;

/** PM2's own file, in the home. */
const FILE = 'module_conf.json';

export function readSettings(home: string): Settings {
  const path = join(home, FILE);
  if (!existsSync(path)) return {};
  try {
    const settings: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isObject(settings)) return settings;
  } catch (cause) {
    throw new Pm2Error(`the settings cannot be read: ${path}: ${(cause as Error).message}`, 'BAD_CONFIG', { cause });
  }
  throw new Pm2Error(`the settings cannot be read: ${path} holds no object`, 'BAD_CONFIG');
}

/** `app.key` and `app:key` name a value in a section; the dot wins if there are both. A part in double quotes is one part. */
export function settingAt(settings: Settings, key: string): unknown {
  const divider = key.replace(/"[^"]*"/g, '').includes('.') ? '.' : ':';
  const parts = [...key.matchAll(divider === '.' ? /"([^"]*)"|([^."]+)/g : /"([^"]*)"|([^:"]+)/g)];
  let value: unknown = settings;
  for (const match of parts) {
    const part = match[1] ?? match[2] ?? '';
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}
