/**
 * Syslog over UDP, TCP and TLS. Without the counted length of each message on a stream (RFC 6587, 5425) a line that holds a line
 * end would become two.
 */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { characterBorder } from '../core/lines.ts';
import type { Destination } from './destination.ts';
import type { LogRecord } from './log-record.ts';
import { failed, type LogSender, reasonOf, SENT, type Sent } from './sender.ts';
import { type SyslogContext, syslogMessage } from './syslog-format.ts';
import { type Dial, Wire } from './wire.ts';

type Syslog = Extract<Destination, { kind: 'syslog' }>;

/** What receivers take, by their defaults; the rest of a longer message is cut. */
const LARGEST_DATAGRAM_BYTES = 8192;
/** A burst that is larger than the receiver's buffer is lost without a word: after so many others have their turn. */
const DATAGRAMS_AT_ONCE = 64;

const counted = (message: string): Buffer => {
  const bytes = Buffer.from(message);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
};

export class SyslogStreamSender implements LogSender {
  readonly #wire: Wire;
  readonly #context: SyslogContext;

  constructor(destination: Syslog, context: SyslogContext) {
    this.#wire = new Wire(dialOf(destination));
    this.#context = context;
  }

  async send(records: readonly LogRecord[]): Promise<Sent> {
    try {
      await this.#wire.write(Buffer.concat(records.map((record) => counted(syslogMessage(record, this.#context)))));
      return SENT;
    } catch (error) {
      return failed(reasonOf(error));
    }
  }

  close(): Promise<void> {
    return this.#wire.close();
  }
}

function dialOf({ transport, host, port, ca }: Syslog): Dial {
  if (transport !== 'tls') return () => ({ socket: connectTcp({ host, port }), ready: 'connect' });
  const trusted = ca === null ? {} : { ca: readFileSync(ca) };
  // A server's name can be sent only if it is one.
  const named = isIP(host) === 0 ? { servername: host } : {};
  return () => ({ socket: connectTls({ host, port, ...named, ...trusted }), ready: 'secureConnect' });
}

export class SyslogDatagramSender implements LogSender {
  readonly #destination: Syslog;
  readonly #context: SyslogContext;
  #socket: DatagramSocket | null = null;
  /** Of an earlier datagram: nobody listens. */
  #refusal: string | null = null;

  constructor(destination: Syslog, context: SyslogContext) {
    this.#destination = destination;
    this.#context = context;
  }

  async send(records: readonly LogRecord[]): Promise<Sent> {
    try {
      const socket = this.#socket ?? (await this.#connect());
      for (const [index, record] of records.entries()) {
        const bytes = Buffer.from(syslogMessage(record, this.#context));
        await datagram(socket, bytes.subarray(0, characterBorder(bytes, LARGEST_DATAGRAM_BYTES)));
        if (index % DATAGRAMS_AT_ONCE === DATAGRAMS_AT_ONCE - 1) await new Promise(setImmediate);
      }
      // The system says of an earlier one that nobody was there.
      await new Promise(setImmediate);
      const refusal = this.#refusal;
      this.#refusal = null;
      return refusal === null ? SENT : failed(refusal);
    } catch (error) {
      this.#refusal = null;
      return failed(reasonOf(error));
    }
  }

  close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    return socket === null ? Promise.resolve() : new Promise((resolve) => socket.close(() => resolve()));
  }

  async #connect(): Promise<DatagramSocket> {
    const { host, port } = this.#destination;
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      // Connected, so that a refusal comes back.
      socket.connect(port, host, () => resolve());
    });
    socket.removeAllListeners('error');
    socket.on('error', (error) => {
      this.#refusal = reasonOf(error);
    });
    this.#socket = socket;
    return socket;
  }
}

const datagram = (socket: DatagramSocket, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => socket.send(bytes, (error) => (error === null ? resolve() : reject(error))));
