/**
 * What was `set` for an app, as its variables. Without this one reader `start`, an update and the rotation of logs could
 * each believe in other settings.
 */
import type { Context } from './context.ts';

export type Section = Readonly<Record<string, unknown>>;

/** In the home; PM2's own name and format, so that tools that read or write it go on. */
export const SETTINGS_FILE = 'module_conf.json';

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The section of an app; null: there is none, or the file cannot be read. */
export function sectionOf(name: string, context: Context): Section | null {
  const text = context.lookup.textOf(`${context.home}/${SETTINGS_FILE}`);
  if (text === null) return null;
  try {
    const all: unknown = JSON.parse(text);
    const section = isSection(all) && Object.hasOwn(all, name) ? all[name] : null;
    return isSection(section) ? section : null;
  } catch {
    // Whoever changes a setting is told; an app must start without.
    return null;
  }
}

/** Every key as a variable, and the whole as JSON in one that is named like the app. */
export function settingsEnv(name: string, context: Context): Readonly<Record<string, string>> {
  const section = sectionOf(name, context);
  if (section === null) return {};
  const variables = Object.entries(section).map(([key, value]): [string, string] => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries([...variables, [name, JSON.stringify(section)]].filter(([key]) => isVariableName(key)));
}

/** The kernel would take what stands before the first `=` for the name. */
const isVariableName = (key: string | undefined): boolean => key !== undefined && key !== '' && !/[=\0]/.test(key);
