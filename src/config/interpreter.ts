/**
 * The program that runs a script: by the user's word, the file's extension, or its content. Without it
 * a Python file would be handed to Node, and crash in a loop.
 */
import { baseName, expandHome, extensionOf, resolvePath } from '../core/path-text.ts';
import { type Context, findInPath, userHome } from './context.ts';
import type { Found, Place } from './program.ts';

export interface Interpreter {
  /** Absolute; null: the script is executed itself. */
  readonly interpreter: string | null;
  readonly name: string;
  readonly extraArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Extensions and the programs that can run them, the first that is installed wins. */
const BY_EXTENSION: Readonly<Record<string, readonly string[]>> = {
  '.sh': ['bash', 'sh'],
  '.py': ['python', 'python3'],
  '.rb': ['ruby'],
  '.php': ['php'],
  '.pl': ['perl'],
  '.coffee': ['coffee'],
  '.ls': ['lsc'],
  '.tsx': ['bun'],
};
const JAVASCRIPT = new Set(['.js', '.mjs', '.cjs']);
const TYPESCRIPT = new Set(['.ts', '.mts', '.cts']);

const direct: Interpreter = { interpreter: null, name: 'none', extraArgs: [], env: {} };

const runBy = (interpreter: string, name: string, extraArgs: readonly string[] = []): Interpreter => ({
  interpreter,
  name,
  extraArgs,
  // Without it Python keeps its output back when it does not write to a terminal.
  env: /^python/.test(baseName(interpreter)) ? { PYTHONUNBUFFERED: '1' } : {},
});

/** The interpreter of a file when the user named none. */
export function interpretFile(path: string, searchPath: string, context: Context): Found<Interpreter> {
  const extension = extensionOf(path);
  const node = runBy(context.nodePath, 'node');
  if (JAVASCRIPT.has(extension)) return { ok: true, value: node };
  if (TYPESCRIPT.has(extension)) return interpretTypeScript(path, searchPath, context);
  const names = BY_EXTENSION[extension];
  if (names !== undefined) return firstInstalled(names, path, searchPath, context);
  const head = context.lookup.headOf(path);
  if (head === null) return { ok: false, problem: `script: ${path} cannot be read` };
  const isExecutable = context.lookup.isExecutable(path);
  if (head.isBinary) {
    return isExecutable
      ? { ok: true, value: direct }
      : { ok: false, problem: `script: ${path} is a program, but not executable; try chmod +x` };
  }
  const isForOther = head.firstLine.startsWith('#!') && !isNodeShebang(head.firstLine);
  return { ok: true, value: isExecutable && isForOther ? direct : node };
}

/** `#!/usr/bin/env node`, `#!/usr/bin/node`; with arguments of its own the line means more than just Node. */
export const isNodeShebang = (line: string): boolean =>
  /^#!\s*(?:\S*\/env\s+)?(?:\S*\/)?(?:node|nodejs)\s*$/.test(line.slice(0, 256));

function interpretTypeScript(path: string, searchPath: string, context: Context): Found<Interpreter> {
  const support = stripsTypes(context.nodeVersion);
  if (support !== null) return { ok: true, value: runBy(context.nodePath, 'node', support) };
  const bun = findInPath('bun', searchPath, context.lookup);
  if (bun !== null) return { ok: true, value: runBy(bun, 'bun') };
  const problem =
    `script: ${path} is TypeScript, which Node ${context.nodeVersion.replace(/^v/, '')} cannot run; ` +
    'expected Node 22.6 or newer, bun, or an interpreter of your own (such as tsx)';
  return { ok: false, problem };
}

/** Arguments with which this Node runs TypeScript, or null if it cannot. */
export function stripsTypes(version: string): readonly string[] | null {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isNative = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
  if (isNative) return [];
  return major === 23 || (major === 22 && minor >= 6) ? ['--experimental-strip-types'] : null;
}

function firstInstalled(
  names: readonly string[],
  path: string,
  searchPath: string,
  context: Context,
): Found<Interpreter> {
  for (const name of names) {
    const program = findInPath(name, searchPath, context.lookup);
    if (program !== null) return { ok: true, value: runBy(program, name) };
  }
  return { ok: false, problem: `script: ${path} needs ${names.join(' or ')}, which is not in the PATH` };
}

/** The interpreter that the user named: `none`, a name of the PATH, a path, or `node@<version>` of nvm. */
export function interpreterNamed(wanted: string, script: string, place: Place, context: Context): Found<Interpreter> {
  const missing = (why: string): Found<Interpreter> => ({ ok: false, problem: `exec_interpreter: ${why}` });
  const { lookup } = context;
  if (wanted === 'none') {
    return lookup.isExecutable(script)
      ? { ok: true, value: direct }
      : { ok: false, problem: `script: ${script} is not executable; try chmod +x, or name an interpreter` };
  }
  const version = /^node@v?(\d+\.\d+\.\d+)$/.exec(wanted)?.[1];
  if (version !== undefined) {
    const nvm = context.env.NVM_DIR ?? context.env.NVM_HOME ?? `${userHome(context) ?? ''}/.nvm`;
    if (lookup.kindOf(nvm) !== 'folder') {
      return missing(
        `'${wanted}' is taken from nvm, which is not in ${nvm}; install nvm, or set NVM_DIR to its folder`,
      );
    }
    const program = resolvePath('/', `${nvm}/versions/node/v${version}/bin/node`);
    if (lookup.isExecutable(program)) return { ok: true, value: runBy(program, wanted) };
    return missing(`${program} was not found; try nvm install ${version}`);
  }
  if (wanted.includes('/')) {
    const program = resolvePath(place.cwd, expandHome(wanted, userHome(context)) ?? wanted);
    if (lookup.kindOf(program) === 'file' && lookup.isExecutable(program)) {
      return { ok: true, value: runBy(program, wanted) };
    }
    return missing(`${program} was not found or is not executable`);
  }
  const program = findInPath(wanted, place.path, lookup);
  if (program !== null) return { ok: true, value: runBy(program, wanted) };
  if (wanted === 'node') return { ok: true, value: runBy(context.nodePath, wanted) };
  if (wanted === 'python') return firstInstalled(['python3'], 'the script', place.path, context);
  return missing(`'${wanted}' is not in the PATH`);
}

/** Can the program take the runtime? Told by the file name alone, so that `/home/bun/x` is not bun. */
export function isNodeProgram(program: string, context: Context): boolean {
  return program === context.nodePath || /^(node|nodejs)(-?\d[\d.]*)?$/.test(baseName(program));
}
