/**
 * `upkeep/pm2` for tests: objects for a rig's home, and programs that use the module in a process of their own. A program's
 * end, its output and its environment can only be seen from outside.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Ran, Rig } from './rig.ts';

export const MODULE = join(import.meta.dirname, '../../dist/pm2.cjs');

const { custom } = createRequire(import.meta.url)(MODULE) as typeof import('../../src/pm2/package/index.d.ts');

export type { Bus } from '../../src/pm2/package/index.d.ts';

export type Pm2 = InstanceType<typeof custom>;

/** Its line is closed before the rig ends. */
export function apiOf(rig: Rig, options: ConstructorParameters<typeof custom>[0] = {}): Pm2 {
  const pm2 = new custom({ pm2_home: rig.home, cwd: rig.root, ...options });
  rig.onDispose(async () => void (await pm2.disconnect()));
  return pm2;
}

export interface Program {
  readonly pid: number;
  readonly ended: Promise<Ran>;
  output(): string;
  write(text: string): void;
  kill(signal: NodeJS.Signals): void;
}

/** `pm2` is the module in it; the text is the body of an async function. */
export function runProgram(rig: Rig, text: string, env: NodeJS.ProcessEnv = {}): Program {
  const file = rig.write(
    `program-${Math.random().toString(36).slice(2)}.cjs`,
    `const pm2 = require(${JSON.stringify(MODULE)});\n(async () => {\n${text}\n})();\n`,
  );
  const child = spawn(rig.node, [file], {
    env: { ...rig.env, ...env },
    cwd: rig.root,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ran>((resolve) => {
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  rig.onDispose(() => void child.kill('SIGKILL'));
  return {
    pid: child.pid as number,
    ended,
    output: () => stdout,
    write: (text) => void child.stdin.end(text),
    kill: (signal) => void child.kill(signal),
  };
}
