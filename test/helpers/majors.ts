/**
 * The Nodes of all supported majors, the running one and those that `test/majors/install.mjs` has installed. One that is
 * missing is an error: a suite that passes over what is not there would prove nothing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface Major {
  readonly major: number;
  /** Its `node`. */
  readonly path: string;
}

const SUPPORTED = [20, 22, 24, 26];
const FOLDER = join(import.meta.dirname, '../../.majors');
const PACKAGE = `node-${process.platform === 'darwin' ? 'darwin' : 'linux'}-${process.arch}`;

export const RUNNING = Number.parseInt(process.versions.node, 10);

export function nodeOf(major: number): Major {
  if (major === RUNNING) return { major, path: process.execPath };
  const path = join(FOLDER, String(major), 'node_modules', PACKAGE, 'bin/node');
  if (!existsSync(path)) throw new Error(`Node ${major} is not installed: run \`node test/majors/install.mjs\``);
  return { major, path };
}

export const MAJORS: readonly Major[] = SUPPORTED.map(nodeOf);
/** The newest of them. */
export const NEWEST: Major = MAJORS[MAJORS.length - 1] as Major;
