/** A receiver of messages that fails as it is told: for whoever must deliver in spite of it. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { Rig } from './rig.ts';

/** What becomes of one request. */
export type Mood = 'take' | 'fail' | 'hang';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly at: number;
  readonly mood: Mood;
}

export class Receiver {
  readonly received: Received[] = [];
  readonly #moods = new Map<string, Mood[]>();
  readonly #server: Server;
  #port = 0;

  constructor(rig: Rig) {
    this.#server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      request.on('end', () => {
        const path = request.url ?? '';
        const mood = this.#moods.get(path)?.shift() ?? 'take';
        this.received.push({ path, headers: request.headers, text, at: Date.now(), mood });
        if (mood === 'hang') return;
        response.writeHead(mood === 'take' ? 204 : 500).end(mood === 'take' ? undefined : 'out of order');
      });
    });
    rig.onDispose(() => this.close());
  }

  /** @param port 0: any */
  listen(port = 0): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(port, '127.0.0.1', () => {
        const address = this.#server.address();
        this.#port = typeof address === 'object' && address !== null ? address.port : 0;
        resolve();
      });
    });
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.#port}${path}`;
  }

  /** What becomes of the next requests to a path; later ones are taken. */
  be(path: string, ...moods: readonly Mood[]): void {
    this.#moods.set(path, [...moods]);
  }

  /** What was taken. */
  taken(path: string): readonly Received[] {
    return this.received.filter((one) => one.path === path && one.mood === 'take');
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
