/**
 * Published programs that drive PM2, unchanged, with Upkeep in the place of the package `pm2`: exporters, an alarm by mail, a
 * log rotator, a promise wrapper, and scripts that call the command. What they do for their users has to come about.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { freePort, type Ran, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const PROGRAMS = join(import.meta.dirname, '../../.reference/programs');
const FILES = join(PROGRAMS, 'node_modules');
/** Both exporters know no other. */
const METRICS = 'http://127.0.0.1:9209/metrics';

beforeAll(() => {
  if (!existsSync(join(FILES, 'pm2-health/package.json')))
    throw new Error('the programs are not installed: run `npm run test:pm2`');
});

const STAY = 'setInterval(() => {}, 1000);\n';

const metrics = (): Promise<string | undefined> =>
  fetch(METRICS).then(
    (response) => response.text(),
    () => undefined,
  );

/** Waits for a line of the metrics that has all of the words. */
const metric = (...words: string[]): Promise<string> => {
  let last: string | undefined;
  return until(
    async () => {
      last = await metrics();
      return last?.split('\n').find((line) => words.every((word) => line.includes(word)));
    },
    () => `a metric with ${words.join(', ')}; last seen:\n${last}`,
  );
};

/** Settings as a module gets them: in PM2's settings file, and in the variable that is made of it. */
async function startModule(rig: Rig, name: string, script: string, settings: Record<string, unknown>): Promise<void> {
  writeFileSync(join(rig.home, 'module_conf.json'), JSON.stringify({ [name]: settings }));
  const env = { [name]: JSON.stringify(settings) };
  const { code, stdout, stderr } = await rig.runWith({ env }, 'start', join(FILES, name, script), '--name', name);
  expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
}

