/**
 * Configs that are programs: JavaScript and TypeScript modules. Without a loader that drops the cache, a
 * long-lived caller of the API would see the first version of a file for ever.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ok, type Result } from '../core/errors.ts';
import { describeError, positionIn, syntaxFailure } from './syntax-error.ts';

let loads = 0;

/** CommonJS or ES module; a default export is unwrapped, a function is called and awaited. */
export async function loadModule(file: string): Promise<Result<unknown>> {
  try {
    return ok(await configOf(await importFresh(file)));
  } catch (error) {
    return failureOf(error, file);
  }
}

/** Codes of Node for TypeScript that it cannot run by leaving out the types. */
const NEEDS_TRANSLATION = new Set([
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_UNKNOWN_FILE_EXTENSION',
  // Imports without an extension are for a bundler; jiti finds them.
  'ERR_MODULE_NOT_FOUND',
]);

export async function loadTypeScript(file: string, cacheFolder: string | undefined): Promise<Result<unknown>> {
  try {
    return ok(await configOf(await importTypeScript(file, cacheFolder)));
  } catch (error) {
    return failureOf(error, file);
  }
}

async function importTypeScript(file: string, cacheFolder: string | undefined): Promise<unknown> {
  const stripsTypes = 'typescript' in process.features && Boolean(process.features.typescript);
  if (stripsTypes && !file.includes(`${sep}node_modules${sep}`)) {
    try {
      return await importFresh(file);
    } catch (error) {
      if (!NEEDS_TRANSLATION.has(codeOf(error))) throw error;
    }
  }
  const { createJiti } = await import('jiti');
  return createJiti(file, { moduleCache: false, fsCache: cacheFolder ?? false }).import(file);
}

/** The file itself anew; what it imports may still come from Node's cache. */
async function importFresh(file: string): Promise<unknown> {
  const require = createRequire(file);
  delete require.cache[file];
  const url = pathToFileURL(file);
  url.searchParams.set('load', String(++loads));
  return import(url.href);
}

async function configOf(namespace: unknown): Promise<unknown> {
  let value = namespace;
  // Twice: a module translated to CommonJS holds its default export in `default` once more.
  for (let level = 0; level < 2; level++) {
    if (typeof value === 'object' && value !== null && 'default' in value) value = value.default;
  }
  return typeof value === 'function' ? await value() : value;
}

async function failureOf(error: unknown, file: string): Promise<Result<never>> {
  const mistake = describeError(error, file);
  if (mistake.position !== null || !mistake.message.startsWith('SyntaxError')) return syntaxFailure(file, mistake);
  // For ES modules Node keeps the place to itself, except when it prints the error.
  return syntaxFailure(file, { ...mistake, position: positionIn(await checkOutput(file), file) });
}

function checkOutput(file: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', file], { timeout: 5000 }, (_error, _stdout, stderr) => resolve(stderr));
  });
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
