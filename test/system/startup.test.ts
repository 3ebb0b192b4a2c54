/** `startup`, `unstartup`, and the script that a boot runs. What the init system's programs are told is written down. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { type Ran, type Rig, test } from '../helpers/rig.ts';

const ME = userInfo().username;
const UNIT = `/etc/systemd/system/pm2-${ME}.service`;

/** A machine of its own: a root folder, and stand-ins that write down how they were called and do as they are told. */
function machineOf(rig: Rig, tools: readonly string[]) {
  const root = join(rig.root, 'machine');
  const bin = join(rig.root, 'bin');
  const calls = join(rig.root, 'calls');
  mkdirSync(root);
  mkdirSync(bin);
  for (const tool of tools) {
    writeFileSync(join(bin, tool), `#!/bin/sh\necho "${tool} $*" >>'${calls}'\n! [ -e '${rig.root}/broken' ]\n`);
    chmodSync(join(bin, tool), 0o755);
  }
  const env = { UPKEEP_BOOT_ROOT: root, PATH: `${bin}:${rig.env.PATH}`, USER: ME };
  return {
    run: (...args: string[]) => rig.runWith({ env }, ...args),
    at: (path: string) => join(root, path),
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : []),
    break: () => writeFileSync(join(rig.root, 'broken'), ''),
  };
}

