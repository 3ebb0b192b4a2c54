import { describe, expect, test } from 'vitest';
import { portInUse } from '../../../src/core/port-in-use.ts';

describe('the port that a program says is taken', () => {
  test.each([
    ['Error: listen EADDRINUSE: address already in use :::3000', 3000],
    ['Error: listen EADDRINUSE: address already in use 127.0.0.1:8080', 8080],
    ['Error: listen EADDRINUSE: address already in use ::1:8081', 8081],
    ["[Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use", 8000],
    ['2026/11/24 20:12:22 listen tcp :8080: bind: address already in use', 8080],
    ['bind() to 0.0.0.0:80 failed (98: Address already in use)', 80],
    ['Address already in use - bind(2) for "127.0.0.1" port 3000 (Errno::EADDRINUSE)', 3000],
    ['Port 5000 is in use by another program.', 5000],
    ["Connection in use: ('0.0.0.0', 8000)", 8000],
    ['Error: listen EADDRINUSE: address already in use /tmp/app.sock', null],
    ['OSError: [Errno 98] Address already in use', null],
    ["  code: 'EADDRINUSE',", null],
    ['listening on port 3000', null],
  ])('%s', (line, port) => {
    expect(portInUse(['something before', line, '    at Server.listen (node:net:2067:7)'])).toBe(port);
  });

  test('the newest one counts', () => {
    const said = (port: number): string => `listen EADDRINUSE: address already in use :::${port}`;
    expect(portInUse([said(3000), said(3001)])).toBe(3001);
  });
});
