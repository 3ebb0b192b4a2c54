/** Which home a caller means. */
import { expect, it } from 'vitest';
import { homeFrom } from '../../../src/platform/paths.ts';

it.each([
  [{}, '/home/ann/.upkeep'],
  [{ UPKEEP_HOME: '/srv/one' }, '/srv/one'],
  [{ UPKEEP_HOME: 'one' }, '/work/one'],
  [{ UPKEEP_HOME: '/srv/one', PM2_HOME: '/srv/two' }, '/srv/one'],
  [{ PM2_HOME: '/srv/two' }, '/srv/two/upkeep'],
  [{ PM2_HOME: '/home/ann/.pm2' }, '/home/ann/.upkeep'],
  [{ PM2_HOME: '/home/ann/.pm2/' }, '/home/ann/.upkeep'],
  [{ PM2_HOME: '' }, '/home/ann/.upkeep'],
])('%j', (env, home) => {
  expect(homeFrom({ HOME: '/home/ann', ...env }, '/work')).toBe(home);
});
