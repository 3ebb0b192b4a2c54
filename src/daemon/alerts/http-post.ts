/**
 * One POST of JSON, with a deadline over all of it. Without the deadline a receiver that accepts and never answers would
 * hold back every alert behind it.
 */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { LONGEST_PATIENCE_MS } from '../../core/alerts/outbox.ts';
import { SENT, type Sent, unsent } from './sent.ts';

/** Of an answer that says why not. */
const LONGEST_ANSWER = 300;

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/** Only a status of 200 to 299 is a yes; redirects are not followed. */
export function post({ url, headers, body, timeoutMs }: Post, signal: AbortSignal): Promise<Sent> {
  return new Promise((resolve) => {
    const bytes = Buffer.from(body);
    const options: RequestOptions = {
      method: 'POST',
      agent: false,
      signal,
      headers: { 'content-type': 'application/json', ...headers, 'content-length': bytes.length },
    };
    const timer = setTimeout(() => end(unsent(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const end = (sent: Sent): void => {
      clearTimeout(timer);
      resolve(sent);
      request?.destroy();
    };
    let request: ReturnType<typeof requestHttp> | null = null;
    try {
      request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, options);
    } catch (error) {
      end(unsent((error as Error).message));
      return;
    }
    request.on('error', (error: NodeJS.ErrnoException) => end(unsent(error.code ?? error.message)));
    request.on('response', (response) => void judge(response).then(end));
    request.end(bytes);
  });
}

async function judge(response: IncomingMessage): Promise<Sent> {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status <= 299) return SENT;
  let said = '';
  try {
    response.setEncoding('utf8');
    for await (const chunk of response) {
      said += chunk as string;
      if (said.length > LONGEST_ANSWER) break;
    }
  } catch {
    // what it said before is enough
  }
  const words = said.replace(/\s+/g, ' ').trim().slice(0, LONGEST_ANSWER);
  return unsent(`answered ${status}${words === '' ? '' : `: ${words}`}`, patience(response.headers['retry-after']));
}

/** Seconds, or a date. */
function patience(header: string | undefined): number | null {
  if (header === undefined) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), LONGEST_PATIENCE_MS) : null;
}
