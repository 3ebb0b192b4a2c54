/**
 * From what was asked for to a service: which init system, whose apps, which home, what is written. Without it the command
 * and the programmatic API would each read `-u`, `--hp` and the environment in their own way.
 */
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { systemContext, systemLookup } from '../../config/lookup.ts';
import { shellQuote } from '../../config/words.ts';
import { UpkeepError } from '../../core/errors.ts';
import type { Owner } from './installation.ts';
import { lastingNode } from './node-path.ts';
import { detectPlatform, platformNamed, platformWords } from './platforms.ts';
import type { BootService, Platform } from './service.ts';
import { pathOfWrapper } from './verification.ts';
import { renderWrapper, WRAPPER_NAME } from './wrapper.ts';

export interface BootRequest {
  /** Name of an init system; null: the one that is found. */
  readonly platform: string | null;
  /** null: the caller. */
  readonly user: string | null;
  /** That user's home folder; null: as the system knows it. */
  readonly userHome: string | null;
  /** null: PM2's name for it. */
  readonly serviceName: string | null;
  readonly waitIp: boolean;
  /** A unit of the user's own systemd. */
  readonly isUserUnit: boolean;
  /** Nothing is to be written: the PATH is the one that was written before. */
  readonly isLook: boolean;
}

export interface Caller {
  readonly env: NodeJS.ProcessEnv;
  /** Home of Upkeep, absolute. */
  readonly home: string;
  /** The command line's own program, as it was called. */
  readonly program: string;
  /** Worth knowing though nothing failed. */
  note(text: string): void;
}

export interface BootPlan {
  readonly platform: Platform;
  readonly service: BootService;
  readonly wrapperText: string;
  /** Whose home it is; null: the caller's own. */
  readonly owner: Owner | null;
  readonly needsRoot: boolean;
  /** What somebody without root must have run as root. */
  sudoLine(verb: 'startup' | 'unstartup'): string;
}

const refuse = (message: string, hint?: string): UpkeepError =>
  new UpkeepError({ code: 'BAD_REQUEST', message, ...(hint === undefined ? {} : { hint }) });

/** @throws UpkeepError BAD_REQUEST: no such platform, user, or name of a service */
export function planBoot(request: BootRequest, caller: Caller): BootPlan {
  const { env } = caller;
  const platform = findPlatform(request, caller);
  const own = systemContext(caller.home, { cwd: '/', env }).username;
  const isUserUnit = platform.id === 'systemd-user';
  const user = request.user ?? (isUserUnit ? own : env.USER || env.LOGNAME || own);
  const account = systemLookup().userOf(user);
  if (account === null) throw refuse(`there is no user ${user}`, '-u names one');
  const isOwn = account.uid === process.getuid?.();
  if (isUserUnit && !isOwn) throw refuse(`a user unit belongs to the user who makes it: ${user} must run this`);
  if (request.userHome !== null && !isAbsolute(request.userHome))
    throw refuse(`--hp takes an absolute path, not ${request.userHome}`);
  const userHome = request.userHome ?? (isOwn ? env.HOME || homedir() : account.home) ?? '/';
  // A home of one's own choosing stays the home.
  const isKept = request.userHome === null && (isOwn || isHomeChosen(caller));
  const home = isKept ? caller.home : join(userHome, '.upkeep');
  const node = lastingNode(process.execPath, env.PATH ?? '');
  const wrapper = join(home, WRAPPER_NAME);
  const path = (request.isLook ? pathOfWrapper(wrapper) : null) ?? pathOf(env, node);
  const nvm = nvmOf(env, userHome);
  const name = checkedName(request.serviceName ?? platform.defaultName(user));
  const service: BootService = { name, user, userHome, home, path, wrapper, waitIp: request.waitIp };
  const cli = realpathSync(caller.program);
  return {
    platform,
    service,
    wrapperText: renderWrapper({ home, user, userHome, path, node, cli, nvm }),
    owner: isOwn ? null : { uid: account.uid, gid: account.gid },
    needsRoot: !isUserUnit && process.getuid?.() !== 0,
    sudoLine: (verb) => sudoLine(verb, { request, caller, platform, service, nvm }),
  };
}

function findPlatform({ platform: word, isUserUnit }: BootRequest, { env, note }: Caller): Platform {
  const detected = detectPlatform(env.PATH ?? '');
  const named = word === null ? null : platformNamed(word);
  if (word !== null && named === null)
    throw refuse(`there is no init system ${word}`, `known are: ${platformWords().join(', ')}`);
  if (isUserUnit) {
    if (named !== null && named.id !== 'systemd' && named.id !== 'systemd-user')
      throw refuse(`--user-unit is a matter of systemd, not of ${word}`);
    return platformNamed('systemd-user') as Platform;
  }
  const platform = named ?? detected;
  if (platform === null) {
    throw refuse(
      'this machine has no init system that is known (systemctl, update-rc.d, chkconfig, rc-update, launchctl, sysrc, rcctl, svcadm)',
      'in a container, let `upkeep-runtime start ecosystem.config.js` be its main process; else name the init system: `upkeep startup systemd`',
    );
  }
  if (named !== null && detected?.id !== named.id && named.id !== 'systemd-user') {
    note(
      `${named.id} was asked for, but ${detected === null ? 'no init system' : detected.id} was found on this machine.\n` +
        `The service is written for ${named.id} all the same.\n` +
        `If that is not what you meant: upkeep unstartup ${word}, then upkeep startup\n` +
        '(without a platform the one that was found is taken).',
    );
  }
  return platform;
}

function pathOf(env: NodeJS.ProcessEnv, node: string): string {
  const folders = (env.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(':').filter((folder) => folder.startsWith('/'));
  return [...new Set([...folders, dirname(node)])].join(':');
}

const isHomeChosen = ({ env, home }: Caller): boolean => home !== join(env.HOME || homedir(), '.upkeep');

/** null: where nvm puts itself. */
const nvmOf = (env: NodeJS.ProcessEnv, userHome: string): string | null =>
  env.NVM_DIR && env.NVM_DIR !== join(userHome, '.nvm') ? env.NVM_DIR : null;

function checkedName(name: string): string {
  if (/^[A-Za-z0-9_.@-]+$/.test(name) && !name.startsWith('-')) return name;
  throw refuse(`a service cannot be named ${name}`, '--service-name takes letters, digits and _ . @ -');
}

interface SudoFacts {
  readonly request: BootRequest;
  readonly caller: Caller;
  readonly platform: Platform;
  readonly service: BootService;
  readonly nvm: string | null;
}

function sudoLine(verb: string, { request, caller, platform, service, nvm }: SudoFacts): string {
  const isChosen = isHomeChosen(caller);
  const words = [
    ...['sudo', 'env', `PATH=$PATH:${shellQuote(dirname(process.execPath))}`],
    ...(isChosen ? [`UPKEEP_HOME=${shellQuote(caller.home)}`] : []),
    ...(nvm === null ? [] : [`NVM_DIR=${shellQuote(nvm)}`]),
    ...[shellQuote(caller.program), verb, request.platform ?? platform.id, '-u', shellQuote(service.user)],
    ...(isChosen ? [] : ['--hp', shellQuote(service.userHome)]),
    ...(request.serviceName === null ? [] : ['--service-name', shellQuote(request.serviceName)]),
    ...(service.waitIp ? ['--wait-ip'] : []),
  ];
  return words.join(' ');
}
