/**
 * Init systems of Linux whose services are shell scripts in /etc/init.d: upstart, System V and OpenRC. Without them only
 * machines with systemd would come up with their apps.
 */
import { shellQuote } from '../../config/words.ts';
import { type BootService, callOf, EXECUTABLE, type Platform, run, WRITTEN_BY } from './service.ts';

const DESCRIPTION = 'Upkeep process manager';

const initScript = (service: BootService, isChkconfig: boolean): string => `#!/bin/sh
# ${WRITTEN_BY}
${isChkconfig ? `# chkconfig: 2345 98 02\n# description: ${DESCRIPTION}, apps of ${service.user}\n#\n` : ''}### BEGIN INIT INFO
# Provides:          ${service.name}
# Required-Start:    $local_fs $remote_fs $network
# Required-Stop:     $local_fs $remote_fs $network
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: ${DESCRIPTION}
# Description:       ${DESCRIPTION}, apps of ${service.user}
### END INIT INFO
user=${shellQuote(service.user)}
call=${callOf(service)}
lock=${shellQuote(lockOf(service))}

as_user() {
  if [ "$(id -un)" = "$user" ]; then
    sh -c "$call $1"
  else
    su "$user" -s /bin/sh -c "$call $1"
  fi
}

start() {
  as_user start && { mkdir -p "$(dirname "$lock")"; touch "$lock"; }
}

stop() {
  as_user stop && rm -f "$lock"
}

case $1 in
  start) start ;;
  stop) stop ;;
  restart | force-reload) stop && start ;;
  reload) as_user reload ;;
  status)
    if as_user status; then
      echo 'upkeep is running'
    else
      echo 'upkeep is not running'
      exit 3
    fi
    ;;
  *)
    echo "usage: $0 start | stop | restart | reload | status" >&2
    exit 2
    ;;
esac
`;

const lockOf = ({ name }: BootService): string => `/var/lock/subsys/${name}`;
const initPath = ({ name }: BootService): string => `/etc/init.d/${name}`;
const nameOf = (user: string): string => `pm2-${user}`;
/** For a regular expression. */
const literal = (name: string): string => name.replace(/[^\w-]/g, '\\$&');

export const upstart: Platform = {
  id: 'upstart',
  words: ['upstart', 'ubuntu14', 'ubuntu12'],
  tool: 'update-rc.d',
  defaultName: nameOf,
  file: (service) => ({ path: initPath(service), mode: EXECUTABLE, text: initScript(service, false) }),
  enable: (service) => [{ kind: 'touch', path: lockOf(service) }, run('update-rc.d', service.name, 'defaults')],
  disable: (service) => ({
    before: [run('update-rc.d', service.name, 'disable')],
    after: [run('update-rc.d', service.name, 'remove'), { kind: 'remove', path: lockOf(service) }],
  }),
  isEnabled: ({ name }) => ({
    kind: 'links',
    folders: ['/etc/rc2.d', '/etc/rc3.d', '/etc/rc4.d', '/etc/rc5.d'],
    pattern: new RegExp(`^S\\d+${literal(name)}$`),
  }),
};

export const systemv: Platform = {
  id: 'systemv',
  words: ['systemv', 'amazon', 'centos6'],
  tool: 'chkconfig',
  defaultName: nameOf,
  file: (service) => ({ path: initPath(service), mode: EXECUTABLE, text: initScript(service, true) }),
  enable: (service) => [
    { kind: 'touch', path: lockOf(service) },
    run('chkconfig', '--add', service.name),
    run('chkconfig', service.name, 'on'),
  ],
  disable: (service) => ({
    before: [run('chkconfig', service.name, 'off'), run('chkconfig', '--del', service.name)],
    after: [{ kind: 'remove', path: lockOf(service) }],
  }),
  isEnabled: ({ name }) => ({ kind: 'command', command: ['chkconfig', name] }),
};

export const openrc: Platform = {
  id: 'openrc',
  words: ['openrc'],
  tool: 'rc-update',
  defaultName: () => 'pm2',
  file: (service) => ({
    path: initPath(service),
    mode: EXECUTABLE,
    text: `#!/sbin/openrc-run
# shellcheck shell=sh disable=SC2034
# ${WRITTEN_BY}
description=${shellQuote(`${DESCRIPTION}, apps of ${service.user}`)}
extra_started_commands="reload"
user=${shellQuote(service.user)}
call=${callOf(service)}

as_user() {
  if [ "$(id -un)" = "$user" ]; then
    sh -c "$call $1"
  else
    su "$user" -s /bin/sh -c "$call $1"
  fi
}

depend() {
  need localmount
  ${service.waitIp ? 'need' : 'use'} net
  after bootmisc firewall
}

start() {
  ebegin "Starting the apps of $user"
  as_user start
  eend $?
}

stop() {
  ebegin "Stopping the apps of $user"
  as_user save-and-stop
  eend $?
}

reload() {
  ebegin "Reloading the apps of $user"
  as_user reload
  eend $?
}

status() {
  if as_user status; then
    einfo "upkeep is running"
  else
    einfo "upkeep is not running"
    return 3
  fi
}
`,
  }),
  enable: ({ name }) => [run('rc-update', 'add', name, 'default')],
  disable: ({ name }) => ({ before: [run('rc-update', 'delete', name, 'default')], after: [] }),
  isEnabled: ({ name }) => ({
    kind: 'links',
    folders: ['/etc/runlevels/default'],
    pattern: new RegExp(`^${literal(name)}$`),
  }),
};
