/**
 * The rc.d of FreeBSD and of OpenBSD: shell scripts on top of each system's own frame. They stand apart from those of Linux
 * because that frame, not the script, reads the words.
 */
import { shellQuote } from '../../config/words.ts';
import { callOf, EXECUTABLE, type Platform, run, WRITTEN_BY } from './service.ts';

/** Names of rc.d become names of shell variables. */
const variableName = (user: string): string => `pm2_${user.replace(/\W/g, '_')}`;

export const rcd: Platform = {
  id: 'rcd',
  words: ['rcd', 'freebsd'],
  tool: 'sysrc',
  defaultName: variableName,
  file: (service) => ({
    path: `/usr/local/etc/rc.d/${service.name}`,
    mode: EXECUTABLE,
    text: `#!/bin/sh
# ${WRITTEN_BY}
#
# PROVIDE: ${service.name}
# REQUIRE: LOGIN ${service.waitIp ? 'NETWORKING ' : ''}cleanvar
# KEYWORD: shutdown
# shellcheck disable=SC1091,SC2034,SC2154
. /etc/rc.subr

name=${shellQuote(service.name)}
rcvar="\${name}_enable"
user=${shellQuote(service.user)}
call=${callOf(service)}
start_cmd="as_user start"
stop_cmd="as_user stop"
reload_cmd="as_user reload"
status_cmd="show_status"
extra_commands="reload"

as_user() {
  if [ "$(id -un)" = "$user" ]; then
    sh -c "$call $1"
  else
    su -m "$user" -c "sh -c \\"$call $1\\""
  fi
}

show_status() {
  if as_user status; then
    echo 'upkeep is running'
  else
    echo 'upkeep is not running'
    return 1
  fi
}

load_rc_config "$name"
run_rc_command "$1"
`,
  }),
  enable: ({ name }) => [run('sysrc', `${name}_enable=YES`)],
  disable: ({ name }) => ({ before: [run('sysrc', '-x', `${name}_enable`)], after: [] }),
  isEnabled: ({ name }) => ({ kind: 'command', command: ['sysrc', '-c', `${name}_enable=YES`] }),
};

export const rcdOpenbsd: Platform = {
  id: 'rcd-openbsd',
  words: ['rcd-openbsd', 'openbsd'],
  tool: 'rcctl',
  defaultName: variableName,
  file: (service) => ({
    path: `/etc/rc.d/${service.name}`,
    mode: EXECUTABLE,
    text: `#!/bin/ksh
# ${WRITTEN_BY}
# shellcheck disable=SC1091,SC2034
daemon="/bin/sh"
daemon_user=${shellQuote(service.user)}
call=${callOf(service)}

. /etc/rc.d/rc.subr

as_user() {
  if [ "$(id -un)" = "$daemon_user" ]; then
    sh -c "$call $1"
  else
    su -s /bin/sh "$daemon_user" -c "$call $1"
  fi
}

rc_start() { as_user start; }
rc_stop() { as_user stop; }
rc_reload() { as_user reload; }
rc_check() { as_user status; }

rc_cmd "$1"
`,
  }),
  enable: ({ name }) => [run('rcctl', 'enable', name), run('rcctl', 'start', name)],
  disable: ({ name }) => ({ before: [run('rcctl', 'disable', name)], after: [] }),
  isEnabled: ({ name }) => ({ kind: 'command', command: ['rcctl', 'get', name, 'status'] }),
};
