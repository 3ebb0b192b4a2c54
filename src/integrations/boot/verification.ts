/**
 * Whether a machine would really come up with its apps. Without it the answer would be found out after the next power
 * failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { Owner } from './installation.ts';
import type { BootService, EnabledCheck, Platform } from './service.ts';

export interface Finding {
  readonly isGood: boolean;
  /** What was looked at and what was found. */
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

export interface Expected {
  readonly platform: Platform;
  readonly service: BootService;
  readonly wrapperText: string;
  /** The list that `resurrect` reads. */
  readonly dump: string;
  /** Put before the paths of services: empty, but for tests. */
  readonly root: string;
  /** As whom the wrapper is tried; null: the caller. */
  readonly owner: Owner | null;
}

const AGAIN = 'run `upkeep startup` again';

export function verify(expected: Expected): readonly Finding[] {
  const { platform, service, wrapperText, dump, root, owner } = expected;
  const file = platform.file(service);
  const isThere = existsSync(root + file.path);
  return [
    sameText(root + file.path, wantedText(root + file.path, platform, service)),
    ...(isThere ? [enabled(platform.isEnabled(service), service.name, root)] : []),
    sameText(service.wrapper, wrapperText),
    ...(existsSync(service.wrapper) ? [programs(service.wrapper, owner)] : []),
    savedList(dump),
  ];
}

/** Whether it was written to wait for the network need not be said again: the nearer of the two is meant. */
function wantedText(path: string, platform: Platform, service: BootService): string {
  const plain = platform.file(service).text;
  const waiting = platform.file({ ...service, waitIp: true }).text;
  const lines = existsSync(path) ? new Set(readFileSync(path, 'utf8').split('\n')) : null;
  const missing = (text: string): number => text.split('\n').filter((line) => lines?.has(line) === false).length;
  return missing(waiting) < missing(plain) ? waiting : plain;
}

function sameText(path: string, text: string): Finding {
  let found: string;
  try {
    found = readFileSync(path, 'utf8');
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      isGood: false,
      text: isAbsent ? `${path} is not there` : `${path}: ${(error as Error).message}`,
      advice: AGAIN,
    };
  }
  if (found === text) return { isGood: true, text: `${path} is as it would be written now` };
  const [lines, wanted] = [found.split('\n'), text.split('\n')];
  const at = wanted.findIndex((line, index) => line !== lines[index]);
  const line = at === -1 ? wanted.length : at;
  return {
    isGood: false,
    text: `${path} differs from what would be written now, in line ${line + 1}: "${lines[line] ?? ''}", not "${wanted[line] ?? ''}"`,
    advice: `${AGAIN}, or keep it if the change is yours`,
  };
}

function enabled(check: EnabledCheck, name: string, root: string): Finding {
  return isEnabled(check, root)
    ? { isGood: true, text: `${name} is enabled` }
    : { isGood: false, text: `${name} is not enabled: the machine would come up without it`, advice: AGAIN };
}

function isEnabled(check: EnabledCheck, root: string): boolean {
  switch (check.kind) {
    case 'command': {
      const [program = '', ...args] = check.command;
      return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
    }
    case 'links':
      return check.folders.some(
        (folder) => existsSync(root + folder) && readdirSync(root + folder).some((name) => check.pattern.test(name)),
      );
    default:
      return check satisfies never;
  }
}

/** The wrapper is asked what it would run, in an environment as bare as that of a boot. */
function programs(wrapper: string, owner: Owner | null): Finding {
  const options = { encoding: 'utf8', env: {}, cwd: '/', ...(owner ?? {}) } as const;
  const { status, stdout, stderr } = spawnSync('/bin/sh', [wrapper, 'which'], options);
  const [node = '', cli = ''] = (stdout ?? '').trim().split('\n');
  const said = (stderr ?? '').trim().replaceAll('upkeep boot.sh: ', '');
  if (status !== 0) return { isGood: false, text: `at boot: ${said}`, advice: 'install Node and upkeep again' };
  if (said !== '') return { isGood: false, text: `at boot: ${said}`, advice: AGAIN };
  return { isGood: true, text: `at boot ${node} runs ${cli}` };
}

function savedList(dump: string): Finding {
  try {
    const { apps } = JSON.parse(readFileSync(dump, 'utf8')) as { apps?: readonly unknown[] };
    const count = apps?.length ?? 0;
    if (count === 0) return { isGood: false, text: `${dump} holds no apps`, advice: 'run `upkeep save`' };
    const when = statSync(dump).mtime.toISOString().slice(0, 16).replace('T', ' ');
    return { isGood: true, text: `${dump} holds ${count} app${count === 1 ? '' : 's'}, saved ${when} UTC` };
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const text = isAbsent ? `${dump} is not there: nothing was saved` : `${dump}: ${(error as Error).message}`;
    return { isGood: false, text, advice: 'run `upkeep save`' };
  }
}

/** The PATH that a wrapper was written with: the caller's may be another, which says nothing about the boot. */
export function pathOfWrapper(wrapper: string): string | null {
  try {
    const word = /^PATH=(.*)$/m.exec(readFileSync(wrapper, 'utf8'))?.[1] ?? '';
    return word === '' ? null : word.replace(/^'(.*)'$/s, '$1').replaceAll("'\\''", "'");
  } catch {
    return null;
  }
}
