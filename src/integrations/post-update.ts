/**
 * The commands that an app wants run after its repository has moved. Without their end being looked at, an app would be
 * reloaded on top of an installation that has failed.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../core/errors.ts';

/** In this order; the first that names commands for the app is taken. */
const FILES = ['ecosystem.json', 'process.json', 'package.json'];
const DEFAULT_DEADLINE_MS = 60_000;

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface PostUpdate {
  readonly commands: readonly string[];
  /** For each. */
  readonly deadlineMs: number;
}

function commandsIn(text: string, name: string): PostUpdate | null {
  const file: unknown = JSON.parse(text);
  const root = isEntry(file) ? file : {};
  const listed = Array.isArray(file) ? file : Array.isArray(root.apps) ? root.apps : [];
  const entries = listed.filter(isEntry);
  const own = entries.find((entry) => entry.name === name) ?? (entries.length === 1 ? entries[0] : undefined) ?? root;
  const commands = own.post_update ?? root.post_update;
  if (!Array.isArray(commands)) return null;
  const timeout = Number(own.exec_timeout ?? root.exec_timeout);
  const deadlineMs = timeout > 0 ? timeout : DEFAULT_DEADLINE_MS;
  return { commands: commands.filter((one) => typeof one === 'string'), deadlineMs };
}

/** No commands: none of the files names any. */
export function postUpdateOf(repository: string, name: string): PostUpdate {
  for (const file of FILES) {
    try {
      const found = commandsIn(readFileSync(join(repository, file), 'utf8'), name);
      if (found !== null) return found;
    } catch {
      // not there, or not JSON: the next one
    }
  }
  return { commands: [], deadlineMs: DEFAULT_DEADLINE_MS };
}

/** Runs them one after another, their output before the caller; the first that fails ends it. */
export async function runCommands(
  { commands, deadlineMs }: PostUpdate,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Result<null>> {
  for (const command of commands) {
    const why = await run(command, folder, env, deadlineMs);
    if (why !== null)
      return fail(
        'IO_FAILED',
        `post_update: \`${command}\` ${why}`,
        'the repository has moved; the app was not reloaded',
      );
  }
  return ok(null);
}

/** null: it ended well. */
function run(command: string, cwd: string, env: NodeJS.ProcessEnv, deadlineMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    // A group of its own: what the command started ends with it.
    const child = spawn('sh', ['-c', command], { cwd, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, deadlineMs);
    child.on('error', (error) => resolve(`cannot be run: ${error.message}`));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve(
        isLate ? `took longer than ${deadlineMs} ms` : code === 0 ? null : `ended with ${signal ?? `code ${code}`}`,
      );
    });
  });
}
