/** Datagram sockets of a Node app in fork mode: what is sent while it restarts waits for its successor. */
import { createSocket, type Socket } from 'node:dgram';
import { describe, expect } from 'vitest';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const echo = (bind: string, before = ''): string => `
${before}
const socket = require('node:dgram').createSocket('udp4');
socket.on('error', (error) => console.log('error', error.code));
socket.on('message', (message, from) => socket.send(process.pid + ' ' + message, from.port, from.address));
socket.${bind};
`;

interface Client {
  readonly answers: readonly string[];
  send(text: string): void;
}

function clientOf(rig: Rig, port: number): Client {
  const socket: Socket = createSocket('udp4');
  rig.onDispose(() => void socket.close());
  const answers: string[] = [];
  socket.on('message', (message) => answers.push(String(message)));
  // Refused datagrams are told as errors of a connected socket only: here they are just never answered.
  return { answers, send: (text) => socket.send(text, port, '127.0.0.1') };
}

const answered = (client: Client, count: number): Promise<true> =>
  until(
    () => (client.answers.length >= count ? true : undefined),
    () => `${count} answers; ${client.answers.length} came`,
  );

/** Sends until the app answers: it may still be binding. */
async function reach(client: Client): Promise<void> {
  const before = client.answers.length;
  await until(
    () => {
      if (client.answers.length > before) return true;
      client.send('hello');
      return undefined;
    },
    () => 'the app to answer',
  );
}

describe('a datagram socket in fork mode', () => {
  test('what comes while a restart takes 1 s is answered, each once, by the new process', async ({ rig }) => {
    const port = await freePort();
    rig.write('echo.js', echo(`bind(${port}, '127.0.0.1', () => console.log('bound', socket.address().port))`));
    await rig.must('start', 'echo.js');
    const client = clientOf(rig, port);
    await reach(client);
    const { pid } = await rig.one('echo');
    rig.write('echo.js', `setTimeout(() => {${echo(`bind({ port: ${port}, address: '127.0.0.1' })`)}}, 1000);`);
    process.kill(pid, 'SIGKILL');
    await rig.when('echo', (instance) => instance.pid !== pid && instance.pid !== 0, 'to have a successor');
    const numbers = Array.from({ length: 20 }, (_, i) => String(i));
    const before = client.answers.length;
    for (const number of numbers) client.send(number);
    await answered(client, before + numbers.length);
    const { pid: next } = await rig.one('echo');
    expect(client.answers.filter((answer) => answer.startsWith(`${next} `) && !answer.endsWith('hello'))).toEqual(
      numbers.map((number) => `${next} ${number}`),
    );
    expect(rig.read('logs/echo-error.log')).toBe('');
  });

  test('the daemon dies in between; bind, address, send before bound and close behave as ever', async ({ rig }) => {
    const port = await freePort();
    rig.write(
      'echo.js',
      `${echo(`bind(${port}, '127.0.0.1')`)}
      socket.send('early', ${port}, '127.0.0.1', () => console.log('sent from', socket.address().port));
      try { socket.bind(${port}); } catch (error) { console.log(error.code); }
      socket.once('listening', () => console.log('listening', JSON.stringify(socket.address())));
      process.on('SIGINT', () => socket.close(() => process.exit(0)));`,
    );
    await rig.must('start', 'echo.js');
    const client = clientOf(rig, port);
    await reach(client);
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
    for (let i = 0; i < 2; i++) await rig.must('restart', 'echo');
    await reach(client);
    const log = rig.read('logs/echo-out.log');
    expect(log.match(/^ERR_SOCKET_ALREADY_BOUND$/gm)?.length).toBe(3);
    expect(log.match(new RegExp(`^sent from ${port}$`, 'gm'))?.length).toBe(3);
    expect(log.match(new RegExp(`^listening .*"port":${port}`, 'gm'))?.length).toBe(3);
    expect(log).not.toContain('error');
  });

  test('a membership of a multicast group can be asked for again; stop lets the port go', async ({ rig }) => {
    const port = await freePort();
    const join = `bind(${port}, () => { socket.addMembership('239.255.0.1', '127.0.0.1'); console.log('joined'); })`;
    rig.write('echo.js', echo(join));
    await rig.must('start', 'echo.js');
    await rig.must('restart', 'echo');
    await until(
      () => (rig.read('logs/echo-out.log').match(/^joined$/gm)?.length === 2 ? true : undefined),
      () => 'it to join twice',
    );
    await rig.must('stop', 'echo');
    const other = createSocket('udp4');
    rig.onDispose(() => void other.close());
    await new Promise<void>((resolve, reject) => {
      other.once('error', reject);
      other.bind(port, () => resolve());
    });
  });

  test("a port in use is the error of the app's own socket", async ({ rig }) => {
    const port = await freePort();
    const other = createSocket('udp4');
    rig.onDispose(() => void other.close());
    await new Promise<void>((resolve) => other.bind(port, '127.0.0.1', resolve));
    rig.write('echo.js', `${echo(`bind(${port}, '127.0.0.1')`)}setInterval(() => {}, 1000);`);
    await rig.must('start', 'echo.js');
    await until(
      () => (rig.read('logs/echo-out.log').includes('error EADDRINUSE') ? true : undefined),
      () => 'the error',
    );
  });
});