/** The wrapper as a boot calls it: with nothing in its environment. */
const boot = (rig: Rig, ...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile('/bin/sh', [join(rig.home, 'boot.sh'), ...args], { env: {}, cwd: '/' }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

test('startup as root writes the unit, enables it, and says how to go on; unstartup takes it away', async ({ rig }) => {
  const machine = machineOf(rig, ['systemctl']);
  const { code, stdout } = await machine.run('startup');
  expect(code).toBe(0);
  for (const part of ['Init system: systemd', `Service: ${UNIT}`, 'Node at boot: ', 'upkeep save', 'upkeep unstartup'])
    expect(stdout).toContain(part);
  const unit = readFileSync(machine.at(UNIT), 'utf8');
  for (const line of [
    'Type=forking',
    `User=${ME}`,
    'LimitNOFILE=infinity',
    'LimitNPROC=infinity',
    'LimitCORE=infinity',
    'Restart=on-failure',
    'WantedBy=multi-user.target',
    `Environment="UPKEEP_HOME=${rig.home}"`,
    `ExecStart=/bin/sh "${rig.home}/boot.sh" start`,
    `ExecReload=/bin/sh "${rig.home}/boot.sh" reload`,
    `ExecStop=/bin/sh "${rig.home}/boot.sh" stop`,
  ])
    expect(unit.split('\n')).toContain(line);
  expect(unit).toMatch(/^Environment="PATH=.*\/bin/m);
  expect(statSync(join(rig.home, 'boot.sh')).mode & 0o777).toBe(0o700);

  expect(await machine.run('unstartup')).toMatchObject({ code: 0 });
  expect(existsSync(machine.at(UNIT))).toBe(false);
  expect(machine.calls()).toEqual([
    `systemctl enable pm2-${ME}.service`,
    `systemctl disable pm2-${ME}.service`,
    'systemctl daemon-reload',
  ]);
});

test('doctor looks at the boot: nothing there, a service without a saved list, and one that would do', async ({
  rig,
}) => {
  const machine = machineOf(rig, ['systemctl']);
  const verdicts = async (): Promise<string[]> => {
    const found = JSON.parse((await machine.run('doctor', '--json')).stdout) as { area: string; verdict: string }[];
    return found.filter(({ area }) => area === 'Boot').map(({ verdict }) => verdict);
  };
  expect(await verdicts()).toEqual(['warning']);
  await machine.run('startup');
  expect(await verdicts()).toEqual(['good', 'good', 'good', 'good', 'problem']);
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  await rig.must('start', 'app.js');
  await rig.must('save');
  expect(await verdicts()).toEqual(['good', 'good', 'good', 'good', 'good']);
});

test('upstart: the file of init.d comes and goes, with the default and with a chosen name', async ({ rig }) => {
  const machine = machineOf(rig, ['update-rc.d']);
  for (const [name, ...words] of [[`pm2-${ME}`], ['apps', '--service-name', 'apps']] as const) {
    expect(await machine.run('startup', 'upstart', ...words)).toMatchObject({ code: 0 });
    expect(statSync(machine.at(`/etc/init.d/${name}`)).mode & 0o777).toBe(0o755);
    expect(existsSync(machine.at(`/var/lock/subsys/${name}`))).toBe(true);
    expect(await machine.run('unstartup', 'upstart', ...words)).toMatchObject({ code: 0 });
    expect(existsSync(machine.at(`/etc/init.d/${name}`))).toBe(false);
  }
  expect(machine.calls().slice(0, 3)).toEqual([
    `update-rc.d pm2-${ME} defaults`,
    `update-rc.d pm2-${ME} disable`,
    `update-rc.d pm2-${ME} remove`,
  ]);
});

test('each init system is told in its own words', async ({ rig }) => {
  const tools = ['chkconfig', 'rc-update', 'sysrc', 'rcctl', 'launchctl', 'svccfg', 'svcadm', 'systemctl', 'loginctl'];
  const machine = machineOf(rig, tools);
  const user = ME.replace(/\W/g, '_');
  const expected = {
    systemv: [`chkconfig --add pm2-${ME}`, `chkconfig pm2-${ME} on`],
    openrc: ['rc-update add pm2 default'],
    rcd: [`sysrc pm2_${user}_enable=YES`],
    'rcd-openbsd': [`rcctl enable pm2_${user}`, `rcctl start pm2_${user}`],
    launchd: [`launchctl load -w ${rig.env.HOME}/Library/LaunchAgents/pm2.${ME}.plist`],
    smf: [expect.stringMatching(/^svccfg import .*\.xml$/), `svcadm enable svc:/application/pm2_${user}:default`],
    'systemd-user': ['systemctl --user enable upkeep.service', `loginctl enable-linger ${ME}`],
  };
  let seen = 0;
  for (const [platform, calls] of Object.entries(expected)) {
    expect(await machine.run('startup', platform)).toMatchObject({ code: 0 });
    expect(machine.calls().slice(seen)).toEqual(calls);
    seen = machine.calls().length;
  }
});

test('a step that fails is told, with exit code 1; another platform than the one found is noticed', async ({ rig }) => {
  const machine = machineOf(rig, ['systemctl', 'rc-update']);
  const other = await machine.run('startup', 'openrc');
  expect(other.code).toBe(0);
  expect(other.stderr).toContain('openrc was asked for, but systemd was found');
  machine.break();
  const failed = await machine.run('startup');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(`systemctl enable pm2-${ME}.service`);
  expect((await machine.run('startup', 'windows')).code).toBe(1);
});

test('a service of another program under the same name is kept beside', async ({ rig }) => {
  const machine = machineOf(rig, ['systemctl']);
  mkdirSync(dirname(machine.at(UNIT)), { recursive: true });
  writeFileSync(machine.at(UNIT), '[Service]\nExecStart=/usr/bin/other\n');
  const { stdout } = await machine.run('startup');
  expect(stdout).toContain(`${UNIT} was of another program`);
  expect(readFileSync(`${machine.at(UNIT)}.before-upkeep`, 'utf8')).toContain('/usr/bin/other');
});

test('--verify finds what a boot would miss, and what is good', async ({ rig }) => {
  const machine = machineOf(rig, ['systemctl']);
  const nothing = await machine.run('startup', '--verify');
  expect(nothing.code).toBe(1);
  expect(nothing.stderr).toContain(`${UNIT} is not there`);
  expect(machine.calls()).toEqual([]);

  rig.write('app.js', 'setInterval(() => {}, 1000)');
  await rig.must('start', 'app.js');
  await machine.run('startup', '--wait-ip');
  expect((await machine.run('startup', '--verify')).stderr).toContain('run `upkeep save`');
  await rig.must('save');
  // From another shell, whose PATH is longer.
  const good = await rig.runWith(
    { env: { UPKEEP_BOOT_ROOT: machine.at(''), PATH: `${join(rig.root, 'bin')}:/opt/more:${rig.env.PATH}`, USER: ME } },
    'startup',
    '--check',
  );
  expect(good).toMatchObject({ code: 0, stderr: '' });
  for (const part of ['is enabled', 'at boot ', 'holds 1 app, saved']) expect(good.stdout).toContain(part);

  writeFileSync(
    machine.at(UNIT),
    readFileSync(machine.at(UNIT), 'utf8').replace('KillMode=control-group', 'KillMode=none'),
  );
  const changed = await machine.run('startup', '--verify');
  expect(changed.code).toBe(1);
  expect(changed.stderr).toContain('"KillMode=none", not "KillMode=control-group"');
  machine.break();
  expect((await machine.run('startup', '--verify')).stderr).toContain('is not enabled');
});

test('what a boot runs: the saved apps come up, one that cannot does not fail the service, stop and reload do what they say', async ({
  rig,
}) => {
  const machine = machineOf(rig, ['systemctl']);
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  rig.write('broken.js', 'process.exit(3)');
  await machine.run('startup');
  await rig.must('start', 'app.js', '--name', 'up');
  await rig.run('start', 'broken.js', '--max-restarts', '1', '--restart-delay', '1');
  await rig.must('save');
  const before = (await rig.one('up')).pid;
  expect(await boot(rig, 'status')).toMatchObject({ code: 0 });
  expect(await boot(rig, 'reload')).toMatchObject({ code: expect.any(Number) });
  expect((await rig.one('up')).pid).not.toBe(before);
  expect(await boot(rig, 'stop')).toMatchObject({ code: 0 });
  expect(await boot(rig, 'status')).toMatchObject({ code: 1 });
  // Stopping what is stopped is no failure.
  expect(await boot(rig, 'stop')).toMatchObject({ code: 0 });

  expect(await boot(rig, 'start')).toMatchObject({ code: 0 });
  expect(await rig.one('up')).toMatchObject({ status: 'online' });
  const { pid } = await rig.one('up');
  // A start of what runs changes nothing.
  expect(await boot(rig, 'start')).toMatchObject({ code: 0 });
  expect((await rig.one('up')).pid).toBe(pid);
  expect(await boot(rig, 'save-and-stop')).toMatchObject({ code: 0 });
});

test('a boot finds another Node when the chosen one has gone, and says which', async ({ rig }) => {
  const machine = machineOf(rig, ['systemctl']);
  await machine.run('startup');
  const path = join(rig.home, 'boot.sh');
  const userHome = join(rig.root, 'user');
  const cli = execFileSync('/bin/sh', [path, 'which'], { env: {}, encoding: 'utf8' }).split('\n')[1] as string;
  const real = readFileSync(path, 'utf8');
  const set = (name: string, value: string, text: string): string =>
    text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}='${value}'`);
  const tools = join(rig.root, 'tools');
  mkdirSync(tools);
  for (const tool of ['dirname', 'cat'])
    symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(tools, tool));
  let text = set('PATH', tools, set('HOME', userHome, set('chosen_node', '/gone/v20/bin/node', real)));
  // Of this machine nothing is to be found.
  text = text.replace('/opt/homebrew/bin/node /usr/local/bin/node /usr/bin/node ', '');
  writeFileSync(path, text);
  const none = await boot(rig, 'start');
  expect(none.code).toBe(1);
  expect(none.stderr).toContain('there is no Node of version 20 or newer');

  const link = (where: string, to = process.execPath): string => {
    mkdirSync(dirname(join(userHome, where)), { recursive: true });
    symlinkSync(to, join(userHome, where));
    return join(userHome, where);
  };
  // In the order of least to most wanted: each is found though those before are there.
  const found = async (node: string): Promise<void> => {
    const { stdout, stderr, code } = await boot(rig, 'which');
    expect([code, stdout.split('\n')[0]]).toEqual([0, node]);
    expect(stderr).toContain(`/gone/v20/bin/node is gone or too old: ${node} is used`);
  };
  await found(link('.nvm/versions/node/v22.1.0/bin/node'));
  symlinkSync(process.execPath, join(tools, 'node'));
  await found(join(tools, 'node'));
  await found(link('.asdf/shims/node'));
  await found(link('.volta/bin/node'));
  const old = join(userHome, 'old-node');
  writeFileSync(old, '#!/bin/sh\nexit 1\n');
  chmodSync(old, 0o755);
  writeFileSync(join(userHome, '.nvm/nvm.sh'), `nvm() { echo '${old}'; }\n`);
  await found(join(userHome, '.volta/bin/node'));
  writeFileSync(
    join(userHome, '.nvm/nvm.sh'),
    `nvm() { echo '${join(userHome, '.nvm/versions/node/v22.1.0/bin/node')}'; }\n`,
  );
  await found(join(userHome, '.nvm/versions/node/v22.1.0/bin/node'));

  // The program went with its Node: the one beside the new Node is taken.
  writeFileSync(path, set('chosen_cli', '/gone/v20/lib/node_modules/upkeep/dist/cli.cjs', text));
  expect((await boot(rig, 'which')).stderr).toContain('upkeep is not installed for');
  const modules = join(userHome, '.nvm/versions/node/v22.1.0/lib/node_modules/upkeep/dist');
  mkdirSync(modules, { recursive: true });
  symlinkSync(cli, join(modules, 'cli.cjs'));
  expect((await boot(rig, 'which')).stdout).toContain('/v22.1.0/bin/../lib/node_modules/upkeep/dist/cli.cjs');
});

test('resurrect runs apps by the Node that is there when the one they were saved with has gone', async ({ rig }) => {
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  await rig.must('start', 'app.js');
  await rig.must('save');
  await rig.must('kill');
  const dump = readFileSync(rig.paths.dump, 'utf8');
  writeFileSync(rig.paths.dump, dump.replaceAll(JSON.stringify(process.execPath), '"/gone/v18/bin/node"'));
  const { code, stderr } = await rig.run('resurrect');
  expect(code).toBe(0);
  expect(stderr).toContain('/gone/v18/bin/node is gone');
  expect(await rig.one('app')).toMatchObject({ status: 'online' });
});

test('systemd and a shell checker find nothing wrong with what is written', async ({ rig }) => {
  const machine = machineOf(rig, ['systemctl', 'loginctl', 'update-rc.d', 'chkconfig', 'rc-update', 'sysrc', 'rcctl']);
  const check = (program: string, ...args: string[]): string => {
    const env = { ...process.env, XDG_RUNTIME_DIR: rig.root };
    const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env });
    if (error !== undefined) throw new Error(`${program} is needed: ${error.message}`);
    return `${stdout}${stderr}`;
  };
  await machine.run('startup', 'systemd', '--wait-ip');
  // It exits with 0 whatever it finds.
  expect(check('systemd-analyze', 'verify', machine.at(UNIT))).toBe('');
  await machine.run('startup', '--user-unit');
  expect(
    check('systemd-analyze', '--user', 'verify', machine.at(`${rig.env.HOME}/.config/systemd/user/upkeep.service`)),
  ).toBe('');
  // It would say so of a key that it does not know.
  writeFileSync(machine.at(UNIT), readFileSync(machine.at(UNIT), 'utf8').replace('KillMode=', 'KilMode='));
  expect(check('systemd-analyze', 'verify', machine.at(UNIT))).toContain('KilMode');

  const user = ME.replace(/\W/g, '_');
  const scripts = {
    upstart: `/etc/init.d/pm2-${ME}`,
    systemv: `/etc/init.d/pm2-${ME}`,
    openrc: '/etc/init.d/pm2',
    rcd: `/usr/local/etc/rc.d/pm2_${user}`,
    'rcd-openbsd': `/etc/rc.d/pm2_${user}`,
  };
  for (const [platform, path] of Object.entries(scripts)) {
    await machine.run('startup', platform);
    expect(check('shellcheck', machine.at(path)), platform).toBe('');
    rmSync(machine.at(path));
  }
  expect(check('shellcheck', join(rig.home, 'boot.sh'))).toBe('');
});
