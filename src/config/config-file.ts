/**
 * What a config file is by its name, and what its top level may look like. Without it `x.jsonfoo.js`
 * would be taken for a config, and a list of apps under another key would be overlooked.
 */
import { fail, ok, type Result } from '../core/errors.ts';
import { baseName } from '../core/path-text.ts';
import { staticApps } from './static-apps.ts';
import type { RawApp } from './validate.ts';
import { isObject, readValue } from './values.ts';

export type ConfigKind = 'json' | 'yaml' | 'toml' | 'module' | 'typescript';

const SUFFIXES: readonly (readonly [RegExp, ConfigKind])[] = [
  [/\.json[5c]?$/i, 'json'],
  [/\.ya?ml$/i, 'yaml'],
  [/\.toml$/i, 'toml'],
  [/\.config\.[cm]?js$/i, 'module'],
  [/\.config\.[cm]?ts$/i, 'typescript'],
  [/^ecosystem\.[cm]?js$/i, 'module'],
  [/^ecosystem\.[cm]?ts$/i, 'typescript'],
];

/** null: not a config file, but maybe a script. */
export function configKind(path: string): ConfigKind | null {
  const name = baseName(path);
  return SUFFIXES.find(([suffix]) => suffix.test(name))?.[1] ?? null;
}

/** Names tried for a config that was not named, in order: PM2's own first. */
export function configCandidates(base = 'ecosystem'): string[] {
  const known = ['.json', '.yml', '.yaml', '.config.js', '.config.cjs', '.config.mjs'];
  return [...known, '.config.ts', '.toml', '.json5'].map((suffix) => `${base}${suffix}`);
}

export interface ConfigContent {
  readonly apps: readonly RawApp[];
  readonly notes: readonly string[];
  /** `deploy.<name>.env` by name. */
  readonly deployEnv: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** They are the home's: another file would take them away again. */
const ALERTS_NOTE = '`alerts` of a file of apps take effect with `upkeep alerts use FILE` only';

/** The apps of a parsed file, in any of the shapes that PM2 knows. */
export function readContent(content: unknown, file: string): Result<ConfigContent> {
  if (Array.isArray(content)) return ok({ apps: content, notes: [], deployEnv: {} });
  if (!isObject(content)) {
    return fail('BAD_CONFIG', `${file} holds no apps: expected an object or a list`, 'A module must export them.');
  }
  const isManifest = /^package\.json$/i.test(baseName(file));
  const listed = content.apps ?? content.pm2;
  const statics = staticApps(content.static);
  const notes = content.alerts === undefined ? [] : [ALERTS_NOTE];
  const deployEnv = readDeployEnv(content.deploy);
  if (listed !== undefined) {
    const apps = Array.isArray(listed) ? listed : [listed];
    return ok({ apps: [...apps, ...statics], notes, deployEnv });
  }
  if (isManifest) return fail('BAD_CONFIG', `${file} has no apps: expected a list under 'pm2' or 'apps'`);
  const isApp = ['script', 'exec', 'cmd', 'command'].some((key) => content[key] !== undefined);
  const hasSections = content.static !== undefined || content.deploy !== undefined;
  if (!isApp && (hasSections || Object.keys(content).length === 0)) return ok({ apps: statics, notes, deployEnv });
  const { static: _static, deploy: _deploy, alerts: _alerts, $schema: _schema, ...app } = content;
  return ok({ apps: [app, ...statics], notes, deployEnv });
}

function readDeployEnv(deploy: unknown): Record<string, Readonly<Record<string, string>>> {
  const found: Record<string, Readonly<Record<string, string>>> = {};
  if (!isObject(deploy)) return found;
  for (const [name, section] of Object.entries(deploy)) {
    if (!isObject(section) || section.env === undefined) continue;
    const reading = readValue({ name: 'env', kind: 'environment', help: '' }, section.env);
    // A mistaken deploy section is told when it is used to deploy.
    if (reading.ok) found[name] = reading.value as Readonly<Record<string, string>>;
  }
  return found;
}

/** Deeper or larger content is an accident or an attack (aliases in YAML that multiply). */
const DEEPEST = 64;
const MOST_VALUES = 100_000;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : typeof error);

/**
 * A copy of plain data only: no prototypes of another realm, no getters, no cycles. Regular expressions
 * become text between slashes; functions are left out, and told.
 */
export function plainCopy(content: unknown, notes: string[]): Result<unknown> {
  let count = 0;
  const tooMuch = new Error();
  const copy = (value: unknown, depth: number, path: string): unknown => {
    if (++count > MOST_VALUES || depth > DEEPEST) throw tooMuch;
    if (typeof value === 'function') {
      notes.push(`${path}: a function cannot be kept, left out`);
      return undefined;
    }
    if (typeof value === 'bigint') return Number(value);
    if (typeof value !== 'object' || value === null) return value;
    const tag = Object.prototype.toString.call(value);
    if (tag === '[object RegExp]') return `/${(value as RegExp).source}/`;
    if (tag === '[object Date]') return (value as Date).toJSON();
    if (Array.isArray(value)) return value.map((item, index) => copy(item, depth + 1, `${path}[${index}]`));
    const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
    const plain: Record<string, unknown> = {};
    for (const [key, item] of entries) {
      const name = String(key);
      // As an ordinary assignment it would change the object's prototype.
      if (name !== '__proto__') plain[name] = copy(item, depth + 1, path === '' ? name : `${path}.${name}`);
    }
    return plain;
  };
  try {
    return ok(copy(content, 0, ''));
  } catch (error) {
    // A getter of the user's own, or a value that has no text.
    if (error !== tooMuch) return fail('BAD_CONFIG', `The content cannot be read: ${messageOf(error)}`);
    return fail('BAD_CONFIG', `The content is nested deeper than ${DEEPEST} or holds more than ${MOST_VALUES} values`);
  }
}
