/**
 * Posts to a collector: JSON, gzipped, over kept connections. Without the reading of its answers what a collector refuses for good
 * would be sent for ever, and what it could not take just now would be lost.
 */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { LogRecord } from './log-record.ts';
import { type OtlpContext, otlpLogs } from './otlp-logs.ts';
import { failed, type LogSender, reasonOf, SENT, type Sent } from './sender.ts';

const ANSWERS_WITHIN_MS = 10_000;
const LONGEST_ANSWER_BYTES = 64 * 1024;
const WORTH_ZIPPING_BYTES = 1024;
const SECOND_MS = 1000;
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;
/** The receiver says of these that they are wrong by themselves. All else may be put right at its side: a token, a path, a disk. */
const NEVER = new Set([400, 411, 413, 414, 415, 422, 431]);
const TOO_LARGE = 413;

const zipped = promisify(gzip);

export interface OtlpTarget {
  /** `https://host:4318/base`, without `/v1/…`. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Signal = 'logs' | 'metrics';
const REJECTED = { logs: 'rejectedLogRecords', metrics: 'rejectedDataPoints' } as const;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | null;
}

export class OtlpPoster {
  readonly #target: OtlpTarget;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(target: OtlpTarget) {
    this.#target = target;
    const options = { keepAlive: true, maxSockets: 2 };
    this.#agent = target.base.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** Never rejects. */
  async post(signal: Signal, payload: unknown): Promise<Sent & { readonly status?: number }> {
    try {
      const plain = Buffer.from(JSON.stringify(payload));
      const isZipped = plain.length > WORTH_ZIPPING_BYTES;
      const answer = await this.#request(signal, isZipped ? await zipped(plain) : plain, isZipped);
      return { ...sentBy(answer, signal), status: answer.status };
    } catch (error) {
      return failed(reasonOf(error));
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #request(signal: Signal, body: Buffer, isZipped: boolean): Promise<Answer> {
    const { base, headers } = this.#target;
    const request = base.startsWith('https:') ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const sending = request(
        `${base}/v1/${signal}`,
        {
          method: 'POST',
          agent: this.#agent,
          timeout: ANSWERS_WITHIN_MS,
          headers: {
            'content-type': 'application/json',
            'content-length': body.length,
            'user-agent': 'upkeep',
            ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
            ...headers,
          },
        },
        (response) => void readAnswer(response).then(resolve, reject),
      );
      sending.once('timeout', () => sending.destroy(new Error(`no answer within ${ANSWERS_WITHIN_MS / SECOND_MS} s`)));
      sending.once('error', reject);
      sending.end(body);
    });
  }
}

function readAnswer(response: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      if (text.length < LONGEST_ANSWER_BYTES) text += chunk;
    });
    response.once('error', reject);
    response.once('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        text,
        retryAfterMs: retryAfter(response.headers['retry-after']),
      }),
    );
  });
}

function retryAfter(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const ms = /^\d+$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS) : null;
}

function sentBy({ status, text, retryAfterMs }: Answer, signal: Signal): Sent {
  if (status >= 200 && status < 300) return partly(text, signal);
  const why = `it answers ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`;
  return NEVER.has(status) ? { kind: 'refused', why } : { kind: 'failed', why, retryAfterMs };
}

function partly(text: string, signal: Signal): Sent {
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: Record<string, unknown> };
    const refused = Number(partialSuccess?.[REJECTED[signal]] ?? 0);
    const message = partialSuccess?.errorMessage;
    if (refused > 0)
      return { kind: 'sent', refused, why: typeof message === 'string' ? message : 'it does not say why' };
  } catch {
    // An answer without a body says that all is well.
  }
  return SENT;
}

export class OtlpLogSender implements LogSender {
  readonly #poster: OtlpPoster;
  readonly #context: OtlpContext;

  constructor(poster: OtlpPoster, context: OtlpContext) {
    this.#poster = poster;
    this.#context = context;
  }

  async send(records: readonly LogRecord[]): Promise<Sent> {
    const sent = await this.#poster.post('logs', otlpLogs(records, this.#context));
    if (sent.status !== TOO_LARGE || records.length === 1) return sent;
    const half = Math.ceil(records.length / 2);
    const first = await this.send(records.slice(0, half));
    if (first.kind === 'failed') return first;
    const second = await this.send(records.slice(half));
    return second.kind === 'failed' ? second : together(first, half, second, records.length - half);
  }

  close(): Promise<void> {
    this.#poster.close();
    return Promise.resolve();
  }
}

function together(
  first: Exclude<Sent, { kind: 'failed' }>,
  firstCount: number,
  second: Exclude<Sent, { kind: 'failed' }>,
  secondCount: number,
): Sent {
  const refusedOf = (one: typeof first, count: number): number => (one.kind === 'refused' ? count : one.refused);
  return {
    kind: 'sent',
    refused: refusedOf(first, firstCount) + refusedOf(second, secondCount),
    why: first.why ?? second.why,
  };
}
