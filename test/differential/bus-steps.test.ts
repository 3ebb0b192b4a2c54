/** The table of steps to which Upkeep is held (test/system/bus.test.ts) is what a published PM2 does. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepOf } from '../helpers/bus.ts';
import { SCENES } from '../helpers/bus-steps.ts';
import { freePort } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const PM2 = join(import.meta.dirname, '../../.reference/node_modules/pm2');
const LISTENER = `
const pm2 = require(${JSON.stringify(PM2)});
pm2.connect(() => pm2.launchBus((_, bus) => {
  bus.on('process:event', (packet) => console.log(JSON.stringify(packet)));
  console.log('null');
}));`;

describe('PM2 tells of', () => {
  const root = mkdtempSync(join(tmpdir(), 'upkeep-pm2-'));
  const env = { PATH: process.env.PATH, HOME: root, PM2_HOME: join(root, 'home'), BUS_PORT: '' };
  const heard: string[] = [];
  let listener: ReturnType<typeof spawn>;
  const run = (...args: string[]): Promise<void> =>
    new Promise((resolve) => {
      execFile(process.execPath, [join(PM2, 'bin/pm2'), ...args], { env, cwd: root }, () => resolve());
    });

  beforeAll(async () => {
    env.BUS_PORT = String(await freePort());
    await run('ping');
    writeFileSync(join(root, 'listener.js'), LISTENER);
    listener = spawn(process.execPath, [join(root, 'listener.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let rest = '';
    let isUp = false;
    listener.stdout?.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const packet = JSON.parse(line);
        if (packet === null) isUp = true;
        else heard.push(stepOf(packet));
      }
    });
    await until(
      () => (isUp ? true : undefined),
      () => 'the listener',
    );
  });

  afterAll(async () => {
    await run('kill');
    listener.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  for (const { title, script, startArgs, acts } of SCENES)
    it(title, async () => {
      writeFileSync(join(root, 'app.js'), script);
      for (const { command, steps } of acts) {
        const before = heard.length;
        const [verb = '', ...words] = command;
        await run(verb, ...(words.length === 0 ? ['app.js', ...startArgs] : words));
        await until(
          () => (heard.length - before >= steps.length ? true : undefined),
          () => `the steps of ${command.join(' ')}; heard: ${heard.slice(before).join(', ')}`,
        );
        expect(heard.slice(before), command.join(' ')).toEqual(steps);
      }
      await run('delete', 'all');
      heard.length = 0;
    });
});
