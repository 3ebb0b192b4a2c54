/** `monit` on a real terminal, by `script` of util-linux, and into a pipe. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.cjs');
const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?25h\u001b[?1049l';

function onTerminal(rig: Rig, ...args: string[]) {
  const command = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `stty rows 24 cols 100; ${command}; stty -a`, '/dev/null'], {
    env: { ...rig.env, TERM: 'xterm', SHELL: '/bin/sh' },
    cwd: rig.root,
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  rig.onDispose(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    ended,
    text: () => text,
    /** Everything since the last picture was begun. */
    shows: (part: string): Promise<true> =>
      until(
        () => (text.split('\u001b[H').slice(-2).join('').includes(part) ? true : undefined),
        () => `${part} on the screen:\n${text.slice(-3000)}`,
      ),
    press: (keys: string): void => void child.stdin.write(keys),
  };
}

const APP = (word: string): string =>
  `require('node:net').createServer().listen(0, '127.0.0.1'); setInterval(() => console.log('${word}'), 100)`;

test('shows the processes and the log of the chosen one, and gives the terminal back', async ({ rig }) => {
  rig.write('a.js', APP('apples'));
  rig.write('b.js', APP('bananas'));
  await rig.must('start', 'a.js', '--name', 'alpha');
  await rig.must('start', 'b.js', '--name', 'beta');
  const screen = onTerminal(rig, 'monit');
  await screen.shows('apples');
  await screen.shows('> 0    alpha');
  expect(screen.text()).toContain(ENTER);
  screen.press('\u001b[B');
  await screen.shows('bananas');
  await screen.shows('> 1    beta');
  await rig.must('stop', 'alpha');
  await screen.shows('stopped');
  screen.press('q');
  expect(await screen.ended).toBe(0);
  const after = screen.text().slice(screen.text().lastIndexOf(LEAVE));
  expect(after.startsWith(LEAVE)).toBe(true);
  // As stty saw the terminal afterwards: lines are edited and echoed again.
  expect(after).toMatch(/ icanon/);
  expect(after).toMatch(/ echo /);
});

test('Ctrl-C gives the terminal back too', async ({ rig }) => {
  const screen = onTerminal(rig, 'dash');
  await screen.shows('no processes');
  screen.press('\u0003');
  await screen.ended;
  expect(screen.text()).toContain(LEAVE);
  expect(screen.text()).toMatch(/ icanon/);
});

test('into a pipe it prints the list once and ends', async ({ rig }) => {
  rig.write('a.js', APP('apples'));
  await rig.must('start', 'a.js', '--name', 'alpha');
  for (const word of ['monit', 'dashboard', 'dash', 'imonit']) {
    const { code, stdout } = await rig.run(word);
    expect([code, stdout.includes('alpha'), stdout.includes('\u001b[?1049h')]).toEqual([0, true, false]);
  }
});
