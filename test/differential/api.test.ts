/**
 * One program against PM2's programmatic API, run beside a published PM2 and beside `upkeep/pm2`: what each call answers, the
 * shapes of it, and the words of errors that programs compare.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

/** Read from the program, so that a case that was forgotten in one place is not forgotten in silence. */
const CASES = [
  ...readFileSync(join(HERE, 'program.cjs'), 'utf8').matchAll(/^ {2}(?:'([^']+)'|(\w+)): async \(\) =>/gm),
].map((match) => match[1] ?? match[2] ?? '');

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
