/** Logs before the real programs that gather them on a machine: rsyslog over UDP, TCP and its socket, and systemd's journal. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { childrenOf } from '../helpers/companion.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const ECHO = "process.stdin.on('data', (text) => process.stdout.write(text)); process.stdin.resume();";

/** A program in the foreground, ended with the test. */
function runs(rig: Rig, command: string, args: readonly string[]): { readonly pid: number; said(): string } {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      said += text;
    });
  const ended = new Promise((resolve) => child.once('close', resolve));
  rig.onDispose(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { pid: child.pid as number, said: () => said };
}

async function shipTo(rig: Rig, urls: readonly string[]): Promise<void> {
  rig.write('echo.js', ECHO);
  await rig.must('start', 'echo.js', '--name', 'echo');
  for (const url of urls) await rig.must('ship', url, 'echo');
  for (const number of urls.keys())
    await until(
      () => (rig.read(`ship/${number}.state.json`).includes('echo-out.log') ? true : undefined),
      () => `what ships to ${urls[number]} to begin`,
    );
  await rig.must('send', 'echo', JSON.stringify({ level: 'error', message: 'it "broke"', code: 7 }));
  await rig.must('send', 'echo', 'all is wöll');
}

test('rsyslog reads what it is sent over UDP, TCP and its own socket', async ({ rig }) => {
  const [udp, tcp] = [await freePort(), await freePort()];
  const [socket, out] = [join(rig.root, 'log'), join(rig.root, 'syslog.json')];
  const property = (name: string): string => `property(outname="${name}" name="${name}" format="jsonf")`;
  const properties = [
    'inputname',
    'app-name',
    'procid',
    'msgid',
    'syslogfacility-text',
    'syslogseverity',
    'structured-data',
    'msg',
  ];
  writeFileSync(
    join(rig.root, 'rsyslog.conf'),
    `global(workDirectory="${rig.root}")
module(load="imudp")
module(load="imtcp")
module(load="imuxsock" SysSock.Use="off")
input(type="imudp" address="127.0.0.1" port="${udp}")
input(type="imtcp" address="127.0.0.1" port="${tcp}")
input(type="imuxsock" Socket="${socket}")
template(name="json" type="list" option.jsonf="on") { ${properties.map(property).join(' ')} }
action(type="omfile" file="${out}" template="json")
`,
  );
  const rsyslog = runs(rig, 'rsyslogd', [
    '-n',
    '-f',
    join(rig.root, 'rsyslog.conf'),
    '-i',
    join(rig.root, 'rsyslog.pid'),
  ]);
  await until(
    () => (existsSync(socket) ? true : undefined),
    () => `rsyslog's socket: ${rsyslog.said()}`,
  );
  await shipTo(rig, [
    `syslog+udp://127.0.0.1:${udp}`,
    `syslog+tcp://127.0.0.1:${tcp}?facility=local3`,
    `syslog:${socket}`,
  ]);
  type Received = Readonly<Record<string, string>>;
  const received = await until(
    () => {
      const lines = (existsSync(out) ? readFileSync(out, 'utf8') : '').split('\n').filter((line) => line !== '');
      return lines.length < 6 ? undefined : lines.map((line) => JSON.parse(line) as Received);
    },
    () => `six messages: ${existsSync(out) ? readFileSync(out, 'utf8') : ''} ${rsyslog.said()}`,
  );
  for (const input of ['imudp', 'imtcp', 'imuxsock']) {
    const own = received.filter(({ inputname }) => inputname === input);
    expect(own.map(({ msg }) => msg?.trim())).toEqual(['it "broke"', 'all is wöll']);
    expect(own.map(({ syslogseverity }) => syslogseverity)).toEqual(['3', '6']);
    expect(own[0]).toMatchObject({ 'app-name': 'echo', 'syslogfacility-text': input === 'imtcp' ? 'local3' : 'user' });
    if (input !== 'imuxsock')
      expect(own[0]).toMatchObject({
        procid: '0',
        msgid: 'out',
        'structured-data': expect.stringContaining('app="echo"'),
      });
  }
});

/** systemd's journal with a /run of its own, which is seen from here below its /proc entry. */
const JOURNAL = `
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal /run/log/journal
exec /lib/systemd/systemd-journald
`;

test("systemd's journal has each app under its name, with severities", async ({ rig }) => {
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', JOURNAL];
  const journald = runs(rig, 'unshare', words);
  const root = `/proc/${journald.pid}/root`;
  const path = `${root}/run/systemd/journal/stdout`;
  await until(
    () => (existsSync(path) ? true : undefined),
    () => `the journal's socket: ${journald.said()} ${childrenOf(journald.pid)}`,
  );
  await shipTo(rig, [`journald:${path}`]);
  const entries = await until(
    () => {
      const args = ['-D', `${root}/run/log/journal`, '-o', 'json', '--no-pager', 'SYSLOG_IDENTIFIER=echo'];
      const lines = execFileSync('journalctl', args, { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line !== '');
      return lines.length < 2 ? undefined : lines.map((line) => JSON.parse(line) as Record<string, string>);
    },
    () => 'two entries in the journal',
  );
  expect(entries.map(({ MESSAGE, PRIORITY, _TRANSPORT }) => [MESSAGE, PRIORITY, _TRANSPORT])).toEqual([
    ['it "broke"', '3', 'stdout'],
    ['all is wöll', '6', 'stdout'],
  ]);
});
