/**
 * One program against PM2's programmatic API, run beside a published PM2 and beside `upkeep/pm2`: what each call answers, the
 * shapes of it, and the words of errors that programs compare.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const HERE = join(import.meta.dirname, 'api');
const MODULES = {
  pm2: join(import.meta.dirname, '../../.reference/node_modules/pm2'),
  upkeep: join(import.meta.dirname, '../../dist/pm2.cjs'),
} as const;
const DEADLINE_MS = 180_000;

type Which = keyof typeof MODULES;
type Seen = Readonly<Record<string, unknown>>;

/** Where Upkeep does better, on purpose; both sides are asserted. */
const BETTER: Readonly<Record<string, Readonly<Record<Which, unknown>>>> = {
  'start of an object whose script is not there': { pm2: 'a list', upkeep: 'an Error' },
  'start of an object without a script': { pm2: 'a list', upkeep: 'an Error' },
  'reload of a cluster': {
    pm2: Array(2).fill({ pm_id: 'string', status: 'stopped', restart_time: 0 }),
    upkeep: Array(2).fill({ pm_id: 'number', status: 'online', restart_time: 1 }),
  },
  'actionFromJson stops the apps of a file': { pm2: 'never calls back', upkeep: ['stopped', 'stopped'] },
};

/** The cases of the program, in its order. */
const CASES = [
  'connect answers with sockets and home',
  'connect again finds the daemon',
  'properties of the object',
  'start of an object',
  'start of the same script under the same name',
  'start of an object that is there restarts it',
  'start of a name that is there restarts it',
  'start with force adds one',
  'start of a cluster',
  'start of a script with options',
  'start keeps cwd',
  'start of a script that is not there',
  'start of an object whose script is not there',
  'start of an object without a script',
  'start with an option that cannot be used',
  'start of a config file with only',
  'start of a config file',
  'start of a config file with env',
  'restart by name',
  'restart by id with updateEnv',
  'restart without updateEnv keeps the environment',
  'restart of what is not there',
  'restart with env and a name',
  'reload of a fork app',
  'reload of a cluster',
  'stop by name',
  'start of what is stopped',
  'stop of an id that is not there',
  'stop of a name that is not there',
  'delete of a name that is not there',
  'describe of what is not there',
  'describe of a name',
  'list gives entries',
  'the record in list',
  'getProcessIdByName',
  'getPID of a name',
  'getPID of a name that is not there',
  'scale to a number',
  'scale by a difference',
  'scale to the same number',
  'scale of what is not there',
  'reset by name',
  'reset of what is not there',
  'sendSignalToProcessName',
  'sendSignalToProcessName to what is not there',
  'getVersion is text',
  'ping',
  'dump',
  'flush gives the list',
  'reloadLogs',
  'sendDataToProcessId without a topic',
  'sendDataToProcessId to an id that is not there',
  'sendDataToProcessId, and the answer on the bus',
  'a pattern on the bus hears every event with its name',
  'sendLineToStdin',
  'sendLineToStdin to an id that is not there',
  'trigger of an action that is not there',
  'trigger of an app that is not there',
  'getExposedMethods',
  'executeRemote ping',
  'executeRemote getMonitorData',
  'executeRemote stop, start, restart and reset by id',
  'executeRemote of an id that is not there',
  'executeRemote of a method that is not there',
  '_operate by the name of an action',
  'actionFromJson stops the apps of a file',
  'delete by a config file',
  'delete by name',
  'delete all',
  'delete all of an empty list',
  'stop all of an empty list',
  'list of an empty list',
  'dump of an empty list',
  'dump of an empty list with force',
  'monit cannot be called',
  'kill',
] as const;

let root = '';
const seen: Partial<Record<Which, Seen>> = {};

/** Not in this process: a program has its own environment and its own output. */
function run(which: Which): Promise<Seen> {
  const folder = join(root, which);
  mkdirSync(folder);
  cpSync(join(HERE, 'stay.js'), join(folder, 'stay.js'));
  const { PATH, LANG } = process.env;
  const env = {
    PATH,
    LANG,
    HOME: root,
    PM2_HOME: join(root, 'pm2-home'),
    UPKEEP_HOME: join(root, 'upkeep-home'),
    PM2_DISCRETE_MODE: 'true',
  };
  return new Promise((resolve, reject) => {
    const args = [join(HERE, 'program.cjs'), MODULES[which], folder];
    execFile(process.execPath, args, { cwd: folder, env, timeout: DEADLINE_MS }, (error, stdout, stderr) => {
      const line = stdout.match(/^SEEN (.*)$/m)?.[1];
      if (line === undefined)
        reject(new Error(`${which}: ${error?.message ?? 'nothing was seen'}\n${stdout}\n${stderr}`));
      else resolve(JSON.parse(line) as Seen);
    });
  });
}

beforeAll(async () => {
  if (!existsSync(MODULES.pm2)) throw new Error('PM2 is not installed: run `npm run test:pm2`');
  root = mkdtempSync(join(tmpdir(), 'upkeep-api-'));
  const [pm2, upkeep] = await Promise.all([run('pm2'), run('upkeep')]);
  Object.assign(seen, { pm2, upkeep });
}, DEADLINE_MS);

afterAll(() => {
  // Each program has ended its daemon; `kill` is one of the cases.
  rmSync(root, { recursive: true, force: true });
});

describe('the programmatic API', () => {
  test('every case was run on both sides', () => {
    expect(Object.keys(seen.pm2 ?? {})).toEqual(CASES);
    expect(Object.keys(seen.upkeep ?? {})).toEqual(CASES);
  });

  test.each(CASES)('%s', (name) => {
    const known = BETTER[name];
    if (known !== undefined) {
      expect({ pm2: seen.pm2?.[name], upkeep: seen.upkeep?.[name] }).toEqual(known);
      return;
    }
    expect(seen.pm2?.[name], 'the case itself failed').not.toEqual(expect.stringContaining('the case threw'));
    expect(seen.upkeep?.[name], 'Upkeep (received) beside PM2 (expected)').toEqual(seen.pm2?.[name]);
  });
});
