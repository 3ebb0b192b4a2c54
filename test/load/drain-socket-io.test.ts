/** Socket.IO under reloads and restarts. */
import { createRequire } from 'node:module';
import { io } from 'socket.io-client';
import { expect } from 'vitest';
import { type Client, moreLoad, startClients } from '../helpers/clients.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';

const { resolve } = createRequire(import.meta.url);
const SOCKET_IO = JSON.stringify(resolve('socket.io'));

const ROOMS = `
const server = require('node:http').createServer();
const io = new (require(${SOCKET_IO}).Server)(server);
io.on('connection', (socket) => socket.on('say', (n, answer) => answer(n)));
server.listen(process.env.PORT, '127.0.0.1');
`;

async function start(rig: Rig, text: string, ...args: string[]): Promise<number> {
  const port = await freePort();
  rig.write('server.js', text);
  rig.env.PORT = String(port);
  await rig.must('start', 'server.js', '--merge-logs', '--min-healthy', '500ms', ...args);
  return port;
}

for (const verb of ['reload', 'restart'] as const) {
  test(`${verb} five times under load of 20 Socket.IO clients: they reconnect by themselves and every message is answered`, {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await start(rig, ROOMS, '-i', '2');
    let reconnects = 0;
    const load = startClients(20, (): Client => {
      const socket = io(`http://127.0.0.1:${port}`, {
        transports: ['websocket'],
        forceNew: true,
        // Attempts that are answered late stay alive; a message that was not answered is sent again.
        ackTimeout: 5_000,
        retries: 5,
      });
      socket.io.on('reconnect', () => {
        reconnects++;
      });
      let n = 0;
      return {
        async once() {
          const sent = ++n;
          const answer = await socket.emitWithAck('say', sent);
          if (answer !== sent) throw new Error(`${answer} came for ${sent}`);
        },
        close: () => void socket.close(),
      };
    });
    for (let i = 0; i < 5; i++) {
      await rig.must(verb, 'server', ...(verb === 'reload' ? ['--parallel', '2'] : []));
      await moreLoad(load, 50);
    }
    await load.stop();
    console.log(
      JSON.stringify({ verb, library: 'socket.io', messages: load.sent(), reconnects, failed: load.failures() }),
    );
    expect(load.failures()).toEqual([]);
    expect(reconnects).toBeGreaterThan(0);
  });
}
