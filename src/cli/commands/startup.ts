/**
 * `startup` and `unstartup`: the apps come up with the machine. Without them a reboot at night would be an outage until
 * somebody notices.
 */
import type { Result } from '../../core/errors.ts';
import { type Ground, install, uninstall, writeWrapper } from '../../integrations/boot/installation.ts';
import { lastingNode } from '../../integrations/boot/node-path.ts';
import { type BootPlan, planBoot } from '../../integrations/boot/plan.ts';
import { platformWords } from '../../integrations/boot/platforms.ts';
import { verify } from '../../integrations/boot/verification.ts';
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

function planOf(session: Session, word: string | undefined, flags: Flags, isLook = false): BootPlan {
  const { env, home, out } = session;
  const request = {
    platform: word ?? null,
    user: textFlag(flags, 'user'),
    userHome: textFlag(flags, 'hp'),
    serviceName: textFlag(flags, 'serviceName'),
    waitIp: hasFlag(flags, 'waitIp'),
    isUserUnit: hasFlag(flags, 'userUnit'),
    isLook,
  };
  return planBoot(request, { env, home, program: process.argv[1] as string, note: (text) => out.warn(text) });
}

/** For tests: with UPKEEP_BOOT_ROOT nothing outside of that folder is written. */
const rootOf = ({ env }: Session): string => env.UPKEEP_BOOT_ROOT ?? '';

const groundOf = (session: Session, { owner }: BootPlan): Ground => ({
  root: rootOf(session),
  owner,
  say: (line) => session.out.print(line),
});

/** What root must do stands alone in the last line, so that `upkeep startup | tail -1 | sh` works. */
function showSudo({ out }: Session, verb: 'startup' | 'unstartup', plan: BootPlan): number {
  if (plan.platform.id === 'systemd')
    out.info(`Without root: upkeep ${verb} --user-unit, a service of your own that systemd starts at boot, too`);
  out.info('This needs root. Copy and run:');
  out.print(plan.sudoLine(verb));
  return 1;
}

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
    if (plan.needsRoot) return showSudo(session, 'startup', plan);
    const { platform, service, wrapperText, owner } = plan;
    const file = platform.file(service);
    out.info(`Init system: ${platform.id}`);
    out.print(file.text);
    out.info(`Node at boot: ${lastingNode(process.execPath, session.env.PATH ?? '')}, or what has taken its place`);
    out.info(`Script: ${service.wrapper}`);
    out.info(`Service: ${file.path}`);
    unwrap(writeWrapper(service.wrapper, wrapperText, owner));
    unwrapSteps(install(platform, service, groundOf(session, plan)));
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
    if (plan.needsRoot) return showSudo(session, 'unstartup', plan);
    unwrapSteps(uninstall(plan.platform, plan.service, groundOf(session, plan)));
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
  const { platform, service, wrapperText, owner } = planOf(session, word, flags, true);
  const { dump } = pathsOf(service.home);
  const findings = verify({ platform, service, wrapperText, dump, root: rootOf(session), owner });
  for (const { isGood, text, advice } of findings) {
    if (isGood) out.info(text);
    else out.failure({ message: text, hint: advice });
  }
  return findings.every(({ isGood }) => isGood) ? 0 : 1;
}
