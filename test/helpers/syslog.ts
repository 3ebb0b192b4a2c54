/** A strict reader of syslog messages (RFC 5424) and of a stream of them with counted lengths (RFC 6587, 5425). */

export interface SyslogMessage {
  readonly facility: number;
  readonly severity: number;
  readonly at: number;
  readonly host: string;
  readonly app: string;
  readonly procId: string;
  readonly msgId: string;
  readonly data: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly message: string;
}

const HEADER =
  /^<(0|[1-9]\d{0,2})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) /;
const NAME = /^[^\x00-\x20=\]"\x7f-\uffff]{1,32}$/;

/** @throws Error that says where it departs from the grammar */
export function parseSyslog(text: string): SyslogMessage {
  const header = HEADER.exec(text);
  if (header === null) throw new Error(`no header of RFC 5424: ${text.slice(0, 200)}`);
  const priority = Number(header[1]);
  if (priority > 191) throw new Error(`a priority of ${priority}`);
  let at = header[0].length;
  const data: Record<string, Record<string, string>> = {};
  if (text[at] === '-') at++;
  else
    while (text[at] === '[') {
      const id = /^\[([^ \]]+)/.exec(text.slice(at))?.[1] ?? '';
      if (!NAME.test(id)) throw new Error(`no name of structured data: ${id}`);
      at += id.length + 1;
      const parameters: Record<string, string> = {};
      for (;;) {
        const found = /^ ([^=]+)="((?:[^"\\\]]|\\["\\\]])*)"/s.exec(text.slice(at));
        if (found === null) break;
        if (!NAME.test(found[1] as string)) throw new Error(`no name of a parameter: ${found[1]}`);
        parameters[found[1] as string] = (found[2] as string).replace(/\\(["\\\]])/g, '$1');
        at += found[0].length;
      }
      if (text[at] !== ']') throw new Error(`structured data does not end at ${at}: ${text.slice(0, 300)}`);
      at++;
      data[id] = parameters;
    }
  if (at < text.length && text[at] !== ' ') throw new Error(`no blank before the message: ${text.slice(0, 300)}`);
  const [, , time = '', host = '', app = '', procId = '', msgId = ''] = header;
  return {
    facility: priority >> 3,
    severity: priority & 7,
    at: Date.parse(time),
    host,
    app,
    procId,
    msgId,
    data,
    message: text.slice(at + 1),
  };
}

/** Takes whole messages off the front of a stream; the rest waits for more. */
export function takeCounted(bytes: Buffer): { readonly messages: string[]; readonly rest: Buffer } {
  const messages: string[] = [];
  let rest = bytes;
  for (;;) {
    const length = /^([1-9]\d{0,8}) /.exec(rest.subarray(0, 12).toString('latin1'));
    if (length === null) {
      if (rest.length > 10) throw new Error(`no counted length: ${rest.subarray(0, 50).toString('latin1')}`);
      return { messages, rest };
    }
    const from = length[0].length;
    const end = from + Number(length[1]);
    if (rest.length < end) return { messages, rest };
    messages.push(rest.subarray(from, end).toString('utf8'));
    rest = rest.subarray(end);
  }
}
