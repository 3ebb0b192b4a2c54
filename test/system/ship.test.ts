/** Logs on their way to receivers: real processes, receivers that are away, daemons and shippers that are killed. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'vitest';
import { CERTIFICATE, KEY } from '../helpers/certificate.ts';
import { collectorOn } from '../helpers/otlp.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { parseSyslog, type SyslogMessage, takeCounted } from '../helpers/syslog.ts';
import { until } from '../helpers/until.ts';

const SECRET = 'a-secret-that-nobody-may-see';

/** Numbered lines until it is told to end; then how many there were. */
const COUNTER = `
  let n = 0;
  const more = () => { for (let i = 0; i < 10; i++) console.log('line ' + n++ + ' ' + 'x'.repeat(60)); };
  const timer = setInterval(more, 10);
  process.on('SIGINT', () => { clearInterval(timer); console.log('all ' + n); });
`;

const numbersIn = (texts: readonly string[]): Set<number> =>
  new Set(texts.flatMap((text) => /^line (\d+) /.exec(text)?.[1] ?? []).map(Number));
const totalIn = (texts: readonly string[]): number | undefined =>
  texts.flatMap((text) => /^all (\d+)$/.exec(text)?.[1] ?? []).map(Number)[0];

const shipments = async (rig: Rig) =>
  JSON.parse(await rig.must('ship', '--json')) as {
    readonly status: string;
    readonly lines: { readonly sent: number; readonly refused: number };
    readonly gaps: number;
    readonly trouble: { readonly why: string } | null;
  }[];

/** Shipping has begun: from here on no line may be missing. */
const began = (rig: Rig): Promise<true> =>
  until(
    () => (rig.read('ship/0.state.json').includes('-out.log') ? true : undefined),
    () => 'a first place in the state of what ships',
  );

test('loses no line while collector, daemon and shipper are away, over rotations; and shows no header', async ({
  rig,
}) => {
  const collector = await collectorOn();
  rig.onDispose(() => collector.close());
  collector.answer = { status: 503 };
  rig.write('app.js', 'setInterval(() => {}, 1000);');
  await rig.must('start', 'app.js', '--name', 'idle');
  rig.write('headers', `# for the collector\nAuthorization: Bearer ${SECRET}\n`);
  const url = `otlp+http://127.0.0.1:${collector.port}`;
  await rig.must('ship', url, '--logs', '--header-file', 'headers', '--resource', 'deployment.environment.name=test');
  await began(rig);
  rig.write('counter.js', COUNTER);
  await rig.must('start', 'counter.js', '--name', 'counter', '--log-max-size', '60K', '--log-keep', '200');
  await until(
    async () => ((await shipments(rig))[0]?.trouble?.why.includes('503') ? true : undefined),
    () => 'the trouble to be told',
  );

  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  const log = join(rig.home, 'logs/counter-out.log');
  const inode = statSync(log).ino;
  await until(
    () => (statSync(log, { throwIfNoEntry: false })?.ino === inode ? undefined : true),
    () => 'a rotation',
  );
  collector.answer = null;
  await until(
    () => (collector.bodies.length > 1000 ? true : undefined),
    () => `lines to arrive; there are ${collector.bodies.length}`,
  );
  process.kill((await rig.one('upkeep-ship-0')).pid, 'SIGKILL');
  const before = collector.bodies.length;
  await until(
    () => (collector.bodies.length > before + 1000 ? true : undefined),
    () => 'lines to arrive from the next process that ships',
  );
  await rig.must('stop', 'counter');
  const total = await until(
    () => totalIn(collector.bodies),
    () => 'the last line',
  );
  expect(numbersIn(collector.bodies).size).toBe(total);
  expect(collector.problems).toEqual([]);
  expect(collector.headers.at(-1)).toMatchObject({ authorization: `Bearer ${SECRET}` });
  expect(collector.records[0]?.resource).toMatchObject({
    'service.name': 'counter',
    'service.namespace': 'default',
    'deployment.environment.name': 'test',
  });
  const last = await until(
    async () => (await shipments(rig)).find(({ trouble }) => trouble === null),
    () => 'the end of the trouble to be told',
  );
  expect(last).toMatchObject({ status: 'online', gaps: 0 });

  // Two files that only this user reads hold it; nothing that is shown does.
  for (const file of ['ship/0.json', 'ship']) expect(statSync(join(rig.home, file)).mode & 0o077).toBe(0);
  const pid = (await rig.one('upkeep-ship-0')).pid;
  const shown = [
    await rig.must('ship'),
    await rig.must('ship', '--json'),
    await rig.must('jlist'),
    await rig.must('describe', 'upkeep-ship-0'),
    rig.read('logs/upkeep-ship-0-error.log'),
    ...['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1')),
  ].join('\n');
  expect(shown).not.toContain(SECRET);

  await rig.must('ship', '--stop', url);
  expect(await shipments(rig)).toEqual([]);
  expect((await rig.list()).map(({ name }) => name)).toEqual(['idle', 'counter']);
});

