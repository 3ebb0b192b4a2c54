import { describe, expect, it } from 'vitest';
import { usableCpus } from '../../../src/config/cpu-quota.ts';

const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
const V1 = '31 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct';
const V1_MEMORY = '32 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory';

const cpus = (available: number, files: Readonly<Record<string, string>>): number =>
  usableCpus(available, (path) => files[path] ?? null);

const v2 = (group: string, files: Readonly<Record<string, string>>, mountinfo = V2) => ({
  '/proc/self/mountinfo': `${mountinfo}\n`,
  '/proc/self/cgroup': `0::${group}\n`,
  ...files,
});

describe('cgroup v2', () => {
  it.each([
    ['200000 100000', 2],
    ['250000 100000', 2],
    ['150000 100000', 1],
    ['50000 100000', 1],
    ['max 100000', 8],
    ['1600000 100000', 8],
    ['nonsense', 8],
    ['', 8],
    ['0 0', 8],
  ])('a quota of "%s" on 8 CPUs: %i', (max, expected) => {
    expect(cpus(8, v2('/app', { '/sys/fs/cgroup/app/cpu.max': `${max}\n` }))).toBe(expected);
  });

  it('the tightest on the way up holds', () => {
    const files = {
      '/sys/fs/cgroup/cpu.max': 'max 100000',
      '/sys/fs/cgroup/a.slice/cpu.max': '300000 100000',
      '/sys/fs/cgroup/a.slice/b.service/cpu.max': '600000 100000',
      '/sys/fs/cgroup/a.slice/b.service/c/cpu.max': 'max 100000',
      '/sys/fs/cgroup/other/cpu.max': '100000 100000',
    };
    expect(cpus(16, v2('/a.slice/b.service/c', files))).toBe(3);
  });

  it('a container with a namespace of its own: its group is the root', () => {
    expect(cpus(64, v2('/', { '/sys/fs/cgroup/cpu.max': '400000 100000' }))).toBe(4);
  });

  it('a container without one: its folder is what is mounted', () => {
    const mount = '30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw';
    expect(cpus(64, v2('/docker/abc', { '/sys/fs/cgroup/cpu.max': '400000 100000' }, mount))).toBe(4);
    const inner = { '/sys/fs/cgroup/cpu.max': '400000 100000', '/sys/fs/cgroup/x/cpu.max': '200000 100000' };
    expect(cpus(64, v2('/docker/abc/x', inner, mount))).toBe(2);
  });

  it('a group outside of what is mounted: the limit of the mount', () => {
    expect(cpus(8, v2('/../sibling', { '/sys/fs/cgroup/cpu.max': '200000 100000' }))).toBe(2);
  });

  it('a mount point with a blank', () => {
    const mount = '30 23 0:26 / /sys/fs/my\\040cgroups rw - cgroup2 cgroup2 rw';
    expect(cpus(8, v2('/app', { '/sys/fs/my cgroups/app/cpu.max': '200000 100000' }, mount))).toBe(2);
  });
});

describe('cgroup v1', () => {
  const v1 = (quota: string, period = '100000') => ({
    '/proc/self/mountinfo': `${V1_MEMORY}\n${V1}\n`,
    '/proc/self/cgroup': '9:memory:/other\n4:cpu,cpuacct:/app\n',
    '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us': `${quota}\n`,
    '/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us': `${period}\n`,
  });

  it.each([
    ['200000', 2],
    ['-1', 8],
    ['30000', 1],
  ])('a quota of %s: %i', (quota, expected) => {
    expect(cpus(8, v1(quota))).toBe(expected);
  });

  it('beside a unified hierarchy: both hold', () => {
    const both = { ...v1('600000'), ...v2('/app', { '/sys/fs/cgroup/unified/app/cpu.max': '300000 100000' }) };
    const mountinfo = `${V1}\n30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`;
    const cgroup = '4:cpu,cpuacct:/app\n0::/app\n';
    expect(cpus(8, { ...both, '/proc/self/mountinfo': mountinfo, '/proc/self/cgroup': cgroup })).toBe(3);
  });
});

describe('no control groups', () => {
  it('macOS, or files that cannot be read: what the scheduler says', () => {
    expect(cpus(6, {})).toBe(6);
    expect(cpus(6, { '/proc/self/mountinfo': 'x\n\n - \n', '/proc/self/cgroup': '???' })).toBe(6);
  });
});
