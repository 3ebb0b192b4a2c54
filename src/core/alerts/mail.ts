/**
 * A message as a mail, as `sendmail -t` reads it. A line break in a name that comes from outside must not become a header
 * of its own, and what is not ASCII has to be said in ASCII.
 */
import { lineOf, named, type Source, summaryOf } from './message.ts';
import type { Message } from './outbox.ts';

const MOST_LINES = 50;
const LONGEST_SUBJECT = 150;
/** An encoded word may have 75 characters: 12 are its frame, and 4 of base64 stand for 3 bytes. */
const BYTES_IN_WORD = 45;

/** Given with the call: bytes as base64 (core has no Buffer). */
export type Base64 = (text: string) => string;

const inHeader = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();

function encoded(text: string, base64: Base64): string {
  const plain = inHeader([...text].slice(0, LONGEST_SUBJECT).join(''));
  if (/^[\x20-\x7e]*$/.test(plain)) return plain;
  const words: string[] = [];
  let word = '';
  for (const character of plain) {
    if (new TextEncoder().encode(word + character).length > BYTES_IN_WORD) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((one) => `=?utf-8?B?${base64(one)}?=`).join('\n ');
}

export interface MailHead {
  readonly to: readonly string[];
  readonly from: string;
  /** Of the same message always the same. */
  readonly messageId: string;
}

export function mailText(message: Message, source: Source, head: MailHead, base64: Base64): string {
  const { shown, more } = named(message.items, MOST_LINES);
  const lines = shown.map(
    (item) =>
      `${new Date(item.at).toISOString()}  #${item.alert.number} ${item.alert.severity}\r\n  ${lineOf(item)}\r\n`,
  );
  const rest = more > 0 ? [`and ${more} more: upkeep alerts\r\n`] : [];
  const place = `host ${source.host}, home ${source.home}, Upkeep ${source.version}`;
  // Lines of the text end as mail wants it; those around it as a Unix program gives them to sendmail.
  const body = [...lines, ...rest, '-- ', place].join('\r\n');
  return [
    `From: ${inHeader(head.from)}`,
    `To: ${head.to.map(inHeader).join(', ')}`,
    `Subject: ${encoded(summaryOf(message, source), base64)}`,
    `Date: ${new Date(message.at).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${inHeader(head.messageId)}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(base64(body).match(/.{1,76}/g) ?? []),
    '',
  ].join('\n');
}
