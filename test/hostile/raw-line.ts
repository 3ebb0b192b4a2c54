/** A connection to a socket of the daemon over which anything can be said, well formed or not. */
import { connect, type Socket } from 'node:net';
import { until } from '../helpers/until.ts';

export class RawLine {
  readonly socket: Socket;
  readonly answers: Record<string, unknown>[] = [];
  isClosed = false;
  #rest = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      const lines = (this.#rest + chunk.toString('utf8')).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.answers.push(JSON.parse(line) as Record<string, unknown>);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static open(path: string): Promise<RawLine> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('connect', () => resolve(new RawLine(socket)));
      socket.once('error', reject);
    });
  }

  say(message: unknown): void {
    this.write(`${JSON.stringify(message)}\n`);
  }

  write(bytes: string | Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  closed(): Promise<true> {
    return until(
      () => (this.isClosed ? true : undefined),
      () => `the line to be closed; it said ${JSON.stringify(this.answers.slice(-3))}`,
    );
  }

  answered(count: number): Promise<true> {
    return until(
      () => (this.answers.length >= count || this.isClosed ? true : undefined),
      () => `${count} answers; ${this.answers.length} came`,
    );
  }

  end(): void {
    this.socket.destroy();
  }
}
