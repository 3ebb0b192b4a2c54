/** Messages of syslog as a strict reader of RFC 5424 sees them; severities; addresses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { destinationOf, shownUrl } from '../../../src/export/destination.ts';
import { recordOf } from '../../../src/export/log-record.ts';
import { syslogMessage } from '../../../src/export/syslog-format.ts';
import { parseSyslog } from '../../helpers/syslog.ts';

const at = 1_764_000_000_123;
const line = (text: string, over: object = {}) =>
  recordOf({ id: 3, name: 'api', namespace: 'default', stream: 'out', at, text, ...over });
const context = { host: 'box', facility: 16 };

describe('syslog', () => {
  it('says who, when, how bad and what', () => {
    expect(parseSyslog(syslogMessage(line('hello wörld'), context))).toEqual({
      facility: 16,
      severity: 6,
      at,
      host: 'box',
      app: 'api',
      procId: '3',
      msgId: 'out',
      data: { 'upkeep@32473': { app: 'api', namespace: 'default', id: '3' } },
      message: 'hello wörld',
    });
  });

  it.each([
    ['plain', 'out', 6],
    ['plain', 'err', 3],
    ['{"level":"debug","message":"m"}', 'err', 7],
    ['{"level":60,"msg":"m"}', 'out', 2],
    ['{"level":"warn","message":"m"}', 'out', 4],
    ['{"severity":"ERROR","message":"m"}', 'out', 3],
    ['2026-01-01 10:00:00 [ERROR] m', 'out', 3],
    ['WARN: m', 'out', 4],
    ['an error of mine', 'out', 6],
    ['terror: m', 'out', 6],
  ])('%s on %s has severity %i', (text, stream, severity) => {
    expect(parseSyslog(syslogMessage(line(text, { stream }), context)).severity).toBe(severity);
  });

  it('takes the time that a JSON line says, if it can be one', () => {
    expect(parseSyslog(syslogMessage(line(`{"msg":"m","time":${at - 9}}`), context)).at).toBe(at - 9);
    expect(parseSyslog(syslogMessage(line('{"message":"m","timestamp":"2026-01-02T03:04:05Z"}'), context)).at).toBe(
      Date.UTC(2026, 0, 2, 3, 4, 5),
    );
    for (const time of ['12', '"soon"', '1e300', 'null'])
      expect(parseSyslog(syslogMessage(line(`{"msg":"m","time":${time}}`), context)).at).toBe(at);
  });

  it('is well formed whatever apps are called and write', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ unit: 'binary' }), (name, text) => {
        const parsed = parseSyslog(syslogMessage(line(text, { name, namespace: name }), context));
        expect(parsed.data['upkeep@32473']).toMatchObject({ app: name, namespace: name });
        expect(parsed.message).toBe(recordOf(line(text).line).body);
      }),
      { numRuns: 40 },
    );
  });
});

describe('addresses', () => {
  it.each([
    ['otlp+http://collector', { kind: 'otlp', base: 'http://collector:4318', authorization: null }],
    ['otlp+https://c/otlp/', { kind: 'otlp', base: 'https://c/otlp', authorization: null }],
    ['otlp+http://me:s%40@c:1', { kind: 'otlp', base: 'http://c:1', authorization: 'Basic bWU6c0A=' }],
    ['syslog+udp://h', { kind: 'syslog', transport: 'udp', host: 'h', port: 514, facility: 1, ca: null }],
    [
      'syslog+tcp://[::1]:601?facility=local7',
      { kind: 'syslog', transport: 'tcp', host: '::1', port: 601, facility: 23, ca: null },
    ],
    [
      'syslog+tls://h?ca=/ca.pem',
      { kind: 'syslog', transport: 'tls', host: 'h', port: 6514, facility: 1, ca: '/ca.pem' },
    ],
    ['syslog:', { kind: 'local-syslog', path: '/dev/log', facility: 1 }],
    ['syslog:/x?facility=daemon', { kind: 'local-syslog', path: '/x', facility: 3 }],
    ['journald:', { kind: 'journald', path: '/run/systemd/journal/stdout' }],
  ])('%s', (text, value) => expect(destinationOf(text)).toEqual({ ok: true, value }));

  it.each([
    '',
    'collector:4318',
    'http://collector',
    'otlp+http://',
    'syslog+tcp://',
    'syslog+tcp://h?facility=mine',
    'otlp://h',
  ])('refuses %s with what to write instead', (text) => {
    const found = destinationOf(text);
    expect(found).toMatchObject({
      ok: false,
      failure: { code: 'BAD_REQUEST', hint: expect.stringMatching(/syslog|local0/) },
    });
  });

  it('hides who logs in', () =>
    expect(shownUrl('otlp+https://me:secret@host/path')).toBe('otlp+https://***@host/path'));
});
