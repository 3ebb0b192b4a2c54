/**
 * The little of a WebSocket client that talking to Node's inspector on loopback takes: text out, text in. Node 20 has no
 * client of its own, and a library would be loaded for two messages.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/** A message that is longer is not for us. */
const LONGEST_MESSAGE_BYTES = 16 * 1024 * 1024;

const CONTINUATION = 0;
const TEXT = 1;
const CLOSE = 8;

export interface WebSocketLine {
  send(text: string): void;
  close(): void;
}

export interface WebSocketHandlers {
  onOpen(): void;
  onText(text: string): void;
  /** Once, whatever ended it. */
  onClose(): void;
}

/** @returns the line; what is sent before it is open is lost */
export function openWebSocket(host: string, port: number, path: string, handlers: WebSocketHandlers): WebSocketLine {
  const socket = connect({ host, port });
  let rest: Buffer = Buffer.alloc(0);
  let isOpen = false;
  let parts: Buffer[] = [];
  const line: WebSocketLine = {
    send: (text) => void (isOpen && socket.write(frameOf(TEXT, Buffer.from(text)))),
    close: () => {
      if (isOpen) socket.end(frameOf(CLOSE, Buffer.alloc(0)), () => socket.destroy());
      else socket.destroy();
    },
  };
  socket.on('connect', () => {
    const head = [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
  });
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (!isOpen) {
      const end = rest.indexOf('\r\n\r\n');
      if (end === -1) return;
      if (!/^HTTP\/1\.1 101 /.test(rest.toString('latin1', 0, end))) {
        socket.destroy();
        return;
      }
      rest = rest.subarray(end + 4);
      isOpen = true;
      handlers.onOpen();
    }
    for (let frame = readFrame(rest); frame !== null; frame = readFrame(rest)) {
      rest = rest.subarray(frame.size);
      if (frame.opcode === CLOSE) socket.end();
      if (frame.opcode !== TEXT && frame.opcode !== CONTINUATION) continue;
      parts.push(frame.body);
      if (!frame.isLast) continue;
      const text = Buffer.concat(parts).toString('utf8');
      parts = [];
      handlers.onText(text);
    }
    if (rest.length > LONGEST_MESSAGE_BYTES) socket.destroy();
  });
  socket.on('error', () => {});
  socket.on('close', () => handlers.onClose());
  return line;
}

/** A frame of a client is masked, here by zeros: it stays as it is. */
function frameOf(opcode: number, body: Buffer): Buffer {
  const mask = Buffer.alloc(4);
  const length = Buffer.alloc(body.length < 126 ? 2 : 4);
  length[0] = 0x80 | opcode;
  length[1] = 0x80 | Math.min(body.length, 126);
  // What is sent here is short: the third form of the length is not needed.
  if (body.length >= 126) length.writeUInt16BE(body.length, 2);
  return Buffer.concat([length, mask, body]);
}

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly body: Buffer;
  readonly size: number;
}

/** null: it is not all there yet. */
function readFrame(bytes: Buffer): Frame | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  const short = second & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < head) return null;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < head + length) return null;
  const body = bytes.subarray(head, head + length);
  return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, body, size: head + length };
}
