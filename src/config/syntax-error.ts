/**
 * What went wrong in a config file and where, from whatever was thrown. Without it the user would see the
 * stack of our own loader instead of a line of the file.
 */
import { fail, type Result } from '../core/errors.ts';

/** Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number | null;
}

export interface Mistake {
  readonly message: string;
  readonly position: Position | null;
}

export function syntaxFailure(file: string, { message, position }: Mistake): Result<never> {
  const column = position?.column == null ? '' : `:${position.column}`;
  const place = position === null ? '' : `:${position.line}${column}`;
  return fail('BAD_CONFIG', `${file}${place}: ${message}`, 'Nothing was started.');
}

/** Errors of a vm context are not instances of this realm's Error, so they are known by their parts. */
export function describeError(error: unknown, file: string): Mistake {
  if (typeof error !== 'object' || error === null) return { message: String(error), position: null };
  const { message, name, stack } = error as { message?: unknown; name?: unknown; stack?: unknown };
  const text = String(message ?? error);
  const kind = name === undefined || name === 'Error' ? '' : `${String(name)}: `;
  const position = positionIn(String(stack ?? ''), file) ?? positionInMessage(text);
  return { message: `${kind}${text.split('\n')[0]}`, position };
}

/** Node puts `file:line`, the source line and a caret before a syntax error; other errors have frames with `file:line:column`. */
export function positionIn(stack: string, file: string): Position | null {
  // Modules are loaded under a URL with a counter behind it.
  const lines = stack
    .replace(/\?load=\d+/g, '')
    .replaceAll('%20', ' ')
    .split('\n');
  for (const [index, line] of lines.entries()) {
    const at = line.lastIndexOf(`${file}:`);
    if (at === -1) continue;
    const found = /^(\d+)(?::(\d+))?/.exec(line.slice(at + file.length + 1));
    if (found === null) continue;
    const caret = lines[index + 2]?.match(/^\s*\^/)?.[0].length;
    const column = found[2] === undefined ? (caret ?? null) : Number(found[2]);
    return { line: Number(found[1]), column };
  }
  return null;
}

/** Translators of TypeScript write `(3:5)` behind the message; they count columns from 0 or 1. */
function positionInMessage(text: string): Position | null {
  const found = /\((\d+):(\d+)\)/.exec(text);
  return found === null ? null : { line: Number(found[1]), column: Number(found[2]) };
}
