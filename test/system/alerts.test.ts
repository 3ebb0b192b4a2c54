/** Alerts from the event to the receiver: every kind of destination, receivers that fail, a daemon that dies in between. */
import { createHmac } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { GenericMessage } from '../../src/core/alerts/message.ts';
import { Receiver } from '../helpers/receiver.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** Ends at once while the file beside it is there; then it stays. */
const FRAGILE = `if (require('node:fs').existsSync('broken')) process.exit(3); setInterval(() => {}, 1000);`;
const STAYS = 'setInterval(() => {}, 1000)';

const use = async (rig: Rig, content: unknown): Promise<void> => {
  rig.write('alerts.json', JSON.stringify(content));
  await rig.must('alerts', 'use', 'alerts.json');
};

const messages = (receiver: Receiver, path: string): readonly GenericMessage[] =>
  receiver.taken(path).map(({ text }) => JSON.parse(text) as GenericMessage);

const statesOf = (all: readonly GenericMessage[]): readonly string[] =>
  all.flatMap(({ alerts }) => alerts.map(({ state, rule, app, number }) => `${state} ${number} ${rule} ${app}`));

const count = (receiver: Receiver, path: string, wanted: number): Promise<true> =>
  until(
    () => (receiver.taken(path).length >= wanted ? true : undefined),
    () => `${wanted} messages at ${path}; there were ${JSON.stringify(receiver.received)}`,
  );

test.concurrent('receivers that fail, hang or are not there at first get exactly what is due, once it is raised and once it is over', async ({
  rig,
}) => {
  const receiver = new Receiver(rig);
  await receiver.listen();
  const late = new Receiver(rig);
  const latePort = await freePort();
  receiver.be('/failing', 'fail');
  receiver.be('/hanging', 'hang');
  const sendmail = rig.write('sendmail', `#!/bin/sh\necho "$@" >> ${rig.root}/mails; cat >> ${rig.root}/mails\n`);
  chmodSync(sendmail, 0o755);
  await use(rig, {
    group_wait: '50ms',
    defaults: false,
    rules: { errored: true },
    destinations: {
      failing: { webhook: receiver.url('/failing'), secret: 'key', headers: { 'X-Team': 'a' } },
      hanging: { webhook: receiver.url('/hanging'), timeout: '2s' },
      absent: { webhook: `http://127.0.0.1:${latePort}/absent` },
      slack: { slack: receiver.url('/slack') },
      discord: { discord: receiver.url('/discord') },
      other: { webhook: receiver.url('/other'), apps: 'other' },
      first: { webhook: receiver.url('/first'), recovery: false },
      mail: { mail: ['ops@example.com'], sendmail },
      program: {
        command: [
          'sh',
          '-c',
          `cat >> ${rig.root}/lines; echo "$UPKEEP_ALERT_STATE $UPKEEP_ALERT_APP" >> ${rig.root}/vars`,
        ],
      },
    },
  });
  rig.write('fragile.js', FRAGILE);
  rig.write('broken', '');
  await rig.run('start', 'fragile.js', '--name', 'api', '--max-restarts', '1');
  // That one was not there is known; now it comes.
  await until(
    async () => {
      const { destinations } = await rig.call('alerts.status', {});
      return destinations.find(({ name }) => name === 'absent')?.lastError === 'ECONNREFUSED' ? true : undefined;
    },
    () => 'the refused connection to be told',
  );
  await late.listen(latePort);
  await count(late, '/absent', 1);
  for (const path of ['/failing', '/hanging', '/slack', '/discord', '/first']) await count(receiver, path, 1);
  await until(
    () => (existsSync(join(rig.root, 'mails')) && existsSync(join(rig.root, 'vars')) ? true : undefined),
    () => 'mail and program',
  );

  // Well again.
  rmSync(join(rig.root, 'broken'));
  await rig.must('restart', 'api');
  await count(late, '/absent', 2);
  for (const path of ['/failing', '/hanging', '/slack', '/discord']) await count(receiver, path, 2);
  await until(
    () => (rig.read(join(rig.root, 'vars')).includes('cleared') ? true : undefined),
    () => 'the end to be told to the program',
  );
  await until(
    () => (rig.read(join(rig.root, 'mails')).split('Subject:').length === 3 ? true : undefined),
    () => 'two mails',
  );

  const due = ['raised 1 errored api', 'cleared 1 errored api'];
  for (const [from, path] of [
    [receiver, '/failing'],
    [receiver, '/hanging'],
    [late, '/absent'],
  ] as const)
    expect(statesOf(messages(from, path)), path).toEqual(due);
  expect(statesOf(messages(receiver, '/first'))).toEqual(due.slice(0, 1));
  expect(receiver.taken('/other')).toEqual([]);
  // The same message, byte for byte, as the one that failed; and it is genuine.
  const attempts = receiver.received.filter(({ path }) => path === '/failing');
  expect(attempts.map(({ mood }) => mood)).toEqual(['fail', 'take', 'take']);
  expect(attempts[1]?.text).toBe(attempts[0]?.text);
  expect(attempts.map(({ headers }) => headers['upkeep-message'])).toEqual(['1', '1', '2']);
  for (const { headers, text } of attempts) {
    const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['upkeep-signature'])) ?? [];
    expect(createHmac('sha256', 'key').update(`${t}.${text}`).digest('hex')).toBe(v1);
    expect(headers).toMatchObject({ 'x-team': 'a', 'content-type': 'application/json' });
  }
  const slack = receiver.taken('/slack').map(({ text }) => JSON.parse(text));
  expect(slack.map(({ attachments: [{ color }] }) => color)).toEqual(['#dc2626', '#16a34a']);
  expect(slack[0].text).toMatch(/api \(0\): errored: /);
  const discord = receiver.taken('/discord').map(({ text }) => JSON.parse(text));
  expect(discord.map(({ embeds: [{ color }] }) => color)).toEqual([0xdc2626, 0x16a34a]);
  expect(
    statesOf(
      rig
        .read(join(rig.root, 'lines'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as GenericMessage),
    ),
  ).toEqual(due);
  expect(rig.read(join(rig.root, 'vars'))).toBe('raised api\ncleared api\n');
  const mails = rig.read(join(rig.root, 'mails'));
  expect(mails).toContain('-t -oi\n');
  expect(mails).toContain('To: ops@example.com\n');

  const { events } = await rig.call('events.follow', { after: 0 });
  const of = (kind: string): readonly string[] =>
    events
      .filter((event) => event.kind === kind)
      .map(({ details, name }) => String(details?.destination ?? name))
      .sort();
  expect(of('alert-unsent')).toEqual(['absent', 'failing', 'hanging']);
  expect(of('alert-sent-again')).toEqual(['absent', 'failing', 'hanging']);
  expect([of('alert-raised'), of('alert-cleared')]).toEqual([['api'], ['api']]);
});

