import { describe, expect, it } from 'vitest';
import { declaredSockets, readListen } from '../../../src/config/listen.ts';

const place = { cwd: '/srv/app', userHome: '/home/u' };
const socketsOf = (raw: unknown) => declaredSockets(readListen(raw) ?? [], place);

describe('the addresses of listen', () => {
  it.each([
    [3000, null, 3000, 6],
    ['3000', null, 3000, 6],
    ['*:3000', null, 3000, 6],
    ['127.0.0.1:3000', '127.0.0.1', 3000, 4],
    ['localhost:3000', '127.0.0.1', 3000, 4],
    ['[::]:3000', '::', 3000, 6],
    ['[::1]:80', '::1', 80, 6],
    ['tcp:0.0.0.0:80', '0.0.0.0', 80, 4],
    ['unix:/run/x.sock', '/run/x.sock', -1, -1],
    ['/run/x.sock', '/run/x.sock', -1, -1],
    ['unix:x.sock', '/srv/app/x.sock', -1, -1],
    ['unix:~/x.sock', '/home/u/x.sock', -1, -1],
    ['udp:5353', null, 5353, 'udp6'],
    ['udp:127.0.0.1:5353', '127.0.0.1', 5353, 'udp4'],
    ['udp:[::1]:5353', '::1', 5353, 'udp6'],
  ])('%s', (raw, address, port, addressType) => {
    expect(socketsOf(raw)).toEqual([
      expect.objectContaining({ socket: { address, port, addressType, flags: 0, index: 0 }, backlog: 511 }),
    ]);
  });

  it.each([
    0,
    -1,
    65_536,
    3.5,
    '',
    'http',
    'example.com:80',
    '256.0.0.1:80',
    '::1:80',
    '[127.0.0.1]:80',
    'unix:',
    'unix:@abstract',
    'udp:/x',
    null,
    true,
    [[3000]],
    [3000, '3000'],
    { address: 3000, backlog: 0 },
    { address: 3000, name: 'a:b' },
    { address: 3000, colour: 'red' },
    Array.from({ length: 17 }, (_, i) => 3000 + i),
  ])('%j is none', (raw) => {
    expect(readListen(raw)).toBe(null);
  });

  it('several, with names and backlogs; what was read can be read again', () => {
    const raw = [3000, { address: '127.0.0.1:3001', name: 'metrics', backlog: 16 }];
    const read = readListen(raw);
    expect(read).toEqual([{ address: '3000' }, { address: '127.0.0.1:3001', name: 'metrics', backlog: 16 }]);
    expect(readListen(read)).toEqual(read);
    expect(socketsOf(raw).map(({ name, backlog }) => [name, backlog])).toEqual([
      ['unknown', 511],
      ['metrics', 16],
    ]);
  });
});
