/**
 * `startup` and `unstartup`: the apps come up with the machine. Without them a reboot at night would be an outage until
 * somebody notices.
 */
import { realpathSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { systemLookup } from '../../config/lookup.ts';
import { shellQuote } from '../../config/words.ts';
import type { Result } from '../../core/errors.ts';
import { type Ground, install, uninstall, writeWrapper } from '../../integrations/boot/installation.ts';
import { lastingNode } from '../../integrations/boot/node-path.ts';
import { detectPlatform, platformNamed, platformWords } from '../../integrations/boot/platforms.ts';
import type { BootService, Platform } from '../../integrations/boot/service.ts';
import { pathOfWrapper, verify } from '../../integrations/boot/verification.ts';
import { renderWrapper, WRAPPER_NAME } from '../../integrations/boot/wrapper.ts';
import { pathsOf } from '../../platform/paths.ts';
import { unwrap } from '../apps.ts';
import { type Command, type CommandFlag, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import type { Session } from '../session.ts';

const FLAGS: readonly CommandFlag[] = [
  { flags: '-u, --user <name>', description: 'Whose apps they are (default: you).' },
  { flags: '--hp <folder>', description: "That user's home folder; .upkeep is looked for there." },
  { flags: '--service-name <name>', description: 'Name of the service.' },
  { flags: '--user-unit', description: 'A unit of your own systemd, without root; kept from boot on by lingering.' },
];

interface Plan {
  readonly platform: Platform;
  readonly service: BootService;
  readonly wrapperText: string;
  readonly ground: Ground;
}

function findPlatform(session: Session, word: string | undefined, flags: Flags): Platform {
  const detected = detectPlatform(session.env.PATH ?? '');
  const named = word === undefined ? null : platformNamed(word);
  if (word !== undefined && named === null)
    throw mistake(`there is no init system ${word}`, `known are: ${platformWords().join(', ')}`);
  if (hasFlag(flags, 'userUnit')) {
    if (named !== null && named.id !== 'systemd' && named.id !== 'systemd-user')
      throw mistake(`--user-unit is a matter of systemd, not of ${word}`);
    return platformNamed('systemd-user') as Platform;
  }
  const platform = named ?? detected;
  if (platform === null) {
    throw mistake(
      'this machine has no init system that is known (systemctl, update-rc.d, chkconfig, rc-update, launchctl, sysrc, rcctl, svcadm)',
      'in a container, let `upkeep-runtime start ecosystem.config.js` be its main process; else name the init system: `upkeep startup systemd`',
    );
  }
  if (named !== null && detected?.id !== named.id && named.id !== 'systemd-user') {
    session.out.warn(
      `${named.id} was asked for, but ${detected === null ? 'no init system' : detected.id} was found on this machine.\n` +
        `The service is written for ${named.id} all the same.\n` +
        `If that is not what you meant: upkeep unstartup ${word}, then upkeep startup\n` +
        '(without a platform the one that was found is taken).',
    );
  }
  return platform;
}

function planOf(session: Session, word: string | undefined, flags: Flags, isLook = false): Plan {
  const platform = findPlatform(session, word, flags);
  const own = userInfo().username;
  const user =
    textFlag(flags, 'user') ?? (platform.id === 'systemd-user' ? own : session.env.USER || session.env.LOGNAME || own);
  const account = systemLookup().userOf(user);
  if (account === null) throw mistake(`there is no user ${user}`, '-u names one');
  const isOwn = account.uid === process.getuid?.();
  if (platform.id === 'systemd-user' && !isOwn)
    throw mistake(`a user unit belongs to the user who makes it: ${user} must run this`);
  const given = textFlag(flags, 'hp');
  if (given !== null && !isAbsolute(given)) throw mistake(`--hp takes an absolute path, not ${given}`);
  const userHome = given ?? (isOwn ? session.env.HOME || homedir() : account.home) ?? '/';
  // A home of one's own choosing stays the home.
  const home = given === null && (isOwn || isHomeChosen(session)) ? session.home : join(userHome, '.upkeep');
  const node = lastingNode(process.execPath, session.env.PATH ?? '');
  const folders = (session.env.PATH ?? '/usr/local/bin:/usr/bin:/bin')
    .split(':')
    .filter((folder) => folder.startsWith('/'));
  const wrapper = join(home, WRAPPER_NAME);
  const path = (isLook ? pathOfWrapper(wrapper) : null) ?? [...new Set([...folders, dirname(node)])].join(':');
  const service: BootService = {
    name: checkedName(textFlag(flags, 'serviceName') ?? platform.defaultName(user)),
    user,
    userHome,
    home,
    path,
    wrapper,
    waitIp: hasFlag(flags, 'waitIp'),
  };
  const cli = realpathSync(process.argv[1] as string);
  const wrapperText = renderWrapper({ home, user, userHome, path, node, cli, nvm: nvmOf(session, userHome) });
  const ground: Ground = {
    // For tests: nothing outside of this folder is written.
    root: session.env.UPKEEP_BOOT_ROOT ?? '',
    owner: isOwn ? null : { uid: account.uid, gid: account.gid },
    say: (line) => session.out.print(line),
  };
  return { platform, service, wrapperText, ground };
}

const isHomeChosen = ({ env, home }: Session): boolean => home !== join(env.HOME || homedir(), '.upkeep');

/** null: where nvm puts itself. */
function nvmOf({ env }: Session, userHome: string): string | null {
  return env.NVM_DIR && env.NVM_DIR !== join(userHome, '.nvm') ? env.NVM_DIR : null;
}

function checkedName(name: string): string {
  if (/^[A-Za-z0-9_.@-]+$/.test(name) && !name.startsWith('-')) return name;
  throw mistake(`a service cannot be named ${name}`, '--service-name takes letters, digits and _ . @ -');
}

/** What root must do. It stands alone in the last line, so that `upkeep startup | tail -1 | sh` works. */
function showSudo(
  session: Session,
  verb: string,
  { platform, service }: Plan,
  word: string | undefined,
  flags: Flags,
): number {
  const { out } = session;
  const program = process.argv[1] as string;
  const chosen = isHomeChosen(session) ? [`UPKEEP_HOME=${shellQuote(session.home)}`] : [];
  const name = textFlag(flags, 'serviceName');
  const nvm = nvmOf(session, service.userHome);
  const words = [
    ...['sudo', 'env', `PATH=$PATH:${shellQuote(dirname(process.execPath))}`, ...chosen],
    ...(nvm === null ? [] : [`NVM_DIR=${shellQuote(nvm)}`]),
    ...[shellQuote(program), verb],
    ...[word ?? platform.id, '-u', shellQuote(service.user)],
    ...(chosen.length > 0 ? [] : ['--hp', shellQuote(service.userHome)]),
    ...(name === null ? [] : ['--service-name', shellQuote(name)]),
    ...(service.waitIp ? ['--wait-ip'] : []),
  ];
  if (platform.id === 'systemd')
    out.info(`Without root: upkeep ${verb} --user-unit, a service of your own that systemd starts at boot, too`);
  out.info(`This needs root. Copy and run:`);
  out.print(words.join(' '));
  return 1;
}

const needsRoot = (platform: Platform): boolean => platform.id !== 'systemd-user' && process.getuid?.() !== 0;

export const startup: Command = {
  usage: '[platform]',
  flags: [
    ...FLAGS,
    { flags: '--wait-ip', description: 'Start only when the network is there (systemd, OpenRC, FreeBSD).' },
    { flags: '--verify', description: 'Change nothing: tell whether the next boot would bring the apps up.' },
    { flags: '--check', description: 'The same.' },
  ],
  notes: [`Platforms: ${platformWords().join(', ')}.`, 'What is started at boot is what `upkeep save` saved last.'],
  async run(session, [word], flags) {
    const { out } = session;
    if (hasFlag(flags, 'verify') || hasFlag(flags, 'check')) return showFindings(session, word, flags);
    const plan = planOf(session, word, flags);
    if (needsRoot(plan.platform)) return showSudo(session, 'startup', plan, word, flags);
    const { platform, service, wrapperText, ground } = plan;
    const file = platform.file(service);
    out.info(`Init system: ${platform.id}`);
    out.print(file.text);
    out.info(`Node at boot: ${lastingNode(process.execPath, session.env.PATH ?? '')}, or what has taken its place`);
    out.info(`Script: ${service.wrapper}`);
    out.info(`Service: ${file.path}`);
    unwrap(writeWrapper(service.wrapper, wrapperText, ground.owner));
    unwrapSteps(install(platform, service, ground));
    out.info(`${service.name} is enabled. What it starts at boot is what was saved last:`);
    out.print('upkeep save');
    out.info('To see whether a boot would work:');
    out.print('upkeep startup --verify');
    out.info('To undo:');
    out.print(`upkeep unstartup ${platform.id}`);
    return 0;
  },
};

export const unstartup: Command = {
  usage: '[platform]',
  flags: FLAGS,
  async run(session, [word], flags) {
    const plan = planOf(session, word, flags);
    if (needsRoot(plan.platform)) return showSudo(session, 'unstartup', plan, word, flags);
    unwrapSteps(uninstall(plan.platform, plan.service, plan.ground));
    session.out.info(`${plan.service.name} is removed; what runs goes on running`);
    return 0;
  },
};

function unwrapSteps(result: Result<null>): void {
  if (!result.ok)
    throw mistake(result.failure.message, 'what was done before is still there; run it again when that is mended');
}

function showFindings(session: Session, word: string | undefined, flags: Flags): number {
  const { out } = session;
  const { platform, service, wrapperText, ground } = planOf(session, word, flags, true);
  const { dump } = pathsOf(service.home);
  const findings = verify({ platform, service, wrapperText, dump, root: ground.root, owner: ground.owner });
  for (const { isGood, text, advice } of findings) {
    if (isGood) out.info(text);
    else out.failure({ message: text, hint: advice });
  }
  return findings.every(({ isGood }) => isGood) ? 0 : 1;
}
