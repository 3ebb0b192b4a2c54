/**
 * Messages in the shapes that Slack's and Discord's incoming webhooks take. Both refuse what is too long or not escaped as
 * they want it, and an alert that is refused for a `<` in an error message is one that nobody gets.
 */
import type { Severity } from './config.ts';
import { detailOf, gravest, lineOf, named, type Source, summaryOf } from './message.ts';
import type { Item, Message } from './outbox.ts';

const COLORS: Readonly<Record<Severity, number>> = { info: 0x3b82f6, warning: 0xf59e0b, critical: 0xdc2626 };
const OVER = 0x16a34a;
/** Slack takes 3000 characters in a section, Discord 4096 in a description and 6000 in all. */
const LONGEST_TEXT = 2_900;
const SIGNS: Readonly<Record<Item['what'], string>> = { raised: '●', reminder: '◐', cleared: '✓', test: '·' };

const colorOf = (items: readonly Item[]): number => {
  const severity = gravest(items);
  return severity === null ? OVER : COLORS[severity];
};

/** Characters, never half of one. */
function cut(text: string, longest: number): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`;
}

/** The lines that fit, and how many more there are; of a single alert, whose line is the headline, what that leaves out. */
function linesOf(items: readonly Item[], escaped: (text: string) => string): string {
  const [only, ...others] = items;
  if (only !== undefined && others.length === 0) return escaped(detailOf(only));
  const { shown, more } = named(items);
  const lines: string[] = [];
  let length = 0;
  for (const item of shown) {
    const line = `${SIGNS[item.what]} ${escaped(lineOf(item))}`;
    length += line.length + 1;
    if (length > LONGEST_TEXT - 40) break;
    lines.push(line);
  }
  const left = more + shown.length - lines.length;
  return left > 0 ? [...lines, `… and ${left} more: \`upkeep alerts\``].join('\n') : lines.join('\n');
}

const forSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export function slackMessage(message: Message, source: Source): unknown {
  const { items } = message;
  const section = { type: 'section', text: { type: 'mrkdwn', text: linesOf(items, forSlack) } };
  const place = cut(`${source.host} · ${source.home} · message ${message.number}`, 300);
  const context = { type: 'context', elements: [{ type: 'plain_text', text: place }] };
  const color = `#${colorOf(items).toString(16).padStart(6, '0')}`;
  const summary = cut(forSlack(summaryOf(message, source)), 300);
  return { text: summary, attachments: [{ color, fallback: summary, blocks: [section, context] }] };
}

/** Nobody is pinged by a name in an error message, and no underscore makes it italic. */
const forDiscord = (text: string): string => text.replace(/[\\*_~`|>[\]()#-]/g, '\\$&');

export function discordMessage(message: Message, source: Source): unknown {
  const { items } = message;
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: cut(forDiscord(summaryOf(message, source)), 250),
        description: cut(linesOf(items, forDiscord), LONGEST_TEXT),
        color: colorOf(items),
        timestamp: new Date(message.at).toISOString(),
        footer: { text: cut(`${source.host} · ${source.home} · message ${message.number}`, 300) },
      },
    ],
  };
}