test('sends what is left when it is ended, and goes on from there', async ({ rig }) => {
  const collector = await collectorOn();
  rig.onDispose(() => collector.close());
  rig.write('app.js', "process.stdin.on('data', (text) => process.stdout.write(text)); process.stdin.resume();");
  await rig.must('start', 'app.js', '--name', 'echo');
  await rig.must('ship', `otlp+http://127.0.0.1:${collector.port}`, '--logs');
  await began(rig);
  await rig.must('send', 'echo', 'one');
  await until(
    () => (collector.bodies.includes('one') ? true : undefined),
    () => 'the first line',
  );
  await rig.must('stop', 'upkeep-ship-0');
  await rig.must('send', 'echo', '{"level":"error","message":"two"}');
  await rig.must('send', 'echo', 'three');
  await until(
    () => (rig.read('logs/echo-out.log').includes('three') ? true : undefined),
    () => 'the lines in the log',
  );
  await rig.must('start', 'upkeep-ship-0');
  await until(
    () => (collector.bodies.includes('three') ? true : undefined),
    () => `the lines that were written meanwhile; there are ${collector.bodies}`,
  );
  expect(collector.bodies).toEqual(['one', 'two', 'three']);
  expect(collector.records[1]?.severityNumber).toBe(17);
  expect(collector.problems).toEqual([]);

  // What a receiver refuses for good is counted, and holds up nothing.
  collector.answer = { status: 400 };
  const refused = collector.requests;
  await rig.must('send', 'echo', 'bad');
  await until(
    () => (collector.requests > refused ? true : undefined),
    () => 'the line to be refused',
  );
  collector.answer = null;
  await rig.must('send', 'echo', 'good');
  await until(
    () => (collector.bodies.includes('good') ? true : undefined),
    () => 'the line after it',
  );
  expect(collector.bodies).toEqual(['one', 'two', 'three', 'good']);
  await until(
    async () => ((await shipments(rig))[0]?.lines.refused === 1 ? true : undefined),
    () => 'the count of what was refused',
  );
});

test('sends syslog over TLS that a strict reader takes, and again after the receiver was away', async ({ rig }) => {
  const messages: SyslogMessage[] = [];
  const problems: unknown[] = [];
  const listen = (port: number) => {
    const server = createTlsServer({ key: KEY, cert: CERTIFICATE }, (socket) => {
      let held: Buffer = Buffer.alloc(0);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        try {
          const { messages: whole, rest } = takeCounted(Buffer.concat([held, chunk]));
          held = rest;
          messages.push(...whole.map(parseSyslog));
        } catch (error) {
          problems.push(error);
        }
      });
      sockets.add(socket);
    });
    const sockets = new Set<import('node:tls').TLSSocket>();
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    return new Promise<{ port: number; close: () => Promise<void> }>((resolve) =>
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve({ port: typeof address === 'object' && address !== null ? address.port : 0, close });
      }),
    );
  };
  const first = await listen(0);
  writeFileSync(join(rig.root, 'ca.pem'), CERTIFICATE);
  rig.write('app.js', "process.stdin.on('data', (text) => process.stdout.write(text)); process.stdin.resume();");
  await rig.must('start', 'app.js', '--name', 'echo');
  // Its name is in its certificate; its address is not.
  await rig.must('ship', `syslog+tls://localhost:${first.port}?facility=local3&ca=${join(rig.root, 'ca.pem')}`, 'echo');
  await began(rig);
  const seen = (text: string) =>
    until(
      () => messages.find(({ message }) => message === text),
      () => `${text}; there are ${JSON.stringify(messages)} ${problems}`,
    );
  await rig.must('send', 'echo', JSON.stringify({ level: 'warn', message: 'two\nlines' }));
  expect(await seen('two\nlines')).toMatchObject({ facility: 19, severity: 4, app: 'echo', procId: '0', msgId: 'out' });
  await first.close();
  await rig.must('send', 'echo', 'while it was away');
  await until(
    async () => ((await shipments(rig))[0]?.trouble == null ? undefined : true),
    () => 'the trouble to be told',
  );
  const second = await listen(first.port);
  rig.onDispose(() => second.close());
  await seen('while it was away');
  expect(problems).toEqual([]);
});

test('refuses what it cannot do, with what to do instead', async ({ rig }) => {
  const refused = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await rig.run('ship', ...words);
    expect(code).toBe(1);
    return stderr;
  };
  expect(await refused('http://collector:4318')).toMatch(/cannot ship to .*\n.*otlp\+http/);
  expect(await refused('syslog+tcp://host', '--metrics')).toContain('syslog and journald take logs only');
  expect(await refused('otlp+http://host', '--interval', 'often')).toContain('--interval takes a time');
  expect(await refused('otlp+http://host', '--header', 'no')).toContain('--header takes name=value');
  expect(await refused('--stop', '7')).toContain('nothing is shipped to 7');
  expect(await refused('otlp+http://host', 'nobody')).toContain('nobody');
  expect(await rig.must('ship')).toContain('Nothing is shipped');
});
