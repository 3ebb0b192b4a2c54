/**
 * From the user's `script` to what is executed: interpreter, arguments and paths, all found and absolute.
 * Without it an app would fail at launch, inside the daemon, far from the user who could be told why.
 */
import { baseName, expandHome, extensionOf, isAbsolutePath, resolvePath } from '../core/path-text.ts';
import { programOfCommand, programOfWords } from './command.ts';
import { type Context, findInPath, userHome } from './context.ts';
import { interpreterNamed, interpretFile, isNodeProgram } from './interpreter.ts';
import { type NpmPlan, resolveNpmScript } from './npm-script.ts';
import type { Values } from './options.ts';
import type { Found, Place, Program } from './program.ts';
import { shellQuote, simpleCommand } from './words.ts';

export function findProgram(values: Values, place: Place, context: Context): Found<Program> {
  const script = values.script?.trim();
  if (script === undefined) return { ok: false, problem: 'script: missing; expected a file or a command' };
  const args = values.args ?? [];
  const file = findFile(script, place, context);
  if (file !== null && context.lookup.kindOf(file.path) === 'file') {
    const program = programOfFile(file.path, args, values, { ...place, cwd: file.cwd }, context);
    return program.ok ? { ok: true, value: { ...program.value, scriptFile: file.path } } : program;
  }
  if (file !== null && script.includes('/')) {
    return { ok: false, problem: `script: ${file.path} is a folder; expected a file` };
  }
  if (/\s/.test(script)) return programOfText([script, ...args.map(shellQuote)].join(' '), values, place, context);
  if (!script.includes('/')) return programInPath(script, args, values, place, context);
  return { ok: false, problem: `script: ${resolvePath(place.cwd, script)} was not found` };
}

/** By path: from the app's folder, then from the config file's, where the app then runs unless its folder was given. */
function findFile(script: string, place: Place, context: Context): { path: string; cwd: string } | null {
  const expanded = expandHome(script, userHome(context)) ?? script;
  const path = resolvePath(place.cwd, expanded);
  if (context.lookup.kindOf(path) !== 'none') return { path, cwd: place.cwd };
  if (place.configFolder === null || isAbsolutePath(expanded)) return null;
  const beside = resolvePath(place.configFolder, expanded);
  if (context.lookup.kindOf(beside) !== 'file') return null;
  return { path: beside, cwd: place.isCwdGiven ? place.cwd : place.configFolder };
}

function programOfFile(
  path: string,
  args: readonly string[],
  values: Values,
  place: Place,
  context: Context,
): Found<Program> {
  const wanted = values.exec_interpreter;
  const found =
    wanted === undefined ? interpretFile(path, place.path, context) : interpreterNamed(wanted, path, place, context);
  if (!found.ok) return found;
  const { interpreter, name, extraArgs, env } = found.value;
  const program: Program = {
    script: path,
    args,
    interpreter,
    interpreterName: name,
    interpreterArgs: [...(values.node_args ?? []), ...extraArgs],
    isNode: interpreter !== null && isNodeProgram(interpreter, context),
    cwd: place.cwd,
    env,
    notes: [],
    scriptFile: null,
  };
  return { ok: true, value: program };
}

/** In a config `serve` is the static server; on a command line a program of that name comes first. */
function isStaticServer(values: Values, place: Place, context: Context): boolean {
  if (context.staticServer === undefined || values.exec_interpreter !== undefined) return false;
  return place.configFolder !== null || findInPath('serve', place.path, context.lookup) === null;
}

/** A bare word: an npm script if it is `npm start` and the like, else a program of the PATH. */
function programInPath(
  word: string,
  args: readonly string[],
  values: Values,
  place: Place,
  context: Context,
): Found<Program> {
  const here = besideConfig([word, ...args], place, context);
  if (word === 'serve' && isStaticServer(values, place, context)) {
    const server = context.staticServer ?? '';
    const found = programOfFile(server, args, values, place, context);
    // As a file that was named: an update must not look for the word again.
    return found.ok ? { ok: true, value: { ...found.value, scriptFile: server } } : found;
  }
  const npm = values.exec_interpreter === undefined ? resolveNpmScript([word, ...args], here, context) : null;
  if (npm?.kind === 'resolved') return programOfNpm(npm, values, context);
  const path = findInPath(word, place.path, context.lookup);
  if (path !== null) return runAsItIs(programOfFile(path, args, values, here, context), npm?.why);
  const tried = resolvePath(place.cwd, word);
  if (context.lookup.kindOf(tried) !== 'none')
    return { ok: false, problem: `script: ${tried} is a folder; expected a file` };
  return { ok: false, problem: `script: ${tried} was not found, nor a program '${word}' in the PATH` };
}

/**
 * The place of a command in a config file that was named from another folder: beside the file, if a file
 * that the command names is there and not in the caller's folder. For npm that file is package.json.
 */
function besideConfig(words: readonly string[], place: Place, context: Context): Place {
  const { configFolder, cwd, isCwdGiven } = place;
  if (configFolder === null || isCwdGiven || configFolder === cwd) return place;
  const isRunner = ['npm', 'yarn', 'pnpm'].includes(words[0] ?? '');
  const named = isRunner ? ['package.json'] : words.filter((word) => /[./]/.test(word) && !/^[-/]/.test(word));
  const isIn = (folder: string) => (word: string) => context.lookup.kindOf(resolvePath(folder, word)) === 'file';
  return named.some(isIn(configFolder)) && !named.some(isIn(cwd)) ? { ...place, cwd: configFolder } : place;
}

/** A whole command in one text. */
function programOfText(text: string, values: Values, place: Place, context: Context): Found<Program> {
  const words = simpleCommand(text);
  const here = words === null ? place : besideConfig(words, place, context);
  const npm = words === null ? null : resolveNpmScript(words, here, context);
  if (npm?.kind === 'resolved') return programOfNpm(npm, values, context);
  return runAsItIs(programOfCommand(text, values.node_args ?? [], here, context), npm?.why);
}

function programOfNpm(npm: NpmPlan & { kind: 'resolved' }, values: Values, context: Context): Found<Program> {
  const found = programOfWords(npm.words, values.node_args ?? [], npm.place, context);
  if (!found.ok) return found;
  const env = { ...found.value.env, ...npm.env };
  return withNote({ ok: true, value: { ...found.value, env } }, npm.note);
}

/** npm itself is Node, but not the app: the runtime has no business in it. */
function runAsItIs(program: Found<Program>, why: string | undefined): Found<Program> {
  if (!program.ok || why === undefined) return program;
  return withNote({ ok: true, value: { ...program.value, isNode: false } }, why);
}

function withNote(program: Found<Program>, note: string): Found<Program> {
  if (!program.ok) return program;
  return { ok: true, value: { ...program.value, notes: [...program.value.notes, note] } };
}

/** The name an app gets from its script: the file's without its extension, or the whole command. */
export function nameOfScript(script: string, isFile: boolean): string {
  const text = isFile || !/\s/.test(script) ? baseName(script) : script.trim();
  const extension = isFile || !/\s/.test(text) ? extensionOf(text) : (/\.[A-Za-z0-9]+$/.exec(text)?.[0] ?? '');
  return extension === '' ? text : text.slice(0, -extension.length);
}
