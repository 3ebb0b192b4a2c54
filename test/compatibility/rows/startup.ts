/** `startup` and `unstartup`. */
import type { Section } from '../row.ts';

const UNIT = 'test/unit/integrations/boot.test.ts';
const SYSTEM = 'test/system/startup.test.ts';

export const sections: readonly Section[] = [
  {
    number: '1.13',
    title: '`startup` and `unstartup`',
    rows: [
      {
        row: 'the init system is found by its program in the PATH, in this order: systemctl, update-rc.d, chkconfig, rc-update, launchctl, sysrc, rcctl, svcadm',
        verdict: 'same',
        test: `${UNIT} · are found by their programs, in the order of PM2`,
      },
      {
        row: 'none of them: an error',
        verdict: 'better',
        how: 'it says what to do in a container',
        test: `${UNIT} · says on a machine without an init system what to do in a container`,
      },
      {
        row: 'platforms by name: systemd, ubuntu, centos, arch, oracle; upstart, ubuntu14, ubuntu12; systemv, amazon, centos6; launchd, macos, darwin; rcd, freebsd; rcd-openbsd, openbsd; openrc; smf, sunos, solaris',
        verdict: 'same',
        test: `${UNIT} · %s is meant by: %s`,
      },
      {
        row: 'a platform that is not known is an exception',
        verdict: 'better',
        how: 'a message with those that are, also without root, exit code 1',
        test: `${UNIT} · an unknown init system`,
      },
      {
        row: 'another platform than the one found: a notice, and it goes on; `ubuntu` on a machine with systemd too',
        verdict: 'better',
        how: 'a notice only if it is another one indeed',
        test: `${SYSTEM} · a step that fails is told, with exit code 1; another platform than the one found is noticed`,
      },
      {
        row: 'not root: the last line is `sudo env PATH=$PATH:<node> <program> startup <platform> -u <user> --hp <home>`, exit code 1',
        verdict: 'same',
        test: `${UNIT} · %s prints the line that root must run, last and alone, and fails`,
      },
      {
        row: 'in that line `--hp`, `--wait-ip` and `--service-name` are lost',
        verdict: 'better',
        how: 'they are kept, and so is a home of one’s own',
        test: `${UNIT} · keeps a home and a name of your own in that line`,
      },
      {
        row: '`-u`, `--hp`, `--service-name`',
        verdict: 'better',
        how: 'a user that is not there, a relative folder and a name that no service can have are refused',
        test: `${UNIT} · an unknown user`,
      },
      {
        row: '`--wait-ip`: the unit is wanted by network-online.target alone, which a boot may never reach',
        verdict: 'better',
        how: 'it is wanted by multi-user.target, and wants and waits for network-online.target',
        test: `${UNIT} · --wait-ip waits for the network, and the unit still belongs to a target that is reached`,
      },
      {
        row: 'names and files: `pm2-<user>`, `pm2.<user>`, `pm2_<user>`, `pm2`, each in the place of its init system',
        verdict: 'same',
        test: `${UNIT} · %s: the service is named %s and lies at %s`,
      },
      {
        row: 'root: platform, file, place and commands are printed, the file is written, the commands are run, hints for `save` and `unstartup`',
        verdict: 'same',
        test: `${SYSTEM} · startup as root writes the unit, enables it, and says how to go on; unstartup takes it away`,
      },
      {
        row: 'a command that fails: exit code 1',
        verdict: 'same',
        test: `${SYSTEM} · a step that fails is told, with exit code 1; another platform than the one found is noticed`,
      },
      {
        row: 'systemd: `systemctl enable`',
        verdict: 'same',
        test: `${SYSTEM} · startup as root writes the unit, enables it, and says how to go on; unstartup takes it away`,
      },
      {
        row: 'upstart: `/etc/init.d/<service>`, its lock file, `update-rc.d defaults`; with the default and a custom name',
        verdict: 'same',
        test: `${SYSTEM} · upstart: the file of init.d comes and goes, with the default and with a chosen name`,
      },
      {
        row: 'systemv: `chkconfig --add`, `chkconfig on`, then `initctl list`',
        verdict: 'different',
        how: 'without `initctl list`, which only prints',
        test: `${SYSTEM} · each init system is told in its own words`,
      },
      {
        row: 'launchd, FreeBSD, OpenBSD, OpenRC, SMF: their commands',
        verdict: 'same',
        test: `${SYSTEM} · each init system is told in its own words`,
      },
      {
        row: 'the unit: forking, user, unlimited files, processes and cores, PATH and home in the environment, restart on failure, multi-user.target',
        verdict: 'same',
        test: `${SYSTEM} · startup as root writes the unit, enables it, and says how to go on; unstartup takes it away`,
      },
      {
        row: 'the unit names the daemon as the main process (`PIDFile`)',
        verdict: 'different',
        how: 'the daemon may be replaced or killed while the apps go on; no process is the main one, and one app out of memory does not end the others',
        test: `${UNIT} · %s: the file is as it stands in test/unit/integrations/boot-files`,
      },
      {
        row: 'start is `resurrect`, reload is `reload all`, stop is `kill`; OpenRC saves before it stops',
        verdict: 'same',
        test: `${SYSTEM} · what a boot runs: the saved apps come up, one that cannot does not fail the service, stop and reload do what they say`,
      },
      {
        row: '`unstartup` disables the service and removes its file; not root: the sudo line, exit code 1',
        verdict: 'same',
        test: `${SYSTEM} · startup as root writes the unit, enables it, and says how to go on; unstartup takes it away`,
      },
      {
        row: 'a service file of another program under the name is overwritten',
        verdict: 'better',
        how: 'it is kept beside, and told',
        test: `${SYSTEM} · a service of another program under the same name is kept beside`,
      },
      {
        row: 'the service pins the path of Node, and OpenRC the default home',
        verdict: 'better',
        how: 'Node is found anew at each boot, also after an upgrade by a version manager; each service has its home',
        test: `${SYSTEM} · a boot finds another Node when the chosen one has gone, and says which`,
      },
      {
        row: 'whether a boot would work is seen at the boot',
        verdict: 'better',
        how: '`startup --verify` (or `--check`) tells before',
        test: `${SYSTEM} · --verify finds what a boot would miss, and what is good`,
      },
    ],
  },
];
