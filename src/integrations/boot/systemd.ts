/**
 * systemd, for the machine and for one user. Without the choices made here (each has its reason in
 * docs/how-to/start-at-boot.md) systemd would end all apps when the daemon is replaced, or when one of them eats too
 * much memory.
 */
import { join } from 'node:path';
import { type BootService, type Platform, run, WRITTEN_BY } from './service.ts';

/** Retries of a start that found no Node or no daemon. */
const RETRY_S = 10;
/** Longer than any app should take to end. */
const STOP_LIMIT_S = 300;

const escaped = (text: string): string =>
  `"${text.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

function unit(service: BootService, isOfUser: boolean): string {
  const command = (verb: string): string => `/bin/sh ${escaped(service.wrapper).replaceAll('$', '$$$$')} ${verb}`;
  const network = service.waitIp ? 'network-online.target' : 'network.target';
  const lines = [
    `# ${WRITTEN_BY}`,
    '[Unit]',
    `Description=Upkeep process manager, apps of ${service.user.replaceAll('%', '%%')}`,
    ...(isOfUser ? [] : [`After=${network}`]),
    ...(isOfUser || !service.waitIp ? [] : [`Wants=${network}`]),
    '',
    '[Service]',
    '# The daemon is expendable and changes its pid: no process is the main one, the unit is all of them.',
    'Type=forking',
    'GuessMainPID=no',
    'RemainAfterExit=yes',
    ...(isOfUser ? [] : [`User=${service.user}`]),
    `Environment=${escaped(`PATH=${service.path}`)}`,
    `Environment=${escaped(`UPKEEP_HOME=${service.home}`)}`,
    `ExecStart=${command('start')}`,
    `ExecReload=${command('reload')}`,
    `ExecStop=${command('stop')}`,
    'Restart=on-failure',
    `RestartSec=${RETRY_S}`,
    '# As long as the apps need: a limit here would end those that are up already.',
    'TimeoutStartSec=0',
    `TimeoutStopSec=${STOP_LIMIT_S}`,
    'KillMode=control-group',
    '# One app out of memory must not end the others.',
    'OOMPolicy=continue',
    'TasksMax=infinity',
    // A user's own manager cannot lift them.
    ...(isOfUser ? [] : ['LimitNOFILE=infinity', 'LimitNPROC=infinity', 'LimitCORE=infinity']),
    '',
    '[Install]',
    `WantedBy=${isOfUser ? 'default.target' : 'multi-user.target'}`,
  ];
  return `${lines.join('\n')}\n`;
}

const nameOf = (user: string): string => `pm2-${user}`;

export const systemd: Platform = {
  id: 'systemd',
  words: ['systemd', 'ubuntu', 'centos', 'arch', 'oracle'],
  tool: 'systemctl',
  defaultName: nameOf,
  file: (service) => ({
    path: `/etc/systemd/system/${service.name}.service`,
    mode: 0o644,
    text: unit(service, false),
  }),
  enable: ({ name }) => [run('systemctl', 'enable', `${name}.service`)],
  disable: ({ name }) => ({
    before: [run('systemctl', 'disable', `${name}.service`)],
    after: [run('systemctl', 'daemon-reload')],
  }),
  isEnabled: ({ name }) => ({ kind: 'command', command: ['systemctl', 'is-enabled', '--quiet', `${name}.service`] }),
};

/** Needs no root: the user's own manager, kept from boot on by lingering. */
export const systemdUser: Platform = {
  id: 'systemd-user',
  words: ['systemd-user'],
  tool: 'systemctl',
  defaultName: () => 'upkeep',
  file: (service) => ({
    path: join(service.userHome, '.config/systemd/user', `${service.name}.service`),
    mode: 0o644,
    text: unit(service, true),
  }),
  enable: ({ name, user }) => [
    run('systemctl', '--user', 'enable', `${name}.service`),
    run('loginctl', 'enable-linger', user),
  ],
  disable: ({ name }) => ({
    before: [run('systemctl', '--user', 'disable', `${name}.service`)],
    after: [run('systemctl', '--user', 'daemon-reload')],
  }),
  isEnabled: ({ name }) => ({
    kind: 'command',
    command: ['systemctl', '--user', 'is-enabled', '--quiet', `${name}.service`],
  }),
};
