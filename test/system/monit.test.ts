/** `monit` and `top` as a person sees them: in a real pty, read by the screen of xterm. One daemon and its apps for all of it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Rig } from '../helpers/rig.ts';
import { KEYS, type TerminalOptions, TestTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const APP = (word: string): string => `
  require('node:net').createServer().listen(0, '127.0.0.1');
  for (let n = 1; n <= 40; n++) console.log('${word} ' + n);
  console.error('${word} warns');
  setInterval(() => console.log('${word} lives'), 200);
`;

let rig: Rig;
const opened: TestTerminal[] = [];

function open(args: readonly string[], options?: TerminalOptions): TestTerminal {
  const terminal = new TestTerminal(rig, args, options);
  opened.push(terminal);
  return terminal;
}

beforeAll(async () => {
  rig = new Rig(process.env.UPKEEP_TEST_NODE);
  rig.write('a.js', APP('apples'));
  rig.write('b.js', APP('bananas'));
  rig.write(
    'quiet.js',
    "for (let n = 1; n <= 60; n++) console.log(n === 7 ? 'the needle' : 'hay ' + n); setInterval(() => {}, 1000);",
  );
  rig.write(
    'hostile.js',
    String.raw`console.log('\x1b[2J\x1b[31mred\x1b[0m\x1b]0;title\x07 \x1b[?1049l\ttab'); setInterval(() => {}, 1000);`,
  );
  rig.write(
    'apps.config.js',
    `module.exports = { apps: [
      { name: 'alpha', script: './a.js' },
      { name: 'beta', script: './b.js', instances: 2, exec_mode: 'cluster' },
      { name: 'quiet', script: './quiet.js' },
      { name: 'ho\\u202estile', script: './hostile.js' },
    ] };`,
  );
  await rig.must('start', 'apps.config.js');
});

afterEach(async () => {
  for (const terminal of opened.splice(0)) terminal.end();
});

afterAll(() => rig.dispose());

describe('the screen', () => {
  test('shows the processes and the log of the chosen one, and gives the terminal back', async () => {
    const script = `'${rig.node}' '${TestTerminal.cli}' monit; echo "ended with $?"; stty -a; read -r _`;
    const terminal = open([script], { command: ['/bin/sh', '-c'] });
    await terminal.shows('apples lives');
    const text = await terminal.shows(/> +0 alpha +online/);
    expect(terminal.isFullScreen).toBe(true);
    // 80×24: everything that there is of a process, and half of the screen for the log.
    expect(text).toMatch(/id name. +status +cpu +memory loop +req\/s +p99 +↺ uptime gen/);
    expect(terminal.lines()).toHaveLength(24);
    terminal.press(KEYS.down);
    await terminal.shows('bananas lives');
    await terminal.shows(/> +1 beta/);
    terminal.press('q');
    await terminal.shows('ended with 0');
    expect(terminal.isFullScreen).toBe(false);
    // As stty saw the terminal afterwards: lines are edited and echoed again.
    await terminal.shows(/ icanon[\s\S]* echo /);
  });

  test('Ctrl-C gives the terminal back too, as do SIGTERM and a bug of ours', async () => {
    const bug = rig.write('bug.cjs', "process.once('SIGUSR2', () => { throw new Error('a bug of ours'); });");
    const [asked, told, broken] = [
      open(['dash']),
      open(['monit']),
      open(['monit'], { env: { NODE_OPTIONS: `--require ${bug}` } }),
    ];
    await Promise.all([asked, told, broken].map((terminal) => terminal.shows('alpha')));
    asked.press(KEYS.ctrlC);
    told.kill('SIGTERM');
    broken.kill('SIGUSR2');
    expect([await asked.ended, await told.ended, await broken.ended]).toEqual([0, 143, 1]);
    expect([asked, told, broken].map(({ isFullScreen }) => isFullScreen)).toEqual([false, false, false]);
    await broken.shows('a bug of ours');
    for (const { bytes } of [asked, told, broken])
      expect(bytes.lastIndexOf('\u001b[?25h'), 'the cursor is back').toBeGreaterThan(bytes.lastIndexOf('\u001b[?25l'));
  });

  test('Ctrl-Z pauses it, and the shell brings it back', async () => {
    const shell = open(['--norc', '--noprofile', '-i'], { command: ['bash'], env: { PS1: 'ready> ' } });
    await shell.shows('ready>');
    shell.press(`'${rig.node}' '${TestTerminal.cli}' monit\r`);
    await shell.shows(/> +0 alpha/);
    shell.press(KEYS.ctrlZ);
    await shell.shows(/Stopped[\s\S]*ready>/);
    expect(shell.isFullScreen).toBe(false);
    shell.press('fg\r');
    await shell.shows(/> +0 alpha/);
    expect(shell.isFullScreen).toBe(true);
    shell.press(KEYS.down);
    await shell.shows(/> +1 beta/);
    shell.press('q');
    await until(
      () => (shell.isFullScreen ? undefined : true),
      () => 'the shell to be back',
    );
    shell.press('exit\r');
    await shell.ended;
  });
});

/** One screen for all of these: each leaves it as it was. */
describe('its keys', () => {
  let terminal: TestTerminal;

  beforeAll(async () => {
    terminal = new TestTerminal(rig, ['monit']);
    await terminal.shows('alpha');
  });

  test('sort and filter, and it fits any size', async () => {
    terminal.press('N', 'o');
    await until(
      () => (terminal.lines()[2]?.includes('quiet') ? true : undefined),
      () => `quiet first:\n${terminal.text()}`,
    );
    terminal.press('/', ...'beta online');
    await terminal.lacks('alpha');
    terminal.press(KEYS.enter);
    await terminal.shows('/beta online');
    terminal.press(KEYS.escape);
    await terminal.shows('alpha');
    terminal.resize(40, 10);
    const small = await terminal.shows(/name.? +status +cpu +memory/);
    expect(small).toContain('alpha');
    terminal.resize(140, 40);
    await terminal.shows(/reason/);
    await terminal.shows(/Tab|c scale/);
    terminal.resize(12, 4);
    await terminal.shows('too small');
    terminal.resize(80, 24);
    await terminal.shows(/gen$/m);
    terminal.press('?');
    await terminal.shows('reload without a gap');
    terminal.press(KEYS.escape);
    await terminal.lacks('reload without a gap');
    terminal.press('N');
  });

  test('search in the log, scroll, pause and follow', async () => {
    terminal.press('/', ...'quiet', KEYS.enter);
    await terminal.shows('hay 60');
    terminal.press(KEYS.tab, '/', ...'needle', KEYS.enter);
    await terminal.shows('> the needle');
    await terminal.shows('paused, 53 newer');
    terminal.press(KEYS.home);
    await terminal.shows('hay 1\n');
    terminal.press('f');
    await terminal.shows('hay 60');
    terminal.press('g');
    await terminal.shows('graphs of the last hour');
    terminal.press('d');
    await terminal.shows('because:');
    // Back to the processes, and the filter off.
    terminal.press('l', KEYS.escape);
    await terminal.lacks('/quiet');
    terminal.press(KEYS.tab, KEYS.home);
    await terminal.shows(/> +0 alpha/);
  });

  test('restart, stop, start and scale after a question, and it says what came of it', async () => {
    const { pid } = await rig.one('alpha');
    terminal.press('r');
    await terminal.shows('Restart alpha (0)?');
    terminal.press('n');
    await terminal.shows('nothing done');
    expect((await rig.one('alpha')).pid).toBe(pid);
    terminal.press('r', 'y');
    await terminal.shows(/alpha \(0\) is up: listening/);
    expect((await rig.one('alpha')).pid).not.toBe(pid);
    terminal.press('s', 'y');
    await terminal.shows('alpha (0) stopped');
    await terminal.shows(/alpha +stopped/);
    terminal.press('S', 'y');
    await terminal.shows(/alpha +online/);
    terminal.press(KEYS.down, 'R');
    await terminal.shows('a all 2 of beta');
    const before = (await rig.list()).filter(({ name }) => name === 'beta').map((one) => one.pid);
    terminal.press('a');
    await terminal.shows('all 2 of beta reloaded');
    const after = (await rig.list()).filter(({ name }) => name === 'beta').map((one) => one.pid);
    expect(after.filter((one) => before.includes(one))).toEqual([]);
    terminal.press('c', ...'+1', KEYS.enter);
    await terminal.shows('Scale beta from 2 to 3?');
    terminal.press('y');
    await terminal.shows('is up');
    expect((await rig.list()).filter(({ name }) => name === 'beta')).toHaveLength(3);
    // What cannot be done is said with its reason: a message of its own, since it does not fit into a line.
    terminal.press('c', ...'3', KEYS.enter, 'y');
    await terminal.shows('nothing to do: beta has 3 instances already');
    terminal.press(KEYS.home);
  });

  test('names and lines of others stand there as text, and nothing else', async () => {
    terminal.resize(120, 24);
    await terminal.shows(String.raw`ho\u202estile`);
    terminal.press('/', ...'stile', KEYS.enter);
    await terminal.shows(String.raw`\x1b[2Jred\x1b]0;title\x07 \x1b[?1049l`);
    expect(terminal.isFullScreen).toBe(true);
    // Only what this program writes itself: no title, and the screen is left once, at the end.
    expect(terminal.bytes).not.toContain('\u001b]0;');
    expect(terminal.bytes.split('\u001b[?1049l')).toHaveLength(1);
    terminal.press(KEYS.escape);
    await terminal.lacks('/stile');
    terminal.press(KEYS.home);
    await terminal.shows(/> +0 alpha/);
  });

  test('go on to work when the daemon was killed', async () => {
    await terminal.shows('apples lives');
    const before = await rig.daemonPid();
    process.kill(before, 'SIGKILL');
    await rig.nextDaemon(before);
    terminal.press('s', 'y');
    await terminal.shows(/alpha +stopped/);
    terminal.press('S', 'y');
    await terminal.shows(/alpha +online/);
    terminal.press('q');
    expect(await terminal.ended).toBe(0);
  });
});

