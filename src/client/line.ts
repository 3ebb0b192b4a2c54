/**
 * One typed line to a daemon: find it, connect, say hello. Without the hello a client could talk to a daemon of
 * another protocol and misread every answer.
 */
import { UpkeepError } from '../core/errors.ts';
import type { HomePaths } from '../platform/paths.ts';
import { connectTo } from '../platform/unix-socket.ts';
import { CONTROL_PROTOCOL, type Hello, type MethodName, type Methods, type Notices } from '../protocol/control.ts';
import { Peer, type Wire } from '../protocol/peer.ts';
import { agreedProtocol, mismatch, otherVersion } from '../protocol/versions.ts';
import { refuseForeign } from './own-home.ts';
import { VERSION } from './version.ts';

/** Methods that may be asked before the daemon has said who it is: they change nothing and have no parameters. */
export type AheadMethod = 'instance.list';

export interface Line {
  readonly hello: Hello;
  /** The answer to what was asked together with the hello. */
  readonly ahead: Promise<Methods[AheadMethod]['result']> | null;
  readonly isOpen: boolean;
  request<M extends MethodName>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']>;
  onClose(listener: () => void): void;
  close(): void;
}

/** What is done with what the daemon pushes. */
export type NoticeListener = <N extends keyof Notices>(notice: N, value: Notices[N]) => void;

export interface LineOptions {
  readonly paths: HomePaths;
  /** Spawn a daemon where none lives. */
  readonly startDaemon: boolean;
  /** Environment from which a new daemon's is taken. */
  readonly env: NodeJS.ProcessEnv;
  /** For `update` and `kill`, which must work with any daemon. */
  readonly anyProtocol?: boolean;
  /** Ask this together with the hello: it saves `list` a round trip. */
  readonly ahead?: AheadMethod;
  readonly onNotice?: NoticeListener;
  /** Told when the daemon is of another version. */
  readonly onNote?: (note: string) => void;
}

export const isLost = (error: unknown): error is UpkeepError =>
  error instanceof UpkeepError && error.code === 'NO_DAEMON';

/** @throws UpkeepError NO_DAEMON, VERSION_MISMATCH */
export async function openLine(options: LineOptions): Promise<Line> {
  refuseForeign(options.paths, 'talk');
  return open(options, true);
}

async function open(options: LineOptions, mayTryAgain: boolean): Promise<Line> {
  let socket = await connectTo(options.paths.rpcSocket);
  if (socket === null) {
    // Its own chunk: only the first command in a home needs to start anything.
    const { awaitDaemon } = await import('./start-daemon.ts');
    socket = await awaitDaemon(options);
  }
  const { onNotice } = options;
  const peer = new Peer(
    socket as Wire,
    onNotice === undefined ? {} : { onNotice: (name, value) => onNotice(name as keyof Notices, value as never) },
  );
  const request: Line['request'] = (method, params) => peer.request(method, params) as never;
  try {
    const greeting = request('daemon.ping', { ...CONTROL_PROTOCOL, version: VERSION });
    const ahead = options.ahead === undefined ? null : request(options.ahead, {});
    // Whoever wants the answer will see its failure.
    ahead?.catch(() => {});
    const hello = await greeting;
    checkHello(hello, options);
    return {
      hello,
      ahead,
      get isOpen() {
        return peer.isOpen;
      },
      request,
      onClose: (listener) => peer.onClose(listener),
      close: () => peer.close(),
    };
  } catch (error) {
    peer.close();
    // The daemon was replaced or killed while we greeted it: there is another one, or soon will be.
    if (mayTryAgain && isLost(error)) return open(options, false);
    throw error;
  }
}

function checkHello({ protocol, version }: Hello, { anyProtocol, onNote }: LineOptions): void {
  if (agreedProtocol({ protocol }, CONTROL_PROTOCOL) === null && anyProtocol !== true) {
    throw new UpkeepError({
      code: 'VERSION_MISMATCH',
      ...mismatch({ version, protocol }, { version: VERSION, protocol: CONTROL_PROTOCOL.protocol }),
    });
  }
  if (version !== VERSION) onNote?.(otherVersion(version, VERSION));
}