test.concurrent('the daemon is killed between raise and delivery: the next one sends the same message, and the end is told once', async ({
  rig,
}) => {
  const receiver = new Receiver(rig);
  await receiver.listen();
  receiver.be('/hook', 'hang');
  await use(rig, {
    group_wait: '20ms',
    rules: { daemon: false },
    destinations: { ops: { webhook: receiver.url('/hook'), timeout: '2m' } },
  });
  rig.write('fragile.js', FRAGILE);
  const broken = rig.write('broken', '');
  await rig.run('start', 'fragile.js', '--name', 'api', '--max-restarts', '1');
  const first = await until(
    () => receiver.received[0],
    () => 'the first attempt',
  );
  const pid = await rig.daemonPid();
  process.kill(pid, 'SIGKILL');
  await rig.nextDaemon(pid);
  await count(receiver, '/hook', 1);
  expect(receiver.taken('/hook')[0]?.text).toBe(first.text);
  rmSync(broken);
  await rig.must('restart', 'api');
  await count(receiver, '/hook', 2);
  expect(statesOf(messages(receiver, '/hook'))).toEqual(['raised 1 errored api', 'cleared 1 errored api']);
  const list = await rig.call('alerts.list', {});
  expect(list).toEqual([expect.objectContaining({ number: 1, rule: 'errored', name: 'api' })]);
  expect(list[0]?.clearedAt).not.toBeNull();
  expect(await rig.must('events', '--kind', 'daemon-lost')).toContain(`daemon ${pid} was killed or crashed`);
});

test.concurrent('no more messages than allowed: what is above that goes out in one, later, and nothing is left out', async ({
  rig,
}) => {
  const receiver = new Receiver(rig);
  await receiver.listen();
  const allow = (per: string): Promise<void> =>
    use(rig, {
      group_wait: 0,
      defaults: false,
      rules: { restart: { clear_after: '1d' } },
      destinations: { ops: { webhook: receiver.url('/hook'), at_most: 2, per } },
    });
  await allow('1h');
  rig.write('app.js', STAYS);
  await rig.must('start', 'app.js', '--name', 'api', '-i', '6');
  const end = (...ids: readonly number[]): Promise<unknown> =>
    rig.call('app.signal', { targets: ids.map(String), signal: 'SIGKILL' });
  await end(0);
  await count(receiver, '/hook', 1);
  await end(1);
  await count(receiver, '/hook', 2);
  await end(2, 3, 4, 5);
  await until(
    async () => ((await rig.call('alerts.status', {})).destinations[0]?.waiting === 4 ? true : undefined),
    () => 'four alerts to wait',
  );
  expect(receiver.received).toHaveLength(2);
  await allow('1s');
  await count(receiver, '/hook', 3);
  const idsOf = ({ alerts }: GenericMessage): readonly (number | null)[] => alerts.map(({ id }) => id).sort();
  expect(messages(receiver, '/hook').map(idsOf)).toEqual([[0], [1], [2, 3, 4, 5]]);
});

