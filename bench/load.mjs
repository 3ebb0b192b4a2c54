// Requests to an app while something happens to it, each counted as answered or failed. Without both kinds of connection a
// manager that cuts the kept-alive ones, or refuses new ones, would look as good as one that does neither.
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { sleep } from './measure.mjs';

/** What is not answered in this time has failed. */
const LIMIT_MS = 5_000;

/** One request on a connection of its own. @returns whether it was answered */
export const once = (port) =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n'),
    );
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.setTimeout(LIMIT_MS, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer.startsWith('HTTP/1.1 200') && answer.includes('hello')));
  });

const kept = (port, agent) =>
  new Promise((resolve) => {
    let text = '';
    const request = get({ host: '127.0.0.1', port, agent, timeout: LIMIT_MS }, (response) => {
      response.setEncoding('latin1');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(response.statusCode === 200 && text.includes('hello')));
      response.on('error', () => resolve(false));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    // Whatever the response became: 'end' has come before, or never will.
    request.on('close', () => resolve(false));
  });

/** An app that takes 20 ms for an answer, says who it is, and does nothing about signals. */
export const SERVER = `require('node:http').createServer((_, r) => setTimeout(() => r.end('hello ' + process.pid), 20)).listen(process.env.PORT, '127.0.0.1');`;

/** 8 clients with connections that stay, 8 with one each time. @returns how to end it, with the counts */
export function load(port) {
  const counts = { answered: 0, failed: 0 };
  let isOver = false;
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const client = async (ask) => {
    while (!isOver) {
      const isAnswered = await ask();
      counts[isAnswered ? 'answered' : 'failed']++;
      // A port that refuses does so at once: without a pause the count would tell how fast this loop is.
      if (!isAnswered) await sleep(20);
    }
  };
  const clients = Array.from({ length: 16 }, (_, i) =>
    client(i % 2 === 0 ? () => kept(port, agent) : () => once(port)),
  );
  return async () => {
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
    return counts;
  };
}