function script(rig: Rig, command: string, args: readonly string[]): Promise<Ran> {
  const env = { ...rig.env, PATH: `${join(FILES, '.bin')}:${rig.env.PATH}`, NODE_PATH: FILES };
  return new Promise((resolve) => {
    execFile(command, args, { env, cwd: rig.root }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

test('pm2-metrics: an exporter shows processes, restarts and memory', async ({ rig }) => {
  rig.write('web.js', STAY);
  await rig.must('start', 'web.js', '-i', '2');
  await rig.must('start', join(FILES, 'pm2-metrics/exporter.js'), '--name', 'pm2-metrics');
  expect(await metric('pm2_up{', 'name="web"', 'id="1"')).toMatch(/ 1$/);
  expect(Number((await metric('pm2_memory{', 'name="web"')).split(' ').at(-1))).toBeGreaterThan(10_000_000);
  await rig.must('restart', 'web');
  expect(await metric('pm2_restarts{', 'name="web"', '} 1')).toContain('id=');
});

test('pm2-prometheus-exporter: an exporter shows processes', async ({ rig }) => {
  rig.write('web.js', STAY);
  await rig.must('start', 'web.js');
  await rig.must('start', join(FILES, 'pm2-prometheus-exporter/exporter.js'), '--name', 'exporter');
  expect(await metric('pm2_', 'name="web"')).toContain('web');
});

test('pm2-promise: a wrapper of every method', async ({ rig }) => {
  rig.write('web.js', STAY);
  const program = rig.write(
    'program.cjs',
    `const pm2 = require('pm2-promise');
     (async () => {
       await pm2.connect();
       await pm2.start({ script: 'web.js', name: 'web' });
       const [{ name, pm2_env }] = await pm2.describe('web');
       const failure = await pm2.stop('nobody').catch((error) => error.message);
       await pm2.delete('web');
       console.log(JSON.stringify([name, pm2_env.status, failure, (await pm2.list()).length]));
       await pm2.disconnect();
     })();`,
  );
  const { code, stdout, stderr } = await script(rig, rig.node, [program]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual(['web', 'online', 'process or namespace not found', 0]);
});

/** Takes mail and keeps it, whole messages only. */
async function mailServer(rig: Rig): Promise<{ readonly port: number; readonly mails: string[] }> {
  const mails: string[] = [];
  const server = createServer((socket) => talk(socket, mails));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  rig.onDispose(() => void server.close());
  return { port, mails };
}

function talk(socket: Socket, mails: string[]): void {
  let text = '';
  let mail: string[] | null = null;
  const answer = (line: string): void => void socket.write(`${line}\r\n`);
  socket.on('error', () => {});
  answer('220 ready');
  socket.on('data', (chunk) => {
    text += chunk;
    const lines = text.split('\r\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (mail !== null && line !== '.') mail.push(line);
      else if (mail !== null) {
        mails.push(mail.join('\n'));
        mail = null;
        answer('250 kept');
      } else if (line === 'DATA') {
        mail = [];
        answer('354 go on');
      } else if (line === 'QUIT') socket.end('221 bye\r\n');
      else answer('250 well');
    }
  });
}

test('pm2-health: a crash is told by mail, with its last lines', async ({ rig }) => {
  const { port, mails } = await mailServer(rig);
  rig.write('crash.js', "process.once('SIGUSR2', () => { throw new Error('boom'); });\nsetInterval(() => {}, 1000);\n");
  await rig.must('start', 'crash.js');
  const smtp = {
    host: '127.0.0.1',
    port,
    from: 'a@example.org',
    user: '',
    password: '',
    secure: false,
    disabled: false,
  };
  await startModule(rig, 'pm2-health', 'App.js', { smtp, mailTo: 'ops@example.org', exceptions: true, addLogs: true });
  // It listens some time after it is up: crash until it has heard of it.
  const crash = setInterval(() => void rig.run('sendSignal', 'SIGUSR2', 'crash'), 1000);
  try {
    await until(
      () =>
        mails.find(
          (one) =>
            /^To: ops@example\.org/m.test(one) &&
            /^Subject: .*crash/m.test(one) &&
            one.includes('filename=crash-error.log'),
        ),
      () => `a mail about crash with its log; got: ${mails.map((one) => one.match(/^Subject: .*/m)?.[0]).join(' | ')}`,
    );
  } finally {
    clearInterval(crash);
  }
});

test('pm2-logrotate: files are rotated and old ones removed, and the app goes on writing', async ({ rig }) => {
  rig.write('chatty.js', "setInterval(() => console.log('x'.repeat(200)), 20);\n");
  await rig.must('start', 'chatty.js');
  await startModule(rig, 'pm2-logrotate', 'app.js', {
    max_size: '5K',
    retain: '2',
    workerInterval: '1',
    rotateInterval: '0 0 * * *',
    compress: 'false',
    dateFormat: 'YYYY-MM-DD_HH-mm-ss',
  });
  const removed = (): boolean => rig.read('logs/pm2-logrotate-out.log').includes('has been deleted');
  await until(
    () => (removed() ? true : undefined),
    () => `an old file to be removed: ${rig.read('logs/pm2-logrotate-out.log')}`,
  );
  expect(
    readdirSync(rig.paths.logs).filter((file) => /^chatty-out__.*\.log$/.test(file)).length,
  ).toBeGreaterThanOrEqual(1);
  await until(
    () => rig.read('logs/chatty-out.log') || undefined,
    () => 'lines in the new file',
  );
});

test('a script that calls `pm2` as a command', async ({ rig }) => {
  rig.write('web.js', STAY);
  rig.write('ecosystem.config.js', "module.exports = { apps: [{ name: 'web', script: 'web.js', instances: 2 }] };\n");
  const deploy = rig.write(
    'deploy.sh',
    `set -e
pm2 startOrReload ecosystem.config.js > /dev/null
pm2 jlist | node -e 'process.stdin.on("data", (text) => { console.log(JSON.parse(text).map((one) => one.name).join()); })'
pm2 pid web | wc -l | tr -d ' '
pm2 delete web > /dev/null
pm2 ping
`,
  );
  const { code, stdout, stderr } = await script(rig, 'sh', [deploy]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe("web,web\n2\n{ msg: 'pong' }\n");
});
