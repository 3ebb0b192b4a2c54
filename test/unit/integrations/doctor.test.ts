/** The judgements of `upkeep doctor` on machines that this one is not. */
import { describe, expect, it } from 'vitest';
import { checkSaved } from '../../../src/integrations/doctor/apps.ts';
import { checkDaemon } from '../../../src/integrations/doctor/daemon.ts';
import type { Finding, Read } from '../../../src/integrations/doctor/finding.ts';
import { checkLimits, type LimitFacts } from '../../../src/integrations/doctor/limits.ts';
import { checkMemory } from '../../../src/integrations/doctor/memory.ts';
import { checkNode, type NodeFacts } from '../../../src/integrations/doctor/node.ts';
import type { InstanceDetail } from '../../../src/protocol/control.ts';

const files =
  (texts: Readonly<Record<string, string>>): Read =>
  (path) =>
    texts[path] ?? null;
const short = (findings: readonly Finding[]): string[] => findings.map(({ verdict, text }) => `${verdict}: ${text}`);

describe('Node', () => {
  const facts: NodeFacts = {
    version: '24.11.0',
    execPath: '/usr/bin/node',
    lastingPath: '/usr/bin/node',
    daemonVersion: '24.11.0',
    env: {},
    now: Date.parse('2026-11-25T00:00:00Z'),
  };
  const node = (more: Partial<NodeFacts>): string[] => short(checkNode({ ...facts, ...more }));

  it('is supported, or no longer', () => {
    expect(node({})).toEqual(['good: Node 24.11.0, supported until 2028-04-30']);
    expect(node({ version: '20.20.2', daemonVersion: null })).toEqual([
      'warning: Node 20.20.2 has had no security fixes since 2026-04-30',
    ]);
    const lastDay = { version: '22.1.0', daemonVersion: null };
    expect(node({ ...lastDay, now: Date.parse('2027-04-30T12:00:00Z') })[0]).toMatch(/^good/);
    expect(node({ ...lastDay, now: Date.parse('2027-05-01T00:00:00Z') })[0]).toMatch(/^warning/);
    expect(node({ version: '25.2.0', daemonVersion: null })[0]).toContain('odd major');
    expect(node({ version: '28.0.0', daemonVersion: null })).toEqual(['good: Node 28.0.0']);
  });

  it('of the daemon is another', () => {
    expect(node({ daemonVersion: '20.1.0' })[1]).toBe('warning: the daemon runs on Node 20.1.0, this shell on 24.11.0');
  });

  it('lies in the folder of its version', () => {
    const execPath = '/home/ada/.nvm/versions/node/v24.11.0/bin/node';
    expect(node({ execPath, lastingPath: execPath })[1]).toContain('the folder of one version');
    expect(node({ execPath, lastingPath: '/usr/local/bin/node' })).toHaveLength(1);
  });

  it('is changed by the environment', () => {
    expect(node({ env: { NODE_OPTIONS: '--inspect=0' } })[1]).toContain('opens an inspector');
    expect(node({ env: { NODE_OPTIONS: '--inspect-port=0', NODE_EXTRA_CA_CERTS: '/ca.pem' } })).toHaveLength(1);
    expect(node({ version: '20.1.0', daemonVersion: null, env: { NODE_EXTRA_CA_CERTS: '/ca.pem' } })[1]).toContain(
      'slower',
    );
  });
});

describe('limits', () => {
  const limits = (files: number, processes = 10_000): string =>
    `Limit                     Soft Limit           Hard Limit           Units     \n` +
    `Max processes             ${processes}                63704                processes \n` +
    `Max open files            ${files}                 1048576              files     \n`;
  const facts = (texts: Readonly<Record<string, string>>, more: Partial<LimitFacts> = {}): string[] =>
    short(checkLimits({ read: files(texts), pid: 7, openFiles: 30, processes: 4, watched: 0, backlog: 511, ...more }));

  it('of files', () => {
    expect(facts({ '/proc/7/limits': limits(20_000) })).toEqual(['good: 20000 open files a process']);
    expect(facts({ '/proc/7/limits': limits(1_024) })[0]).toMatch(/^warning: a process may have 1024/);
    expect(facts({ '/proc/7/limits': limits(1_024) }, { processes: 200 })[0]).toMatch(/^problem: .* can need 1664/);
    expect(facts({ '/proc/7/limits': limits(1_024) }, { openFiles: 900 })[0]).toMatch(/^problem: 900 of 1024/);
    expect(facts({})).toEqual([]);
  });

  it('of tasks, by the control group or the user', () => {
    const group = {
      '/proc/7/limits': limits(20_000),
      '/proc/7/cgroup': '0::/system.slice/upkeep.service\n',
      '/sys/fs/cgroup/system.slice/upkeep.service/pids.max': '100\n',
    };
    const used = (count: string): Record<string, string> => ({
      ...group,
      '/sys/fs/cgroup/system.slice/upkeep.service/pids.current': count,
    });
    expect(facts(used('90\n'))[1]).toMatch(/^problem: 90 of 100 tasks/);
    expect(facts(used('20\n'))[1]).toMatch(/^good: 20 of 100 tasks/);
    expect(facts({ '/proc/7/limits': limits(20_000, 50) })[1]).toMatch(/^problem: this user may have 50 tasks/);
  });

  it('of watches, only if something is watched', () => {
    const texts = {
      '/proc/sys/fs/inotify/max_user_watches': '8192\n',
      '/proc/sys/fs/inotify/max_user_instances': '3\n',
    };
    expect(facts(texts)).toEqual([]);
    expect(facts(texts, { watched: 1 })).toEqual(['good: 8192 inotify watches']);
    expect(facts(texts, { watched: 2 })).toHaveLength(2);
  });

  it('of connections that wait', () => {
    expect(facts({ '/proc/sys/net/core/somaxconn': '128\n' })[0]).toContain('128 connections');
    expect(facts({ '/proc/sys/net/core/somaxconn': '4096\n' })).toEqual([]);
  });
});

