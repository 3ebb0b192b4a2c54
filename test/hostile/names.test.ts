/** Names and words that would move a cursor, leave a folder or be taken for a command: they are shown, and do nothing. */
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppSpec } from '../../src/core/terms.ts';
import { Rig } from '../helpers/rig.ts';
import { TestTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';
import { NASTY_NAMES } from './values.ts';

/** What a terminal would act on; a line end is ours. */
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/;
const ESCAPED = '/tmp/upkeep-escaped';

const NAMES = NASTY_NAMES.filter((name) => !name.includes('\0'));

let rig: Rig;
let specs: AppSpec[];

/** An app that prints what would hurt, says it over its line, and crashes with it when it is told to. */
const APP = `
const nasty = ${JSON.stringify(NASTY_NAMES.slice(13, 25))};
process.title = ') R 1 1 1 (\\n\\u001b[2J';
for (const text of nasty) { console.log(text); console.error(text); }
process.send?.({ type: 'axm:monitor', data: Object.fromEntries(nasty.map((text) => [text, { value: text, unit: text }])) });
for (const text of nasty) process.send?.({ type: 'axm:action', data: { action_name: text, action_type: text } });
process.on('message', (text) => { const error = new Error(nasty.join(' ')); error.name = nasty.join(''); throw error; });
setInterval(() => {}, 1000);
`;

beforeAll(async () => {
  rig = new Rig();
  rig.write('work/app.js', APP);
  await rig.must('start', 'work/app.js', '--name', 'real');
  const [described] = (await rig.call('instance.describe', { targets: ['real'] })).instances;
  const spec = described?.spec as AppSpec;
  specs = NAMES.map((name, i) => ({
    ...spec,
    name,
    namespace: NAMES[(i + 7) % NAMES.length] as string,
    autostart: name.includes('\u001b'),
  }));
  await rig.call('app.start', { specs, wait: false, force: true });
});

afterAll(async () => {
  await rig.dispose();
});

const COMMANDS: readonly (readonly string[])[] = [
  ['list'],
  ['prettylist'],
  ['describe', 'all'],
  ['why', 'all'],
  ['env', 'real'],
  ['top'],
  ['crashes'],
  ['crash', 'real'],
  ['events'],
  ['logrotate'],
  ['trigger', 'real', 'no\u001b[2Jaction'],
  ['stop', 'no\u001b[2Jsuch\u202ename'],
  ['start', './no\u001b[2Jsuch.js'],
  ['start', 'work/app.js', '--name', 'c1\u009b2J\u202e'],
  ['\u001b[2Jcommand'],
  ['restart', '/(\u001b[2J/'],
  ['list', '--no\u001b[2Jflag'],
  ['set', 'no\u001b[2Jsuch:key', '\u001b[2J'],
  ['get'],
  ['logs', '--nostream', '--since', '\u001b[2J'],
  ['logs', '--nostream', '--grep', '(\u001b[2J'],
  ['stop', 'all'],
  ['restart', '\u001b[2J\u001b]0;owned\u0007'],
  ['save'],
  ['delete', 'all'],
  ['resurrect'],
];

function unsafeIn(text: string): string | null {
  const found = ACTS.exec(text);
  return found === null ? null : JSON.stringify(text.slice(Math.max(0, found.index - 80), found.index + 40));
}

/** A stack trace is for those who mend us. */
const traceIn = (text: string): string | null => /^\s+at .*\(.*:\d+:\d+\)$/m.exec(text)?.[0] ?? null;

test('words for people act on no terminal, whatever apps are called, print, say and die of', async () => {
  const found: unknown[] = [];
  for (const command of COMMANDS) {
    const { stdout, stderr } = await rig.run(...command);
    const wrong = [unsafeIn(stdout), unsafeIn(stderr), traceIn(stderr)].filter((one) => one !== null);
    if (wrong.length > 0) found.push([command.join(' '), ...wrong]);
  }
  expect(found).toEqual([]);
});

const COLORS = /\u001b\[[0-9;:]*m/g;

test('on a terminal the lines of programs keep their colours and lose all other power', async () => {
  await rig.must('start', 'work/app.js', '--name', 'shown');
  await rig.when('shown', ({ status }) => status === 'online', 'running');
  for (const args of [['logs', '--nostream'], ['logs', '--nostream', '--grep', '.'], ['list'], ['events']]) {
    const terminal = new TestTerminal(rig as never, args);
    await terminal.ended;
    expect([args[0], unsafeIn(terminal.bytes.replaceAll('\r\n', '\n').replace(COLORS, ''))]).toEqual([args[0], null]);
  }
  const screen = new TestTerminal(rig as never, ['monit']);
  await until(
    () => (screen.bytes.includes(' processes, ') ? true : undefined),
    () => `monit to show the list; ${screen.bytes.slice(-300)}`,
  );
  expect(screen.bytes).not.toMatch(/\u001b\]0;owned|\u202e|\u2066|\u009b/);
  screen.end();
});

test('nothing outside the home is written, and no name becomes a path in it', () => {
  expect(existsSync(ESCAPED)).toBe(false);
  const outside = readdirSync(rig.root, { recursive: true })
    .map(String)
    .filter((path) => !path.startsWith('home'));
  expect(outside.sort()).toEqual(['work', 'work/app.js']);
  const inside = readdirSync(rig.home, { recursive: true }).map(String);
  for (const path of inside) expect(path).toMatch(/^[\w.\-\\/%]+$/);
});
