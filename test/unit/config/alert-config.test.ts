/** An alerts file: what is on by default, what short forms mean, and that every mistake is told with its place. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAlerts } from '../../../src/config/alert-config.ts';
import { readAlertsFile } from '../../../src/config/load-alerts.ts';
import type { AlertConfig } from '../../../src/core/alerts/config.ts';

function read(content: unknown): AlertConfig {
  const result = readAlerts(content, 'alerts.yaml');
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

function mistakes(content: unknown): readonly string[] {
  const result = readAlerts(content, 'alerts.yaml');
  if (result.ok) throw new Error('it was taken');
  expect(result.failure.code).toBe('BAD_CONFIG');
  const [first = '', ...more] = result.failure.message.split('\n- ');
  return more.length > 0 ? more : [first.replace('alerts.yaml: ', '')];
}

describe('defaults', () => {
  it('a destination alone turns on the rules that make sense for everybody', () => {
    const config = read({ destinations: { ops: { webhook: 'https://example.com/x' } } });
    expect(config.rules.map(({ key }) => key)).toEqual([
      'crash-loop',
      'errored',
      'not-ready',
      'event-loop',
      'memory',
      'reload-failed',
      'log-loss',
      'disk-budget',
      'daemon',
    ]);
    expect(config).toMatchObject({ format: 1, groupMs: 5000, remindMs: 4 * 3_600_000 });
    expect(config.destinations[0]).toEqual({
      name: 'ops',
      target: { type: 'webhook', url: 'https://example.com/x', headers: {}, secret: null },
      severity: 'info',
      rules: null,
      apps: ['*'],
      except: [],
      recovery: true,
      atMost: 10,
      perMs: 600_000,
      timeoutMs: 10_000,
    });
  });

  it('one rule can be turned off or on, or all that are not named', () => {
    const keys = (content: unknown): readonly string[] => read(content).rules.map(({ key }) => key);
    expect(keys({ rules: { daemon: false, restart: true } })).toEqual(expect.arrayContaining(['restart', 'errored']));
    expect(keys({ rules: { daemon: false } })).not.toContain('daemon');
    expect(keys({ defaults: false, rules: { errored: true } })).toEqual(['errored']);
    expect(read({ remind_every: 0 }).remindMs).toBeNull();
  });
});

describe('rules', () => {
  it.each([
    [
      { memory: '500M' },
      { how: 'measured', measure: 'memoryBytes', above: 500 * 1024 ** 2, forMs: 60_000, clearAfterMs: 60_000 },
    ],
    [{ memory: true }, { how: 'counted', count: 1 }],
    [{ p99: { above: '800ms', for: '2m' } }, { measure: 'requestP99Ms', above: 800, forMs: 120_000 }],
    [{ p99: 250 }, { above: 250 }],
    [{ error_rate: '5%' }, { measure: 'errorShare', above: 5, leastRequestsPerSecond: 0.1 }],
    [{ 'error-rate': { above: 2.5, least: 10 } }, { above: 2.5, leastRequestsPerSecond: 10 }],
    [
      { event_loop: { above: '200ms', clear_after: '10s' } },
      { measure: 'loopDelayP99Ms', above: 200, clearAfterMs: 10_000 },
    ],
    [{ event_loop: true }, { how: 'lasting', forMs: 0 }],
    [
      { crash_loop: { count: 5, within: '10m' } },
      { how: 'counted', count: 5, withinMs: 600_000, clearAfterMs: 120_000 },
    ],
    [{ not_ready: { for: '2m' } }, { how: 'lasting', forMs: 120_000 }],
  ] as const)('%j', (rules, condition) => {
    expect(read({ defaults: false, rules }).rules).toEqual([
      expect.objectContaining({ condition: expect.objectContaining(condition) }),
    ]);
  });

  it('a list makes several of a kind, told apart by their keys', () => {
    const config = read({ defaults: false, rules: { memory: [true, { above: '1G', apps: 'job', severity: 'info' }] } });
    expect(config.rules.map(({ key, apps, severity }) => [key, apps, severity])).toEqual([
      ['memory', ['*'], 'warning'],
      ['memory-2', ['job'], 'info'],
    ]);
  });
});

describe('destinations', () => {
  it.each([
    [{ slack: 'https://a.example/x' }, { type: 'slack', url: 'https://a.example/x' }],
    [{ discord: 'https://a.example/x' }, { type: 'discord', url: 'https://a.example/x' }],
    [{ command: ['page', '--now'] }, { type: 'command', command: ['page', '--now'] }],
    [{ command: '/bin/page' }, { type: 'command', command: ['/bin/page'] }],
    [{ shell: 'cat | mailx' }, { type: 'command', command: ['/bin/sh', '-c', 'cat | mailx'] }],
    [{ mail: 'root' }, { type: 'mail', to: ['root'], from: null, sendmail: '/usr/sbin/sendmail' }],
    [
      { webhook: 'http://127.0.0.1:1/', headers: { 'X-Key': 'k' }, secret: 's' },
      { type: 'webhook', url: 'http://127.0.0.1:1/', headers: { 'X-Key': 'k' }, secret: 's' },
    ],
  ])('%j', (given, target) => {
    expect(read({ destinations: { one: given } }).destinations[0]?.target).toEqual(target);
  });
});

it('the example can be used', async () => {
  const file = join(import.meta.dirname, '../../../examples/alerts.yaml');
  const result = await readAlertsFile(file, { cwd: '/', env: {} });
  expect(result.ok && result.value.destinations.map(({ target }) => target.type)).toEqual([
    'slack',
    'webhook',
    'mail',
    'command',
  ]);
  expect(result.ok && result.value.rules.map(({ key }) => key)).toEqual(
    expect.arrayContaining(['memory-2', 'event-loop-2', 'p99']),
  );
});

describe('mistakes', () => {
  it('are told all at once', () => {
    expect(
      mistakes({
        destinatons: {},
        remind_every: '10s',
        rules: { memry: 3, p99: true, crash_loop: { cuont: 3 }, errored: { above: 3 }, restart: 'often' },
        destinations: { x: { slack: 'hooks', wibble: 1 }, 'a b': {}, y: { mail: 'a b', command: 'z' } },
      }),
    ).toEqual([
      "destinatons is not known - did you mean 'destinations'?",
      expect.stringMatching(/^destinations\.x\.wibble is not known here; known are webhook, slack/),
      'destinations.x.slack is no address; expected one that begins with https:// or http://',
      'destinations.a b is no name; letters, digits, `.`, `_` and `-`',
      'destinations.a b needs exactly one of webhook, slack, discord, command, shell, mail; it has none',
      'destinations.y needs exactly one of webhook, slack, discord, command, shell, mail; it has command, mail',
      "rules.memry is no rule - did you mean 'memory'?",
      expect.stringMatching(/^rules\.crash_loop\.cuont is not known - did you mean 'count'\?/),
      expect.stringMatching(/^rules\.errored\.above is not known here/),
      'rules.restart "often" cannot be used; expected true, false, an object or a list of objects',
      "rules.p99.above is missing; expected a line such as '800ms'",
      'remind_every is too short; at least 1m, or 0 for never',
    ]);
  });

  it.each([
    [[], 'expected an object with `destinations` and `rules`'],
    [{ rules: [] }, 'rules [] cannot be used; expected an object'],
    [
      { rules: { memory: { above: 'much' } } },
      'rules.memory.above "much" cannot be used; expected a line such as \'500M\'',
    ],
    [
      { rules: { errored: { severity: 'bad' } } },
      "rules.errored.severity \"bad\" cannot be used; expected 'info' or 'warning' or 'critical'",
    ],
    [{ rules: { errored: { apps: '/(a+)+/' } } }, /rules\.errored\.apps .* cannot be used: The pattern/],
    [{ rules: { errored: { for: -1 } } }, /rules\.errored\.for -1 cannot be used; expected a time/],
    [
      { destinations: { x: { webhook: 'ftp://a' } } },
      'destinations.x.webhook is no address; expected one that begins with https:// or http://',
    ],
    [{ destinations: { x: { slack: 'https://a', secret: 's' } } }, 'destinations.x.secret is of use with webhook only'],
    [
      { destinations: { x: { webhook: 'https://a', rules: ['memry'] } } },
      'destinations.x.rules "memry" is no rule - did you mean \'memory\'?',
    ],
    [
      { destinations: { x: { webhook: 'https://a', headers: { 'a b': 'c' } } } },
      'destinations.x.headers.a b is no name of a header',
    ],
    [
      { destinations: { x: { webhook: 'https://a', headers: { a: 'c\r\nd: e' } } } },
      /destinations\.x\.headers .* cannot be used/,
    ],
    [
      { destinations: { x: { mail: 'a@b', sendmail: 'sendmail' } } },
      'destinations.x.sendmail must be an absolute path',
    ],
    [{ destinations: { x: { mail: 'a@b.example, c' } } }, 'destinations.x.mail "a@b.example, c" is no mail address'],
    [
      { destinations: { x: { webhook: 'https://a', timeout: '10m' } } },
      'destinations.x.timeout must be between 1ms and 2m',
    ],
  ])('%j', (content, mistake) => {
    expect(mistakes(content)).toEqual([typeof mistake === 'string' ? mistake : expect.stringMatching(mistake)]);
  });

  it('never repeats an address, which may be a secret', () => {
    expect(mistakes({ destinations: { x: { slack: 'hooks.example.com/s3cret' } } }).join()).not.toContain('s3cret');
  });
});
