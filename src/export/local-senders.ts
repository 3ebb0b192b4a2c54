/**
 * The machine's own logs: journald by its stream socket, syslog by the program `logger`. Each app has a stream of its own there,
 * under its name; without the bound on them thousands of apps that come and go would leave as many open.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { facilityName } from './destination.ts';
import type { LogRecord } from './log-record.ts';
import { failed, type LogSender, reasonOf, SENT, type Sent } from './sender.ts';
import { syslogSeverity } from './syslog-format.ts';
import { type Dialled, Wire } from './wire.ts';

const MOST_STREAMS = 64;
const INFO = 6;
/** `logger` cuts at 1 KiB unless it is told otherwise. */
const LONGEST_MESSAGE = '32KiB';

interface Stream {
  write(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Lines of each app, with the severity before each as `<6>`. */
export class LocalSender implements LogSender {
  readonly #open: (app: string) => Stream;
  readonly #facility: number;
  /** The one that was used last stands last. */
  readonly #streams = new Map<string, Stream>();

  constructor(open: (app: string) => Stream, facility: number) {
    this.#open = open;
    this.#facility = facility;
  }

  async send(records: readonly LogRecord[]): Promise<Sent> {
    const byApp = new Map<string, LogRecord[]>();
    for (const record of records) byApp.set(record.line.name, [...(byApp.get(record.line.name) ?? []), record]);
    try {
      for (const [app, own] of byApp) {
        const lines = own.map((record) => `<${this.#facility * 8 + syslogSeverity(record)}>${oneLine(record.body)}\n`);
        const stream = await this.#streamOf(app);
        try {
          await stream.write(Buffer.from(lines.join('')));
        } catch (error) {
          this.#streams.delete(app);
          await stream.close();
          throw error;
        }
      }
      return SENT;
    } catch (error) {
      return failed(reasonOf(error));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => stream.close()));
    this.#streams.clear();
  }

  async #streamOf(app: string): Promise<Stream> {
    const stream = this.#streams.get(app) ?? this.#open(app);
    this.#streams.delete(app);
    this.#streams.set(app, stream);
    if (this.#streams.size > MOST_STREAMS) {
      const [[name, oldest]] = this.#streams as unknown as [[string, Stream]];
      this.#streams.delete(name);
      await oldest.close();
    }
    return stream;
  }
}

/** A message of JSON may hold line ends; each line would be a message of its own here. */
const oneLine = (text: string): string => text.replace(/\r?\n/g, '\\n').replaceAll('\0', '');

/** journald reads of a stream: identifier, unit, severity, whether lines have theirs before them, and three times where else it goes. */
export function journaldSender(path: string): LogSender {
  const dial = (): Dialled => ({ socket: connect({ path, allowHalfOpen: true }), ready: 'connect', isOneWay: true });
  const greeting = (app: string): Buffer => Buffer.from(`${oneLine(app)}\n\n${INFO}\n1\n0\n0\n0\n`);
  return new LocalSender((app) => new Wire(dial, greeting(app)), 0);
}

export const localSyslogSender = (path: string, facility: number): LogSender =>
  new LocalSender((app) => new Logger(app, path, facility), facility);

/** A `logger` that reads lines. Datagrams on a unix socket, which /dev/log wants, cannot be sent from Node. */
class Logger implements Stream {
  readonly #child: ChildProcess;
  #said = '';
  readonly #ended: Promise<void>;
  #isOver = false;

  constructor(app: string, path: string, facility: number) {
    this.#child = spawn(
      'logger',
      [
        '--prio-prefix',
        '--socket-errors=on',
        '--size',
        LONGEST_MESSAGE,
        '-p',
        `${facilityName(facility)}.info`,
        '-t',
        oneLine(app),
        '-u',
        path,
      ],
      { stdio: ['pipe', 'ignore', 'pipe'] },
    );
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = `${this.#said}${text}`.slice(-500);
    });
    // Whoever writes is told.
    this.#child.stdin?.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      const over = (why?: Error): void => {
        if (why !== undefined) this.#said = reasonOf(why);
        this.#isOver = true;
        resolve();
      };
      this.#child.once('error', over);
      this.#child.once('close', () => over());
    });
  }

  async write(bytes: Buffer): Promise<void> {
    const handed = new Promise<void>((resolve) => this.#child.stdin?.write(bytes, () => resolve()));
    await Promise.race([handed, this.#ended]);
    if (this.#isOver) throw new Error(`logger: ${this.#said.trim() === '' ? 'it has ended' : this.#said.trim()}`);
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }
}
