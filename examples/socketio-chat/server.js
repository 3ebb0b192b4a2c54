// Socket.IO over WebSocket alone: a client then has one connection, and any of the processes may have it. The long polling
// that Socket.IO begins with otherwise needs all requests of a client at one process, which a shared port does not give.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer((_request, response) => response.end(JSON.stringify({ pid: process.pid })));
const io = new Server(http, { transports: ['websocket'] });
io.on('connection', (socket) => {
  socket.emit('hello', { pid: process.pid });
  // To the clients of this process. Those of the others are reached with an adapter (Redis, Postgres), as on several machines.
  socket.on('say', (text) => io.emit('said', { pid: process.pid, text }));
});
http.listen(Number(process.env.PORT ?? 3000), () => console.log('listening'));
