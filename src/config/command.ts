/**
 * Commands written as one text. What needs no shell gets none: a shell in between would swallow the
 * signals meant for the program, and the list would show the shell's memory instead of the program's.
 */
import { baseName, resolvePath } from '../core/path-text.ts';
import { type Context, findInPath } from './context.ts';
import { interpretFile, isNodeProgram, isNodeShebang } from './interpreter.ts';
import type { Found, Place, Program } from './program.ts';
import { simpleCommand } from './words.ts';

/** Words that only a shell knows, as its own commands or as its grammar. */
export const SHELL_WORDS: ReadonlySet<string> = new Set(
  (
    '. : alias bg bind break builtin case cd command continue coproc declare dirs disown do done elif else enable esac ' +
    'eval exec exit export fc fg fi for function getopts hash help history if in jobs let local logout mapfile popd ' +
    'pushd read readonly return select set shift shopt source suspend then time times trap type typeset ulimit umask ' +
    'unalias unset until wait while'
  ).split(' '),
);

export function programOfCommand(
  text: string,
  nodeArgs: readonly string[],
  place: Place,
  context: Context,
): Found<Program> {
  const words = simpleCommand(text);
  if (words !== null && !SHELL_WORDS.has(words[0] ?? '')) return programOfWords(words, nodeArgs, place, context);
  const shell = findInPath('bash', place.path, context.lookup) ?? findInPath('sh', place.path, context.lookup);
  if (shell === null) return { ok: false, problem: `script: '${text}' needs bash or sh, which are not in the PATH` };
  return { ok: true, value: executed(shell, ['-c', text], place) };
}

/** A program with its arguments, run without a shell. */
export function programOfWords(
  words: readonly string[],
  nodeArgs: readonly string[],
  place: Place,
  context: Context,
): Found<Program> {
  const [first = '', ...args] = words;
  const { lookup } = context;
  const path = first.includes('/') ? resolvePath(place.cwd, first) : findInPath(first, place.path, lookup);
  if (path === null || lookup.kindOf(path) !== 'file') {
    const where = path === null ? `a program '${first}' in the PATH` : path;
    return { ok: false, problem: `script: ${where} was not found (in the command '${words.join(' ')}')` };
  }
  if (isNodeProgram(path, context)) {
    const split = splitNodeCommand(args, place.cwd, context);
    if (split === null) return { ok: true, value: executed(path, args, place) };
    return { ok: true, value: byNode(path, first, [...nodeArgs, ...split.nodeArgs], split.script, split.args, place) };
  }
  const head = lookup.headOf(path);
  // A JavaScript program (next, vite) is given to Node by us, so that it can take the runtime.
  if (head !== null && isNodeShebang(head.firstLine)) {
    const node = interpretFile(path, place.path, context);
    if (node.ok && node.value.interpreter !== null) {
      return { ok: true, value: byNode(node.value.interpreter, 'node', nodeArgs, path, args, place) };
    }
  }
  if (!lookup.isExecutable(path)) return { ok: false, problem: `script: ${path} is not executable; try chmod +x` };
  return { ok: true, value: executed(path, args, place) };
}

const executed = (script: string, args: readonly string[], place: Place): Program => ({
  script,
  args,
  interpreter: null,
  interpreterName: 'none',
  interpreterArgs: [],
  isNode: false,
  cwd: place.cwd,
  env: /^python/.test(baseName(script)) ? { PYTHONUNBUFFERED: '1' } : {},
  notes: [],
  scriptFile: null,
});

const byNode = (
  interpreter: string,
  interpreterName: string,
  interpreterArgs: readonly string[],
  script: string,
  args: readonly string[],
  place: Place,
): Program => ({ ...executed(script, args, place), interpreter, interpreterName, interpreterArgs, isNode: true });

/** Options of Node whose value is the next word. */
const TAKES_VALUE = new Set([
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '--env-file',
  '--env-file-if-exists',
  '--title',
  '--unhandled-rejections',
  '--dns-result-order',
  '--disable-warning',
  '--icu-data-dir',
  '--openssl-config',
]);
/** With these Node runs something else than a file, or watches it. */
const RUNS_NO_FILE = /^(-|--|-[epcivh].*|--(eval|print|check|interactive|version|help|test|run|watch)(-.*|=.*)?)$/;

/** `[flags] script args` of a node command; null if it does not run a file, or that cannot be told. */
function splitNodeCommand(
  words: readonly string[],
  cwd: string,
  context: Context,
): { nodeArgs: readonly string[]; script: string; args: readonly string[] } | null {
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) break;
    if (RUNS_NO_FILE.test(word)) return null;
    if (TAKES_VALUE.has(word)) at++;
  }
  const script = words[at];
  if (script === undefined) return null;
  const path = resolvePath(cwd, script);
  if (context.lookup.kindOf(path) !== 'file') return null;
  return { nodeArgs: words.slice(0, at), script: path, args: words.slice(at + 1) };
}
