/**
 * Config files read from disk or stdin, whatever their language. Without one door for them a syntax
 * error would come as a stack trace in one format and as silence in another.
 */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail, ok, type Result } from '../core/errors.ts';
import {
  type ConfigContent,
  type ConfigKind,
  configCandidates,
  configKind,
  plainCopy,
  readContent,
} from './config-file.ts';
import { loadModule, loadTypeScript } from './load-module.ts';
import { parseJson, parseToml, parseYaml } from './load-text.ts';
import { isObject } from './values.ts';

const LARGEST_FILE_BYTES = 10 * 1024 ** 2;

export interface ReadConfigOptions {
  readonly cwd: string;
  /** What `process.env` is in a JSON config that asks for it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text that came in by stdin, for the path `-`. */
  readonly stdin?: string;
  /** A private folder for translated TypeScript; without it nothing is kept. */
  readonly cacheFolder?: string;
}

export interface ConfigFile extends ConfigContent {
  /** Absolute; `stdin` if it came from there. */
  readonly file: string;
}

/**
 * The apps of a config file. Fails with NOT_FOUND (no such file), IO_FAILED (not readable) or BAD_CONFIG
 * (not a config, a syntax error with its place, no apps in it).
 */
export async function readConfig(path: string, options: ReadConfigOptions): Promise<Result<ConfigFile>> {
  if (path === '-') return readStdin(options);
  const content = await readRaw(path, options);
  return content.ok ? finish(content.value, resolve(options.cwd, path)) : content;
}

/** The `deploy` sections of a config file, by name and unchecked; in package.json also below `pm2`. Fails as `readConfig` does. */
export async function readDeploySections(
  path: string,
  options: ReadConfigOptions,
): Promise<Result<Readonly<Record<string, unknown>>>> {
  const content = await readRaw(path, options);
  if (!content.ok) return content;
  const plain = plainCopy(content.value, []);
  if (!plain.ok) return plain;
  const top = isObject(plain.value) ? plain.value : {};
  const sections = top.deploy ?? (isObject(top.pm2) ? top.pm2.deploy : undefined);
  if (isObject(sections)) return ok(sections);
  return fail('BAD_CONFIG', `${resolve(options.cwd, path)} has no \`deploy\` section: there is nowhere to deploy to`);
}

/** What a file of any kind holds, or stdin for `-`, as plain data. Fails as `readConfig` does. */
export async function readPlain(path: string, options: ReadConfigOptions): Promise<Result<unknown>> {
  const content =
    path === '-' ? parseJson(options.stdin ?? '', 'stdin', options.env, options.cwd) : await readRaw(path, options);
  return content.ok ? plainCopy(content.value, []) : content;
}

async function readRaw(path: string, options: ReadConfigOptions): Promise<Result<unknown>> {
  const file = resolve(options.cwd, path);
  const kind = configKind(file);
  if (kind === null) {
    return fail(
      'BAD_CONFIG',
      `${file} is not a config file by its name`,
      'Names end in .json, .json5, .yaml, .yml, .toml, .config.js, .config.cjs, .config.mjs or .config.ts.',
    );
  }
  const text = await readText(file);
  if (!text.ok) return text;
  return parse(kind, file, text.value, options);
}

function readStdin(options: ReadConfigOptions): Result<ConfigFile> {
  const text = options.stdin ?? '';
  if (text.trim() === '') return fail('BAD_CONFIG', 'Nothing came in by stdin; expected JSON or a JavaScript literal');
  const content = parseJson(text, 'stdin', options.env, options.cwd);
  return content.ok ? finish(content.value, 'stdin') : content;
}

function finish(content: unknown, file: string): Result<ConfigFile> {
  const notes: string[] = [];
  const plain = plainCopy(content, notes);
  if (!plain.ok) return fail('BAD_CONFIG', `${file}: ${plain.failure.message}`);
  const read = readContent(plain.value, file);
  return read.ok ? ok({ ...read.value, notes: [...notes, ...read.value.notes], file }) : read;
}

async function readText(file: string): Promise<Result<string>> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) return fail('BAD_CONFIG', `${file} is a folder; expected a config file`);
    if (!found.isFile()) return fail('BAD_CONFIG', `${file} is not an ordinary file; for a pipe use '-'`);
    if (found.size > LARGEST_FILE_BYTES) return fail('BAD_CONFIG', `${file} is too large for a config file`);
    return ok((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return fail('NOT_FOUND', `The config file ${file} was not found`);
    return fail('IO_FAILED', `The config file ${file} cannot be read (${code})`);
  }
}

async function parse(
  kind: ConfigKind,
  file: string,
  text: string,
  { env, cwd, cacheFolder }: ReadConfigOptions,
): Promise<Result<unknown>> {
  switch (kind) {
    case 'json':
      return parseJson(text, file, env, cwd);
    case 'yaml':
      return parseYaml(text, file);
    case 'toml':
      return parseToml(text, file);
    case 'module':
      return loadModule(file);
    case 'typescript':
      return loadTypeScript(file, cacheFolder);
    default:
      return kind satisfies never;
  }
}

/** The config of a folder when none was named: `ecosystem.config.js` first, then the other candidates. */
export const findConfig = (cwd: string, base = 'ecosystem'): Promise<string | null> =>
  firstFile(cwd, [`${base}.config.js`, ...configCandidates(base)]);

/** The same for a deploy, which may also stand in package.json. */
export const findDeployConfig = (cwd: string): Promise<string | null> =>
  firstFile(cwd, ['ecosystem.config.js', ...configCandidates(), 'package.json']);

async function firstFile(cwd: string, names: readonly string[]): Promise<string | null> {
  for (const name of new Set(names)) {
    const file = resolve(cwd, name);
    const found = await stat(file).catch(() => null);
    if (found?.isFile()) return file;
  }
  return null;
}
