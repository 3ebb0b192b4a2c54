/** The files of init systems as they are written, and the words and the sudo line of `startup`. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startup, unstartup } from '../../../src/cli/commands/startup.ts';
import type { Session } from '../../../src/cli/session.ts';
import { lastingNode } from '../../../src/integrations/boot/node-path.ts';
import { detectPlatform, platformNamed } from '../../../src/integrations/boot/platforms.ts';
import type { BootService, Platform } from '../../../src/integrations/boot/service.ts';
import { renderWrapper } from '../../../src/integrations/boot/wrapper.ts';

const folders: string[] = [];
const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'upkeep-boot-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

const named = (word: string): Platform => {
  const platform = platformNamed(word);
  if (platform === null) throw new Error(`no platform ${word}`);
  return platform;
};

const serviceOf = (platform: Platform, more: Partial<BootService> = {}): BootService => ({
  name: platform.defaultName('deploy'),
  user: 'deploy',
  userHome: '/home/deploy',
  home: '/home/deploy/.upkeep',
  path: '/usr/local/bin:/usr/bin:/bin',
  wrapper: '/home/deploy/.upkeep/boot.sh',
  waitIp: false,
  ...more,
});

const IDS = ['systemd', 'systemd-user', 'upstart', 'systemv', 'openrc', 'launchd', 'rcd', 'rcd-openbsd', 'smf'];

describe('files of init systems', () => {
  it.each(IDS)('%s: the file is as it stands in test/unit/integrations/boot-files', async (id) => {
    const { text } = named(id).file(serviceOf(named(id)));
    await expect(text).toMatchFileSnapshot(`./boot-files/${id}`);
  });

  it('boot.sh is as it stands there', async () => {
    const facts = { home: '/home/deploy/.upkeep', user: 'deploy', userHome: '/home/deploy', nvm: null };
    const text = renderWrapper({
      ...facts,
      path: '/usr/bin:/bin',
      node: '/usr/bin/node',
      cli: '/usr/lib/upkeep/cli.cjs',
    });
    await expect(text).toMatchFileSnapshot('./boot-files/boot.sh');
  });

  it.each([
    ['systemd', 'pm2-deploy', '/etc/systemd/system/pm2-deploy.service'],
    ['upstart', 'pm2-deploy', '/etc/init.d/pm2-deploy'],
    ['systemv', 'pm2-deploy', '/etc/init.d/pm2-deploy'],
    ['launchd', 'pm2.deploy', '/home/deploy/Library/LaunchAgents/pm2.deploy.plist'],
    ['rcd', 'pm2_deploy', '/usr/local/etc/rc.d/pm2_deploy'],
    ['rcd-openbsd', 'pm2_deploy', '/etc/rc.d/pm2_deploy'],
    ['openrc', 'pm2', '/etc/init.d/pm2'],
    ['smf', 'pm2_deploy', join(tmpdir(), 'pm2_deploy.xml')],
  ])('%s: the service is named %s and lies at %s', (id, name, path) => {
    expect(named(id).defaultName('deploy')).toBe(name);
    expect(named(id).file(serviceOf(named(id))).path).toBe(path);
  });

  it('--wait-ip waits for the network, and the unit still belongs to a target that is reached', () => {
    const { text } = named('systemd').file(serviceOf(named('systemd'), { waitIp: true }));
    expect(text).toContain('After=network-online.target\nWants=network-online.target\n');
    expect(text).toContain('WantedBy=multi-user.target');
  });

  it('paths cannot break out of the file', () => {
    const odd = { wrapper: `/home/a "b"%h$c/boot.sh`, home: '/home/a&<b>' };
    const unit = named('systemd').file(serviceOf(named('systemd'), odd)).text;
    expect(unit).toContain(String.raw`ExecStart=/bin/sh "/home/a \"b\"%%h$$c/boot.sh" start`);
    expect(named('launchd').file(serviceOf(named('launchd'), odd)).text).toContain('/home/a&amp;&lt;b>');
    expect(named('upstart').file(serviceOf(named('upstart'), { user: "x'y" })).text).toContain(`user='x'\\''y'`);
  });
});

describe('platforms', () => {
  it.each([
    ['systemd', 'systemd ubuntu centos arch oracle'],
    ['upstart', 'upstart ubuntu14 ubuntu12'],
    ['systemv', 'systemv amazon centos6'],
    ['launchd', 'launchd macos darwin'],
    ['rcd', 'rcd freebsd'],
    ['rcd-openbsd', 'rcd-openbsd openbsd'],
    ['openrc', 'openrc'],
    ['smf', 'smf sunos solaris'],
  ])('%s is meant by: %s', (id, words) => {
    for (const word of words.split(' ')) expect(platformNamed(word)?.id).toBe(id);
  });

  it('are found by their programs, in the order of PM2', () => {
    const folder = temporary();
    const order = ['svcadm', 'rcctl', 'sysrc', 'launchctl', 'rc-update', 'chkconfig', 'update-rc.d', 'systemctl'];
    const found = order.map((tool) => {
      writeFileSync(join(folder, tool), '');
      return detectPlatform(`/nowhere:${folder}`)?.id;
    });
    expect(found).toEqual(['smf', 'rcd-openbsd', 'rcd', 'launchd', 'openrc', 'systemv', 'upstart', 'systemd']);
    expect(detectPlatform('/nowhere')).toBeNull();
  });
});

it('a link in the PATH is named, not the folder with a version that it points to', () => {
  const folder = temporary();
  mkdirSync(join(folder, 'v20/bin'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'v20/bin/node'), '');
  symlinkSync(join(folder, 'v20/bin/node'), join(folder, 'bin/node'));
  const real = join(folder, 'v20/bin/node');
  expect(lastingNode(real, `/nowhere:${folder}/bin:${folder}/v20/bin`)).toBe(join(folder, 'bin/node'));
  expect(lastingNode(real, '/nowhere')).toBe(real);
});

describe('without root', () => {
  function session(env: NodeJS.ProcessEnv = {}, home = '/root/.upkeep'): { session: Session; printed: string[] } {
    const printed: string[] = [];
    const out = {
      print: (text: string) => printed.push(text),
      info: (text: string) => printed.push(text),
      warn: () => {},
    };
    const all = { PATH: '/usr/bin:/bin', USER: 'root', HOME: '/root', ...env };
    return { session: { env: all, cwd: '/', home, out } as unknown as Session, printed };
  }

  it.each([
    ['startup', startup],
    ['unstartup', unstartup],
  ] as const)('%s prints the line that root must run, last and alone, and fails', async (verb, command) => {
    vi.spyOn(process, 'getuid').mockReturnValue(4242);
    const { session: given, printed } = session();
    expect(await command.run(given, ['ubuntu'], { user: 'root', hp: '/srv/my home' })).toBe(1);
    expect(printed.at(-1)).toMatch(
      new RegExp(`^sudo env PATH=\\$PATH:/\\S+ \\S+ ${verb} ubuntu -u root --hp '/srv/my home'$`),
    );
  });

  it('keeps a home and a name of your own in that line', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(4242);
    const { session: given, printed } = session({}, '/srv/upkeep');
    await startup.run(given, ['systemd'], { user: 'root', serviceName: 'apps', waitIp: true });
    expect(printed.at(-1)).toContain(' UPKEEP_HOME=/srv/upkeep ');
    expect(printed.at(-1)).toMatch(/ -u root --service-name apps --wait-ip$/);
  });

  it.each([
    ['an unknown init system', ['windows'], {}, 'no init system windows'],
    ['an unknown user', ['systemd'], { user: 'nobody-of-that-name' }, 'no user nobody-of-that-name'],
    ['a relative home', ['systemd'], { hp: 'home' }, 'absolute path'],
    ['a name that no service can have', ['systemd'], { serviceName: 'a/../b' }, 'cannot be named'],
    ['a user unit of another init system', ['openrc'], { userUnit: true }, 'matter of systemd'],
  ] as const)('refuses %s', async (_, words, flags, part) => {
    await expect(startup.run(session().session, words, flags)).rejects.toThrow(part);
  });

  it('says on a machine without an init system what to do in a container', async () => {
    const found = await startup.run(session({ PATH: '/nowhere' }).session, [], {}).catch((error: unknown) => error);
    expect(found).toMatchObject({ message: expect.stringContaining('no init system') });
    expect(found).toMatchObject({ hint: expect.stringContaining('upkeep-runtime') });
  });
});
