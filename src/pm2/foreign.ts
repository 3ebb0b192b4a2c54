/**
 * A PM2 that is installed beside Upkeep, asked and told through its own command line. Without this one door the way over
 * would depend on what PM2 looks like inside.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpkeepError } from '../core/errors.ts';
import { commandOf } from '../platform/ports.ts';

/** Its commands start a Node of their own and wait for apps to end. */
const COMMAND_MS = 120_000;
const LARGEST_ANSWER_BYTES = 256 * 1024 * 1024;

export interface ForeignEntry {
  readonly name: string;
  readonly pm_id: number;
  readonly pid: number;
  readonly pm2_env: Readonly<Record<string, unknown>>;
}

export interface Foreign {
  readonly home: string;
  readonly command: string;
  /** The pid of its daemon; null: none is running. */
  readonly daemonPid: number | null;
  list(): Promise<readonly ForeignEntry[]>;
  stop(ids: readonly number[]): Promise<void>;
  /** Starts what is stopped, and restarts what runs. */
  start(ids: readonly number[]): Promise<void>;
}

/** PM2's own way to its home. */
export const foreignHome = (env: NodeJS.ProcessEnv, chosen: string | null): string =>
  chosen ?? (env.PM2_HOME || join(env.HOME ?? '/root', '.pm2'));

function daemonPid(home: string): number | null {
  const path = join(home, 'pm2.pid');
  const pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : Number.NaN;
  // The number may be another program's by now: asking a PM2 that does not run would start one.
  return Number.isInteger(pid) && pid > 0 && /PM2/.test(commandOf(pid) ?? '') ? pid : null;
}

const isEntry = (value: unknown): value is ForeignEntry => {
  const { name, pm_id: id, pm2_env: record } = (value ?? {}) as Partial<ForeignEntry>;
  return typeof name === 'string' && typeof id === 'number' && typeof record === 'object' && record !== null;
};

/** Banners may stand before the list, and nothing else begins a line with `[{`. */
function parseList(text: string): readonly ForeignEntry[] {
  const line = text.split('\n').findLast((one) => one.startsWith('[{') || one.startsWith('[]'));
  const list: unknown = JSON.parse(line ?? '');
  if (!Array.isArray(list)) throw new SyntaxError('it is no list');
  return list.filter(isEntry);
}

export function openForeign(command: string, home: string, env: NodeJS.ProcessEnv): Foreign {
  const run = (args: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const settings = {
        env: { ...env, PM2_HOME: home, PM2_DISCRETE_MODE: 'true' },
        timeout: COMMAND_MS,
        maxBuffer: LARGEST_ANSWER_BYTES,
      };
      execFile(command, args, settings, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const words = `${stderr}\n${stdout}`.trim().split('\n').slice(-3).join('\n') || error.message;
        reject(
          new UpkeepError({
            code: 'IO_FAILED',
            message: `\`${command} ${args.join(' ')}\` failed: ${words}`,
            hint: 'name the PM2 to use by --pm2 <path>, and its home by --home <folder>',
          }),
        );
      });
    });
  return {
    home,
    command,
    daemonPid: daemonPid(home),
    list: async () => {
      const entries = parseList(await run(['jlist']));
      if (entries.some(({ pm2_env: record }) => 'upkeep' in record)) {
        throw new UpkeepError({
          code: 'BAD_REQUEST',
          message: `${command} is Upkeep itself, not PM2`,
          hint: 'name the PM2 to use by --pm2 <path>',
        });
      }
      return entries;
    },
    stop: async (ids) => void (await run(['stop', ...ids.map(String)])),
    start: async (ids) => void (await run(['restart', ...ids.map(String)])),
  };
}