test.concurrent('the command: figures, what is shown and what is not, mistakes, test and off', async ({ rig }) => {
  expect(await rig.must('alerts')).toContain('Alerts are off');
  rig.write('bad.yaml', 'destinatons: {}\nrules: { memry: 1 }\n');
  const bad = await rig.run('alerts', 'use', 'bad.yaml');
  expect(bad.code).toBe(1);
  expect(bad.stderr).toContain("did you mean 'destinations'?");
  expect(bad.stderr).toContain("did you mean 'memory'?");
  const receiver = new Receiver(rig);
  await receiver.listen();
  rig.write(
    'alerts.toml',
    `defaults = false
group_wait = 0
rules.memory = { above = '1M', for = 0, clear_after = 0, severity = 'critical' }
[destinations.ops]
slack = '${receiver.url('/s3cret')}'
`,
  );
  await rig.must('alerts', 'use', 'alerts.toml');
  expect(statSync(join(rig.home, 'alerts.json')).mode & 0o777).toBe(0o600);
  const shown = (await rig.must('alerts', 'show')) + (await rig.must('alerts', 'show', '--json'));
  expect(shown).toContain('above 1 MiB for 0 ms');
  expect(shown).not.toContain('s3cret');

  rig.write('app.js', STAYS);
  await rig.must('alerts', 'mute', 'a*', '--for', '2h');
  await rig.must('start', 'app.js', '--name', 'api');
  const [alert] = await until(
    async () => {
      const found = (await rig.call('alerts.list', {})).filter(({ clearedAt }) => clearedAt === null);
      return found.length > 0 ? found : undefined;
    },
    () => 'the memory to be seen',
  );
  expect(alert).toMatchObject({ rule: 'memory', severity: 'critical', id: 0, name: 'api' });
  expect(alert?.reason).toMatch(/^uses \d+(\.\d)? MiB of memory, more than 1 MiB$/);
  expect(await rig.must('alerts')).toMatch(
    /1 alert raised[\s\S]*memory[\s\S]*api \(0\)[\s\S]*Muted for another (2 h|1 h 59 min): a\*/,
  );
  expect(receiver.received).toEqual([]);
  await rig.must('alerts', 'unmute', 'a*');
  await count(receiver, '/s3cret', 1);
  expect(await rig.run('alerts', 'test', 'opss')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('did you mean ops?'),
  });
  expect(await rig.must('alerts', 'test')).toContain('ops: slack');
  receiver.be('/s3cret', 'fail');
  const failed = await rig.run('alerts', 'test', 'ops');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('answered 500: out of order');
  await rig.must('delete', 'api');
  await until(
    async () => ((await rig.call('alerts.list', {})).every(({ clearedAt }) => clearedAt !== null) ? true : undefined),
    () => 'the alert of a deleted app to be over',
  );
  await rig.must('alerts', 'off');
  expect(existsSync(join(rig.home, 'alerts.json'))).toBe(false);
  const after = JSON.parse(await rig.must('alerts', '--json'));
  expect(after).toMatchObject({ on: false, destinations: [], alerts: [{ number: 1, rule: 'memory' }] });
});

test.concurrent('alerts that cannot be read are set aside and told, and everything else goes on', async ({ rig }) => {
  await rig.must('ping');
  await use(rig, { rules: { errored: true } });
  const pid = await rig.daemonPid();
  writeFileSync(join(rig.home, 'alerts.json'), '{');
  writeFileSync(join(rig.home, 'alerts.json.bak'), '[]');
  writeFileSync(join(rig.home, 'alerts-state.json'), 'null');
  process.kill(pid, 'SIGKILL');
  await rig.nextDaemon(pid);
  const { stderr, code } = await rig.run('list');
  expect(code).toBe(0);
  expect(stderr).toContain('alerts are not as they were configured');
  expect(readdirSync(rig.home).filter((name) => name.includes('broken'))).toHaveLength(2);
  // Of a file of apps only `alerts use` takes them.
  rig.write('app.js', STAYS);
  const apps = rig.write(
    'ecosystem.json',
    JSON.stringify({ apps: [{ script: 'app.js', autostart: false }], alerts: { rules: { errored: true } } }),
  );
  expect((await rig.run('start', apps)).stderr).toContain('`upkeep alerts use FILE`');
  expect(await rig.must('alerts')).toContain('Alerts are off');
  await rig.must('alerts', 'use', apps);
  expect(await rig.must('alerts')).toContain('Nothing is raised');
});
