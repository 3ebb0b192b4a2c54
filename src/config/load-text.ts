/**
 * JSON, JavaScript literals, YAML and TOML read into values. Without one shape for their errors the user
 * would have to know four libraries to find the line that is wrong.
 */
import { runInNewContext } from 'node:vm';
import { fail, ok, type Result } from '../core/errors.ts';
import { describeError, type Position, syntaxFailure } from './syntax-error.ts';

const LONGEST_EVALUATION_MS = 1000;

/**
 * Strict JSON, else a JavaScript literal: comments, keys without quotes, expressions, `process.env`. It is
 * evaluated for convenience, not for safety: a config file says which programs to run anyway.
 */
export function parseJson(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Result<unknown> {
  if (text.trim() === '') return fail('BAD_CONFIG', `${file} is empty`);
  try {
    return ok(JSON.parse(text));
  } catch {
    // Many configs are JSON only by name.
  }
  const process = { env: { ...env }, cwd: () => cwd };
  try {
    // The bracket stands on a line of its own, so that the columns of the first line stay right.
    const value: unknown = runInNewContext(
      `(\n${text}\n)`,
      { process },
      { filename: file, lineOffset: -1, timeout: LONGEST_EVALUATION_MS },
    );
    return ok(value);
  } catch (error) {
    return syntaxFailure(file, describeError(error, file));
  }
}

export async function parseYaml(text: string, file: string): Promise<Result<unknown>> {
  const { CORE_SCHEMA, load, mergeTag, YAMLException } = await import('js-yaml');
  try {
    return ok(load(text, { filename: file, schema: CORE_SCHEMA.withTags(mergeTag) }));
  } catch (error) {
    if (!(error instanceof YAMLException)) return syntaxFailure(file, describeError(error, file));
    const { mark } = error;
    const position: Position | null = mark === undefined ? null : { line: mark.line + 1, column: mark.column + 1 };
    return syntaxFailure(file, { message: error.reason, position });
  }
}

export async function parseToml(text: string, file: string): Promise<Result<unknown>> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return ok(parse(text));
  } catch (error) {
    if (!(error instanceof TomlError)) return syntaxFailure(file, describeError(error, file));
    const message = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    return syntaxFailure(file, { message, position: { line: error.line, column: error.column } });
  }
}
