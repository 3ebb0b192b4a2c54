/** A daemon that answers as it is told, on a real unix socket in a home of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathsOf } from '../../../src/platform/paths.ts';
import { type Hello, type MethodName, PROTOCOL_VERSION } from '../../../src/protocol/control.ts';
import { Peer } from '../../../src/protocol/peer.ts';

type Answer = (params: Record<string, unknown>, peer: Peer) => unknown;

let nextPid = 1000;

export class FakeDaemon {
  readonly home: string;
  readonly hello: Hello;
  readonly answers: Partial<Record<MethodName, Answer>>;
  readonly asked: { readonly method: string; readonly params: unknown }[] = [];
  readonly peers: Peer[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  constructor(home: string, answers: Partial<Record<MethodName, Answer>> = {}, hello: Partial<Hello> = {}) {
    this.home = home;
    this.answers = answers;
    this.hello = {
      protocol: PROTOCOL_VERSION,
      version: '0.0.0-test',
      pid: nextPid++,
      home,
      startedAt: nextPid,
      node: '20',
      ...hello,
    };
  }

  async start(): Promise<this> {
    rmSync(pathsOf(this.home).rpcSocket, { force: true });
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      const peer: Peer = new Peer(socket, {
        onRequest: (method, params, from) => {
          this.asked.push({ method, params });
          if (method === 'daemon.ping' && this.answers[method] === undefined) return this.hello;
          const answer = this.answers[method as MethodName];
          if (answer === undefined) throw new Error(`not told what to answer to ${method}`);
          return answer(params as Record<string, unknown>, from);
        },
      });
      this.peers.push(peer);
    });
    await new Promise<void>((resolve) => this.#server?.listen(pathsOf(this.home).rpcSocket, resolve));
    return this;
  }

  /** As a SIGKILL would: no answers, no goodbye. */
  async die(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}

export function makeTestHome(): { readonly home: string; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), 'upkeep-client-'));
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) };
}
