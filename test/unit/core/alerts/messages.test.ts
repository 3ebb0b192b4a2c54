/** The shapes of messages: generic, Slack, Discord, mail; and that no secret is in what is shown. */
import { describe, expect, it } from 'vitest';
import { discordMessage, slackMessage } from '../../../../src/core/alerts/chat.ts';
import { describeTarget, maskedConfig, maskedUrl } from '../../../../src/core/alerts/config.ts';
import { mailText } from '../../../../src/core/alerts/mail.ts';
import { genericMessage, summaryOf } from '../../../../src/core/alerts/message.ts';
import type { Item, Message } from '../../../../src/core/alerts/outbox.ts';
import type { Alert } from '../../../../src/core/alerts/state.ts';
import { configOf } from './samples.ts';

const SOURCE = { host: 'web-1', home: '/home/app/.upkeep', version: '1.2.3' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const item = (of: Partial<Alert> = {}, what: Item['what'] = 'raised'): Item => ({
  what,
  at: 1_700_000_000_000,
  alert: {
    number: 12,
    rule: 'errored',
    severity: 'critical',
    id: 3,
    name: 'api',
    raisedAt: 1_700_000_000_000,
    clearedAt: null,
    reason: 'gave up after 16 ends',
    ended: null,
    ...of,
  },
});
const message = (...items: readonly Item[]): Message => ({ number: 7, at: 1_700_000_005_000, items });
const over = item({ clearedAt: 1_700_000_090_000, ended: 'ready: it listens' }, 'cleared');
const flood = message(...Array.from({ length: 100 }, (_, i) => item({ number: i, reason: 'x'.repeat(1000) })));

it('generic: versioned, with the alert’s number, and instants in ISO 8601', () => {
  expect(genericMessage(message(item(), over), 'ops', SOURCE)).toEqual({
    version: 1,
    source: SOURCE,
    destination: 'ops',
    message: 7,
    sentAt: '2023-11-14T22:13:25.000Z',
    summary: '[web-1] 2 alerts: 1 raised, 1 over',
    alerts: [
      {
        state: 'raised',
        number: 12,
        rule: 'errored',
        severity: 'critical',
        app: 'api',
        id: 3,
        reason: 'gave up after 16 ends',
        raisedAt: '2023-11-14T22:13:20.000Z',
        clearedAt: null,
        ended: null,
      },
      expect.objectContaining({
        state: 'cleared',
        number: 12,
        clearedAt: '2023-11-14T22:14:50.000Z',
        ended: 'ready: it listens',
      }),
    ],
  });
});

it('one alert is its own summary', () => {
  expect(summaryOf(message(item()), SOURCE)).toBe('[web-1] api (3): errored: gave up after 16 ends');
  expect(summaryOf(message(over), SOURCE)).toBe('[web-1] api (3): errored is over after 1.5 min: ready: it listens');
});

interface Slack {
  text: string;
  attachments: { color: string; fallback: string; blocks: { type: string; text?: { type: string; text: string } }[] }[];
}

describe('Slack', () => {
  it('has what an incoming webhook takes: text, a colour, blocks', () => {
    const body = slackMessage(message(item()), SOURCE) as Slack;
    expect(body.text).toBe('[web-1] api (3): errored: gave up after 16 ends');
    expect(body.attachments).toHaveLength(1);
    expect(body.attachments[0]).toMatchObject({ color: '#dc2626', fallback: body.text });
    expect(body.attachments[0]?.blocks.map(({ type }) => type)).toEqual(['section', 'context']);
    expect(body.attachments[0]?.blocks[0]?.text?.type).toBe('mrkdwn');
  });

  it('escapes what would be markup or a mention, is green when all is over, and stays within 3000 characters', () => {
    const body = slackMessage(message(item({ reason: '<!channel> a & b' }), over), SOURCE) as Slack;
    expect(JSON.stringify(body)).toContain('&lt;!channel&gt; a &amp; b');
    expect(JSON.stringify(body)).not.toContain('<!channel>');
    const single = slackMessage(message(item({ reason: '<!channel>' })), SOURCE) as Slack;
    expect([single.text, single.attachments[0]?.blocks[0]?.text?.text]).toEqual([
      '[web-1] api (3): errored: &lt;!channel&gt;',
      'critical · raised 2023-11-14T22:13:20.000Z · alert 12',
    ]);
    expect((slackMessage(message(over), SOURCE) as Slack).attachments[0]?.color).toBe('#16a34a');
    const text = (slackMessage(flood, SOURCE) as Slack).attachments[0]?.blocks[0]?.text?.text ?? '';
    expect(text.length).toBeLessThan(3000);
    expect(text).toMatch(/… and 9\d more: `upkeep alerts`$/);
  });
});

interface Discord {
  allowed_mentions: unknown;
  embeds: { title: string; description: string; color: number; timestamp: string }[];
}

describe('Discord', () => {
  it('has one embed within the limits, and nobody is pinged', () => {
    const body = discordMessage(message(item({ reason: '@everyone *now*' }), over), SOURCE) as Discord;
    expect(body.allowed_mentions).toEqual({ parse: [] });
    expect(body.embeds).toHaveLength(1);
    expect(body.embeds[0]).toMatchObject({ color: 0xdc2626, timestamp: '2023-11-14T22:13:25.000Z' });
    expect(body.embeds[0]?.description).toContain('\\*now\\*');
    const [embed] = (discordMessage(flood, SOURCE) as Discord).embeds;
    expect(embed?.title.length).toBeLessThanOrEqual(256);
    expect(embed?.description.length).toBeLessThanOrEqual(4096);
    expect(embed?.description).toMatch(/… and 9\d more/);
  });
});

describe('mail', () => {
  const head = { to: ['ops@example.com', 'b@example.com'], from: 'upkeep@web-1', messageId: 'upkeep.ops.7.1@web-1' };
  const partsOf = (text: string): { headers: readonly string[]; body: string } => {
    const [headers = '', body = ''] = text.split('\n\n');
    return { headers: headers.split('\n'), body: Buffer.from(body, 'base64').toString('utf8') };
  };

  it('has the headers of an automatic mail, and tells every alert', () => {
    const { headers, body } = partsOf(mailText(message(item(), over), SOURCE, head, base64));
    expect(headers).toEqual([
      'From: upkeep@web-1',
      'To: ops@example.com, b@example.com',
      'Subject: [web-1] 2 alerts: 1 raised, 1 over',
      'Date: Tue, 14 Nov 2023 22:13:25 +0000',
      'Message-ID: <upkeep.ops.7.1@web-1>',
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
    ]);
    expect(body).toContain('#12 critical\r\n  api (3): errored: gave up after 16 ends');
    expect(body).toContain('host web-1, home /home/app/.upkeep, Upkeep 1.2.3');
  });

  it('a name with a line break is no header, and what is not ASCII is encoded in words of bounded length', () => {
    const { headers } = partsOf(
      mailText(message(item({ name: 'a\r\nBcc: x@y', reason: 'ü'.repeat(200) })), SOURCE, head, base64),
    );
    expect(headers.some((line) => line.startsWith('Bcc'))).toBe(false);
    const at = headers.findIndex((line) => line.startsWith('Subject: '));
    const words = [
      headers[at]?.slice('Subject: '.length),
      ...headers.slice(at + 1).filter((line) => line.startsWith(' ')),
    ];
    for (const word of words) expect(word?.trim()).toMatch(/^=\?utf-8\?B\?[A-Za-z0-9+/=]{1,63}\?=$/);
    const decoded = words
      .map((word) => Buffer.from(word?.trim().slice(10, -2) ?? '', 'base64').toString('utf8'))
      .join('');
    expect(decoded).toMatch(/^\[web-1\] a Bcc: x@y \(3\): errored: ü+$/);
  });
});

it('no secret is in what is shown', () => {
  const secret = 's3cret';
  const config = configOf({
    destinations: {
      hook: {
        webhook: `https://me:${secret}@example.com/${secret}?k=${secret}`,
        headers: { Authorization: secret },
        secret,
      },
      chat: { slack: `https://hooks.example.com/${secret}` },
      call: { command: ['/bin/page', secret] },
    },
  });
  const shown = JSON.stringify([maskedConfig(config), config.destinations.map(({ target }) => describeTarget(target))]);
  expect(shown).not.toContain(secret);
  expect(shown).toContain('https://example.com/******');
  expect(maskedUrl('http://127.0.0.1:9000/')).toBe('http://127.0.0.1:9000/');
});
