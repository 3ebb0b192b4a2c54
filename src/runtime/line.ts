/**
 * The app's end of the agent line: connects, reconnects when the daemon was replaced, and looks like Node's own IPC
 * channel to the app. Without the reconnecting an app would notice that its supervisor died.
 */
import type { Socket } from 'node:net';
import {
  AGENT_PROTOCOL,
  type FromApp,
  type Glance,
  LONGEST_AGENT_FRAME_BYTES,
  type Look,
  type Measures,
  type ToApp,
} from '../protocol/agent.ts';
import { agreedProtocol } from '../protocol/versions.ts';
import { abilityNames, perform } from './abilities.ts';
import { countConnections } from './connection-count.ts';
import { Declarations } from './declarations.ts';
import { openDoors } from './doors.ts';
import { drain, type StopOrder } from './drain.ts';
import { tellExceptions } from './exceptions.ts';
import type { Gates } from './gate.ts';
import { Inside } from './inside.ts';
import { closeInspector, prepareForLooks } from './looks.ts';
import type { SocketRequests } from './socket-requests.ts';

/** A program has begun after so long; what it says before opens the line at once. */
const BEGUN_AFTER_MS = 25;
const FIRST_RETRY_MS = 50;
/** A new daemon that is to end a process waits for its line (`RETURNS_WITHIN_MS` in the supervisor), but for half of its `kill_timeout` at most. */
const LONGEST_RETRY_MS = 500;
/** Messages that no daemon has confirmed; the oldest are given up first. */
const LONGEST_QUEUE = 1_000;
/** Where a daemon of an older version does not say how long a drain may take. */
const USUAL_LIMIT_MS = 30_000;

type SendCallback = (error: Error | null) => void;

/**
 * @param requests null: it gets no sockets from the daemon
 * @param isMessenger the app's messages go over this line; false: it has an IPC channel of its own
 * @param isClosed nobody is to look inside: no measures, no exceptions told, no abilities
 */