describe('without a screen', () => {
  test('into a pipe it prints the list once and ends', async () => {
    for (const word of ['monit', 'dashboard', 'dash', 'imonit']) {
      const { code, stdout } = await rig.run(word);
      expect([code, stdout.includes('alpha'), stdout.includes('\u001b[?1049h')]).toEqual([0, true, false]);
    }
  });

  test('top prints the table once into a pipe, sorted, cut, or as JSON', async () => {
    const { code, stdout } = await rig.run('top', '--sort', 'name', '-n', '2');
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines[0]?.split(/ +/).filter(Boolean)).toEqual(
      'id name status cpu memory loop req/s p99 ↺ uptime gen'.split(' '),
    );
    expect(lines.slice(1).map((line) => line.split(/ +/).filter(Boolean)[1])).toEqual(['alpha', 'beta']);
    const all = JSON.parse((await rig.run('top', '--json', '--sort', 'memory')).stdout) as {
      name: string;
      memoryBytes: number;
    }[];
    expect(all.map(({ memoryBytes }) => memoryBytes)).toEqual(
      all.map(({ memoryBytes }) => memoryBytes).sort((a, b) => b - a),
    );
    expect(all.map(({ name }) => name)).toContain('quiet');
    const bad = await rig.run('top', '--sort', 'colour');
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('cannot sort by colour')]);
  });

  test('top is live on a terminal; one that can do nothing gets the list, and one without colours none', async () => {
    const live = open(['top']);
    const dumb = open(['monit'], { env: { TERM: 'dumb' }, columns: 200 });
    const colourless = open(['monit'], { env: { NO_COLOR: '1' } });
    await live.shows('cpu↓');
    expect(live.text()).not.toContain('──');
    live.press('q');
    expect(await live.ended).toBe(0);
    expect(await dumb.ended).toBe(0);
    await dumb.shows('TERM is dumb');
    expect(dumb.text()).toContain('alpha');
    expect(dumb.bytes).not.toContain('\u001b[?1049h');
    await colourless.shows('apples lives');
    colourless.press('q');
    await colourless.ended;
    expect(colourless.bytes.match(/\u001b\[(?:[1-9]|[1-9]\d+)(?:;\d+)*m/)).toBeNull();
  });
});

test('after `kill` in another window it says that nobody answers, and starts no daemon', async () => {
  const terminal = open(['monit'], { columns: 100 });
  await terminal.shows('apples lives');
  await rig.must('kill');
  await terminal.shows('old, trying again: no daemon answers');
  terminal.press('q');
  expect(await terminal.ended).toBe(0);
  await expect(rig.daemonPid()).rejects.toThrow('no daemon');
});
