/** Variables of PM2 that do not do what their caller may believe. */
import { expect, it } from 'vitest';
import { differingVariables, idleVariables } from '../../../src/pm2/variables.ts';

it('idle ones are told with the reason', () => {
  const lines = idleVariables({ PM2_SOCKET_USER: '1', PM2_SOCKET_GROUP: '', PROCESS_TITLE: 'x', PM2_SILENT: '1' });
  expect(lines).toEqual([
    expect.stringMatching(/PM2_SOCKET_USER .*socket/),
    expect.stringMatching(/PROCESS_TITLE .*command line/),
  ]);
});

it('those that steer the daemon are told only if the caller has another value', () => {
  const daemon = { PM2_WORKER_INTERVAL: '7000' };
  expect(differingVariables({ PM2_WORKER_INTERVAL: '7000' }, daemon)).toEqual([]);
  expect(differingVariables({}, daemon)).toEqual([]);
  expect(differingVariables({ PM2_WORKER_INTERVAL: '1', PM2_DAEMON_TITLE: 't' }, daemon)).toEqual([
    expect.stringContaining('started with 7000'),
    expect.stringContaining('started without it'),
  ]);
});