describe('memory', () => {
  const GIB = 1024 ** 3;
  const memory = (texts: Readonly<Record<string, string>>, available = 2 * GIB): string[] =>
    short(checkMemory({ read: files(texts), pid: 'self', availableBytes: available, totalBytes: 4 * GIB }));

  it('of the machine', () => {
    expect(memory({})).toEqual(['good: 2 GiB of 4 GiB memory are available']);
    expect(memory({}, GIB / 4)).toEqual(['warning: 256 MiB of 4 GiB memory are available']);
  });

  it('of the control group, and what the kernel killed', () => {
    const group = {
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.events': 'low 0\noom 3\noom_kill 2\noom_group_kill 0\n',
      '/sys/fs/cgroup/memory.max': `${GIB}\n`,
      '/sys/fs/cgroup/memory.current': `${0.95 * GIB}\n`,
    };
    expect(memory(group).slice(1)).toEqual([
      'problem: the kernel has killed 2 processes of the control group for want of memory',
      'warning: 972.8 MiB of the 1 GiB of the control group are in use',
    ]);
    expect(memory({ ...group, '/sys/fs/cgroup/memory.max': 'max\n', '/sys/fs/cgroup/memory.events': '' })).toHaveLength(
      1,
    );
  });
});

describe('the daemon', () => {
  const hello = { protocol: 1, version: '1.0.0', pid: 1, home: '/h', startedAt: 0, node: '24.0.0' };
  const facts = { daemon: hello, version: '1.0.0', notes: [], read: files({}), pm2Pid: null, logind: null };
  const scope = files({ '/proc/1/cgroup': '0::/user.slice/user-1000.slice/session-3.scope\n' });
  const said = (more: object): string => short(checkDaemon({ ...facts, ...more })).join('\n');

  it('would end with a login, where logind is told so', () => {
    expect(said({ read: scope, logind: '[Login]\nKillUserProcesses=yes\n' })).toContain('all apps end at logout');
    expect(said({ read: scope, logind: '[Login]\n#KillUserProcesses=yes\n' })).not.toContain('logout');
    expect(said({ logind: 'KillUserProcesses=yes' })).not.toContain('logout');
  });

  it('is of another version, has something to say, or has PM2 beside it', () => {
    expect(said({ version: '1.1.0' })).toContain('warning: the daemon is of version 1.0.0');
    expect(said({ notes: ['state.json was damaged'] })).toContain('warning: state.json was damaged');
    expect(said({ pm2Pid: 77 })).toContain('warning: PM2 runs as well (pid 77)');
    expect(said({ daemon: null })).toBe('good: no daemon runs: the next command starts one');
  });
});

describe('the saved list', () => {
  const app = (name: string, more: Partial<InstanceDetail> = {}): InstanceDetail =>
    ({ name, slot: 0, ...more }) as InstanceDetail;
  const saved = (names: readonly string[] | null, apps: readonly InstanceDetail[]): string[] =>
    short(checkSaved(apps, names?.map((name) => ({ name, instances: 1 })) ?? null));

  it('is that which is there, or not', () => {
    expect(saved(null, [])).toEqual([]);
    expect(saved(null, [app('api')])[0]).toContain('nothing is saved');
    expect(saved(['api'], [app('api'), app('api', { slot: 1 }), app('web', { isModule: true })])[0]).toMatch(/^good/);
    expect(saved(['api', 'old'], [app('api'), app('new')])).toEqual([
      'warning: the saved list is without new and still with old',
    ]);
  });
});
