/** The page's server of a rig, asked over real HTTP: with any Host, Origin and path, as no browser would send it. */
import { type IncomingMessage, request } from 'node:http';
import type { Rig } from './rig.ts';
import { until } from './until.ts';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One event of a stream. */
export interface Sent {
  readonly event: string;
  readonly id: string | null;
  readonly data: unknown;
}

export class EventReader {
  readonly events: Sent[] = [];
  readonly #response: IncomingMessage;
  isEnded = false;
  #text = '';

  constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding('utf8');
    const end = (): void => {
      this.isEnded = true;
    };
    response.on('close', end).on('error', end);
  }

  read(): this {
    this.#response.on('data', (chunk: string) => {
      this.#text += chunk;
      const parts = this.#text.split('\n\n');
      this.#text = parts.pop() ?? '';
      for (const part of parts) this.#take(part);
    });
    return this;
  }

  #take(part: string): void {
    const field = (name: string): string | null =>
      part
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2) ?? null;
    const event = field('event');
    if (event !== null) this.events.push({ event, id: field('id'), data: JSON.parse(field('data') ?? 'null') });
  }

  of<T>(event: string): T[] {
    return this.events.filter((one) => one.event === event).map(({ data }) => data as T);
  }

  async when<T>(event: string, condition: (data: T) => boolean, what: string): Promise<T> {
    return until(
      () => this.of<T>(event).find(condition),
      () => `${what}; seen: ${this.events.map((one) => one.event).join(' ')}`,
    );
  }

  stop(): void {
    this.#response.destroy();
  }
}

export class Web {
  readonly port: number;
  readonly token: string;

  constructor(printed: string) {
    const address = new URL(/^http\S+$/m.exec(printed)?.[0] ?? 'none');
    this.port = Number(address.port);
    this.token = address.searchParams.get('token') ?? '';
  }

  /** Exactly as told: without a token, unless it is in the headers. */
  ask(path: string, { method = 'GET', headers = {}, body }: AskOptions = {}): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', port: this.port, path, method, headers, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
          response.on('error', reject);
        },
      );
      asking.on('error', reject);
      asking.end(body);
    });
  }

  get bearer(): { readonly authorization: string } {
    return { authorization: `Bearer ${this.token}` };
  }

  async get<T>(path: string): Promise<T> {
    const { status, text } = await this.ask(path, { headers: this.bearer });
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text}`);
    return JSON.parse(text) as T;
  }

  async post<T>(path: string, body: object, status = 200): Promise<T> {
    const answer = await this.ask(path, {
      method: 'POST',
      headers: { ...this.bearer, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.status !== status) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
    return JSON.parse(answer.text) as T;
  }

  /** A stream whose reader does not read until it is told to. */
  open(path: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', port: this.port, path, headers: { ...this.bearer, ...headers }, agent: false },
        (response) => {
          if (response.statusCode === 200) resolve(new EventReader(response));
          else reject(new Error(`GET ${path} answered ${response.statusCode}`));
        },
      );
      asking.on('error', reject);
      asking.end();
    });
  }

  async stream(path: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    return (await this.open(path, headers)).read();
  }
}

export const startWeb = async (rig: Rig, ...words: readonly string[]): Promise<Web> =>
  new Web(await rig.must('web', '--port', '0', ...words));