export function connectLine(
  socketPath: string,
  token: string,
  gates: Gates,
  requests: SocketRequests | null,
  isMessenger: boolean,
  isClosed: boolean,
): void {
  const unconfirmed: { readonly n: number; readonly text: string; callback: SendCallback | null }[] = [];
  let sent = 0;
  let socket: Socket | null = null;
  let isUp = false;
  let retryMs = FIRST_RETRY_MS;
  let rest = '';
  const declarations = new Declarations();
  let inside: Inside | null = null;

  const say = (message: FromApp): string => `${JSON.stringify(message)}\n`;
  /** Said now or never: a new daemon asks anew. */
  const tell = (message: FromApp): boolean => {
    if (isUp) socket?.write(say(message));
    return isUp;
  };
  const sayNow = (message: unknown): void => {
    // A program that ends before its line is open still has the channel.
    if (!tell({ type: 'message', n: 0, message })) requests?.sayLast(message);
  };
  const noteType = isClosed ? null : tellExceptions(sayNow);
  const takesSigusr1 = prepareForLooks((taken) => tell({ type: 'sigusr1', taken }));
  const recount = countConnections(gates, (open) => tell({ type: 'connections', open }));

  if (requests !== null) requests.onStranded = () => void tell({ type: 'stranded' });

  /** As Node's channel: the app stays up for us only while it listens for messages. */
  const hold = (): void => {
    const isListening = isMessenger && process.listenerCount('message') > 0;
    const isHeld = requests?.holdListener(isListening) === true;
    if (isListening && !isHeld) socket?.ref();
    else socket?.unref();
  };

  if (requests !== null) requests.onEnded = hold;

  const open = (): void => {
    const line = (require('node:net') as typeof import('node:net')).connect(socketPath);
    socket = line;
    line.unref();
    line.setEncoding('utf8');
    line.on('connect', () => {
      isUp = true;
      retryMs = FIRST_RETRY_MS;
      line.write(
        say({
          type: 'hello',
          ...AGENT_PROTOCOL,
          token,
          pid: process.pid,
          node: process.versions.node,
          drains: true,
          passesMessage: true,
          takesSigusr1: takesSigusr1(),
          abilities: isClosed ? [] : ['measure', ...abilityNames()],
        }),
      );
      for (const message of declarations.again()) line.write(say({ type: 'message', n: 0, message }));
      // What an earlier daemon may not have read any more goes again.
      for (const message of unconfirmed) write(line, message);
      if (requests?.isStranded === true) tell({ type: 'stranded' });
      hold();
      recount();
    });
    line.on('data', (chunk) => receive(String(chunk)));
    line.on('error', () => {});
    line.on('close', () => {
      isUp = false;
      rest = '';
      // Nobody could say when to take connections again.
      gates.rest(false);
      const timer = setTimeout(open, retryMs);
      // A listener for messages keeps the app up while no daemon lives, too.
      if (!isMessenger || process.listenerCount('message') === 0) timer.unref();
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    });
  };

  const stop = (order: StopOrder): void => {
    try {
      drain(order, gates, (inFlight, atWork) => tell({ type: 'draining', inFlight, ...atWork }));
    } catch {
      process.kill(process.pid, order.signal);
    }
  };

  const receive = (chunk: string): void => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      let message: ToApp;
      try {
        message = JSON.parse(line) as ToApp;
      } catch {
        continue;
      }
      // Outside the try: an exception of the app's own listener is the app's.
      obey(message);
    }
  };

  /** A failure of ours must not look like a loop that does not turn. */
  const seenAt = (look: Look | undefined): { glance?: Glance; measures?: Measures } => {
    if (look === undefined || inside === null) return {};
    try {
      return look === 'glance' ? { glance: inside.glance() } : { measures: inside.measures() };
    } catch {
      return {};
    }
  };

  const obey = (message: ToApp): void => {
    switch (message.type) {
      case 'hello':
        // A daemon that does not understand us: what the app says is kept for the next one.
        if (agreedProtocol(message, AGENT_PROTOCOL) === null) isUp = false;
        break;
      case 'ack':
        confirm(message.n);
        break;
      case 'message':
        process.emit('message', message.message, undefined);
        break;
      case 'stop':
        stop({
          signal: message.signal as NodeJS.Signals,
          limitMs: message.limitMs ?? USUAL_LIMIT_MS,
          message: message.message ?? null,
        });
        break;
      case 'admit':
        gates.admit();
        break;
      case 'rest':
        gates.rest(message.on);
        break;
      case 'doors':
        openDoors(gates, (doors) => tell({ type: 'doors', doors }));
        break;
      case 'measure':
        {
          const { measures } = seenAt('measures');
          if (measures !== undefined) tell({ type: 'measured', measures });
        }
        break;
      case 'perform':
        void perform(message.ability, message.params).then((result) =>
          tell({ type: 'performed', n: message.n, result }),
        );
        break;
      case 'ping':
        tell({ type: 'pong', n: message.n, ...seenAt(message.look) });
        break;
      case 'close-inspector':
        closeInspector();
        break;
    }
  };

  const send = (message: unknown, ...more: unknown[]): boolean => {
    const callback = (more.find((one) => typeof one === 'function') as SendCallback | undefined) ?? null;
    const n = ++sent;
    const type = (message as { readonly type?: unknown } | null | undefined)?.type;
    noteType?.(type);
    declarations.note(type, message);
    const one = { n, text: say({ type: 'message', n, message }), callback };
    // The daemon would close the line, and this would be sent again on every next one.
    if (Buffer.byteLength(one.text) > LONGEST_AGENT_FRAME_BYTES) {
      const error = new Error(`a message of more than ${LONGEST_AGENT_FRAME_BYTES} bytes cannot be sent`);
      if (callback !== null) process.nextTick(callback, error);
      return false;
    }
    unconfirmed.push(one);
    openFirst();
    if (unconfirmed.length > LONGEST_QUEUE) unconfirmed.shift();
    return isUp && socket !== null ? write(socket, one) : true;
  };

  const write = (line: Socket, message: { readonly text: string; callback: SendCallback | null }): boolean => {
    const { callback } = message;
    // Once: a message that goes again has been reported.
    message.callback = null;
    return line.write(message.text, () => callback?.(null));
  };

  const confirm = (n: number): void => {
    while ((unconfirmed[0]?.n ?? Number.POSITIVE_INFINITY) <= n) unconfirmed.shift();
  };

  // When the program has begun: what it does first finds Node as without us, and one that ends at once pays nothing. A
  // timer, for the loop wakes up for it though it does not keep it alive.
  let first: NodeJS.Timeout | null = setTimeout(() => openFirst(), BEGUN_AFTER_MS);
  first.unref();
  const openFirst = (): void => {
    if (first === null) return;
    clearTimeout(first);
    first = null;
    if (!isClosed) inside = new Inside();
    open();
  };
  if (!isMessenger) return;
  process.send = send as NonNullable<typeof process.send>;
  process.connected = true;
  process.disconnect ??= () => {};
  process.on('newListener', (name) => {
    if (name !== 'message') return;
    openFirst();
    setImmediate(hold);
  });
  process.on('removeListener', (name) => {
    if (name === 'message') hold();
  });
}
