/**
 * A command that does not end by itself (`logs`): what it has printed when enough has come. Without it the cases about
 * streams would wait for times.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { until } from '../helpers/until.ts';
import type { Side } from './side.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLI = { pm2: join(ROOT, '.reference/node_modules/pm2/bin/pm2'), upkeep: join(ROOT, 'dist/cli.cjs') };

export interface Streamed {
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

const COLOR = /\u001b\[[0-9;]*m/g;

/** Lines without colours; without the empty ones. */
export const plainLines = (text: string): readonly string[] =>
  text
    .replace(COLOR, '')
    .split('\n')
    .filter((line) => line.trim() !== '');

/** Runs the command until what it printed is enough. */
export async function streamed(
  side: Side,
  args: readonly string[],
  isEnough: (seen: Streamed) => boolean,
): Promise<Streamed> {
  const child = spawn(process.execPath, [CLI[side.which], ...args], { env: side.env, cwd: side.folder });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  // The last line may be half of one.
  const seen = (): Streamed => ({
    stdout: plainLines(out.slice(0, out.lastIndexOf('\n') + 1)),
    stderr: plainLines(err.slice(0, err.lastIndexOf('\n') + 1)),
  });
  try {
    await until(
      () => (isEnough(seen()) ? true : undefined),
      () => `${side.which} ${args.join(' ')} to print enough; it printed ${out}${err}`,
    );
    return seen();
  } finally {
    child.kill('SIGKILL');
    await closed;
  }
}
