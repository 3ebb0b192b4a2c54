/** A daemon that only answers what a test tells it to, so that a client can meet 300 processes without starting any. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { MethodName } from '../../src/protocol/control.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/control.ts';
import { Peer } from '../../src/protocol/peer.ts';
import type { Rig } from './rig.ts';

/** Answers by method; what is not there is refused. Ends with the test. */
export async function fakeDaemon(
  rig: Rig,
  answers: Partial<Record<MethodName, (params: unknown) => unknown>>,
): Promise<void> {
  mkdirSync(rig.home, { recursive: true, mode: 0o700 });
  const hello = {
    protocol: PROTOCOL_VERSION,
    version: '0.1.0',
    pid: process.pid,
    home: rig.home,
    startedAt: 0,
    node: process.version,
  };
  const peers = new Set<Peer>();
  const server = createServer((socket) => {
    const peer = new Peer(socket, {
      onRequest: (method, params) => {
        if (method === 'daemon.ping') return { ...hello, ...(answers['daemon.ping']?.(params) as object) };
        const answer = answers[method as MethodName];
        if (answer === undefined) throw new Error(`the fake daemon has no ${method}`);
        return answer(params);
      },
    });
    peers.add(peer);
  });
  await new Promise<void>((resolve) => server.listen(rig.paths.rpcSocket, resolve));
  rig.onDispose(async () => {
    for (const peer of peers) peer.close();
    await new Promise((resolve) => server.close(resolve));
  });
}
