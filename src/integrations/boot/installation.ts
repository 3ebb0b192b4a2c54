/**
 * Writes a service and makes the init system know it, step by step. Without the stop at the first failure a half
 * installed service would be taken for a whole one.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellQuote } from '../../config/words.ts';
import { fail, ok, type Result } from '../../core/errors.ts';
import { type BootFile, type BootService, type Platform, type Step, WRITTEN_BY } from './service.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Ground {
  /** Put before the paths of services: empty, but for tests. */
  readonly root: string;
  /** Whose home it is; null: the caller's own. */
  readonly owner: Owner | null;
  say(line: string): void;
}

/** As the owner, so that root never follows a link in somebody else's folder. */
export function writeWrapper(path: string, text: string, owner: Owner | null): Result<null> {
  const script = 'umask 077 && mkdir -p "$1" && cat >"$2.new" && chmod 700 "$2.new" && mv -f "$2.new" "$2"';
  try {
    execFileSync('/bin/sh', ['-c', script, 'sh', dirname(path), path], {
      input: text,
      stdio: ['pipe', 'ignore', 'pipe'],
      cwd: '/',
      ...(owner ?? {}),
    });
    return ok(null);
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim();
    return fail('IO_FAILED', `cannot write ${path}: ${said || (error as Error).message}`);
  }
}

export function install(platform: Platform, service: BootService, ground: Ground): Result<null> {
  const written = writeFile(platform.file(service), ground);
  return written.ok ? perform(platform.enable(service), ground) : written;
}

export function uninstall(platform: Platform, service: BootService, ground: Ground): Result<null> {
  const { before, after } = platform.disable(service);
  const { path } = platform.file(service);
  const isThere = existsSync(ground.root + path);
  if (!isThere) ground.say(`There is no ${path}`);
  const first = perform(isThere ? before : [], ground);
  // The files go even if the init system no longer knew them.
  const last = perform([{ kind: 'remove', path }, ...after], ground);
  rmSync(service.wrapper, { force: true });
  return first.ok ? last : first;
}

function writeFile({ path, mode, text }: BootFile, { root, say }: Ground): Result<null> {
  const target = root + path;
  try {
    const before = existsSync(target) ? readFileSync(target, 'utf8') : null;
    if (before !== null && !before.includes(WRITTEN_BY)) {
      // Not executable, and with a suffix that no init system reads.
      const kept = `${target}.before-upkeep`;
      writeFileSync(kept, before, { mode: 0o600 });
      say(
        `${path} was of another program: it is replaced, and kept as ${kept}. If that program runs, end it before you start this service`,
      );
    }
    mkdirSync(dirname(target), { recursive: true });
    // Never through a link: on some platforms it is in the folder for temporary files.
    rmSync(target, { force: true });
    writeFileSync(target, text, { flag: 'wx' });
    chmodSync(target, mode);
    return ok(null);
  } catch (error) {
    return fail('IO_FAILED', `cannot write ${target}: ${(error as Error).message}`);
  }
}

function perform(steps: readonly Step[], { root, say }: Ground): Result<null> {
  for (const step of steps) {
    const done = performOne(step, root, say);
    if (!done.ok) return done;
  }
  return ok(null);
}

function performOne(step: Step, root: string, say: Ground['say']): Result<null> {
  switch (step.kind) {
    case 'run': {
      const [program = '', ...args] = step.command;
      say(`>>> ${step.command.map(shellQuote).join(' ')}`);
      const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
      if (status === 0) return ok(null);
      const why = error === undefined ? `it ended with ${status ?? 'a signal'}` : error.message;
      return fail('IO_FAILED', `\`${step.command.join(' ')}\` failed: ${why}`);
    }
    case 'touch':
    case 'remove':
      try {
        if (step.kind === 'remove') rmSync(root + step.path, { force: true });
        else {
          mkdirSync(dirname(root + step.path), { recursive: true });
          writeFileSync(root + step.path, '', { flag: 'a' });
        }
        return ok(null);
      } catch (error) {
        return fail('IO_FAILED', `cannot ${step.kind} ${step.path}: ${(error as Error).message}`);
      }
    default:
      return step satisfies never;
  }
}
