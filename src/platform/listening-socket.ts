/**
 * Sockets that are bound, listening and blocking, and on which nobody accepts: for programs that inherit them. Kept apart
 * from `bound-socket`, whose sockets only processes with our runtime can use.
 */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { connect } from 'node:net';
import { getSystemErrorMap } from 'node:util';
import type { DeclaredSocket, SocketAddress } from '../core/terms.ts';
import { type BoundHandle, bindSocket } from './bound-socket.ts';
import { removeSocketFile } from './unix-socket.ts';

/** Booting the program that listens takes 50 ms; a busy machine may need longer. */
const LISTEN_WITHIN_MS = 20_000;

export type Opened =
  | { readonly ok: true; readonly handles: readonly BoundHandle[] }
  /** `at` tells which; none is left open. */
  | { readonly ok: false; readonly at: number; readonly code: string; readonly text: string };

/** Binds all and listens on all, or leaves nothing open. */
export async function openSockets(wanted: readonly DeclaredSocket[], listenProgram: string): Promise<Opened> {
  const handles: BoundHandle[] = [];
  const give = (at: number, errno: number): Opened => {
    for (const handle of handles) handle.close();
    const [code, text] = getSystemErrorMap().get(errno) ?? [`errno ${-errno}`, 'unknown error'];
    return { ok: false, at, code, text };
  };
  for (const [at, { socket }] of wanted.entries()) {
    const bound = await bindOrTakeOver(socket);
    if (typeof bound === 'number') return give(at, bound);
    handles.push(bound);
  }
  const errnos = await listenOn(wanted, handles, listenProgram);
  const failed = errnos.findIndex((errno) => errno !== 0);
  return failed >= 0 ? give(failed, errnos[failed] ?? -1) : { ok: true, handles };
}

/** A descriptor that was handed down. It stays as it is: a handle of Node's own would make it non-blocking for everybody. */
export function inheritedSocket(fd: number): BoundHandle {
  let open = fd;
  return {
    get fd() {
      return open;
    },
    close() {
      if (open >= 0) closeSync(open);
      open = -1;
    },
  };
}

/** The path of a unix socket stays behind a machine that went down: it is taken over if nobody answers on it. */
async function bindOrTakeOver(socket: SocketAddress): Promise<BoundHandle | number> {
  const bound = bindStrictly(socket);
  if (typeof bound !== 'number' || socket.port !== -1 || socket.address === null) return bound;
  const code = await new Promise<string | undefined>((resolve) => {
    const client = connect(socket.address as string);
    client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    client.once('connect', () => {
      client.destroy();
      resolve(undefined);
    });
  });
  if (code !== 'ECONNREFUSED') return bound;
  removeSocketFile(socket.address, null);
  return bindStrictly(socket);
}

/** libuv keeps "address in use" until `listen`, which another process will do here. */
function bindStrictly(socket: SocketAddress): BoundHandle | number {
  const { address, addressType } = socket;
  const bound = bindSocket(address === null && addressType === 'udp6' ? { ...socket, address: '::' } : socket);
  if (typeof bound === 'number') {
    // A machine without IPv6.
    const isAnyDatagram = address === null && addressType === 'udp6' && bound !== IN_USE;
    return isAnyDatagram ? bindSocket({ ...socket, address: '0.0.0.0', addressType: 'udp4' }) : bound;
  }
  const errno = bound.getsockname?.({}) ?? 0;
  if (errno === 0) return bound;
  bound.close();
  return errno;
}

const IN_USE = [...getSystemErrorMap()].find(([, [code]]) => code === 'EADDRINUSE')?.[0] ?? -98;

function listenOn(
  wanted: readonly DeclaredSocket[],
  handles: readonly BoundHandle[],
  program: string,
): Promise<readonly number[]> {
  const backlogs = wanted.map(({ socket, backlog }) => (typeof socket.addressType === 'string' ? null : backlog));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, JSON.stringify(backlogs)], {
      timeout: LISTEN_WITHIN_MS,
      stdio: ['ignore', 'pipe', 'ignore', ...handles.map(({ fd }) => fd)],
    });
    let answer = '';
    child.stdout?.on('data', (chunk) => {
      answer += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(answer) as number[]);
      else reject(new Error(`${program} ended with ${code}`));
    });
  });
}
