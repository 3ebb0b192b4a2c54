/**
 * A way in that is this process's own: a port of loopback whose connections go to one of its shared servers. Without it a
 * probe of a shared port would be answered by any of the processes, and a bad one would pass.
 */
import type { Server } from 'node:net';
import type { Door } from '../protocol/agent.ts';
import type { Gates } from './gate.ts';

const doors = new Map<Server, Door>();

/** Opens what is not open yet. */
export function openDoors(gates: Gates, tell: (doors: readonly Door[]) => void): void {
  const net = require('node:net') as typeof import('node:net');
  const servers = new Map(gates.all.map((gate) => [gate.server, gate.socket.port] as const));
  let awaited = 1;
  const done = (): void => {
    awaited--;
    if (awaited === 0) tell([...doors.values()]);
  };
  for (const [server, port] of servers) {
    if (doors.has(server)) continue;
    awaited++;
    const door = net.createServer({ pauseOnConnect: false }, (socket) => server.emit('connection', socket));
    door.on('error', done);
    // Exclusive: not by way of the daemon.
    door.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      const address = door.address();
      if (address !== null && typeof address === 'object') doors.set(server, { port, at: address.port });
      done();
    });
    door.unref();
    server.once('close', () => {
      doors.delete(server);
      door.close();
    });
  }
  done();
}
