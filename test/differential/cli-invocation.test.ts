/** Words and options before any command is carried out: shapes, mistakes, exit codes, streams, silence. */
import { both } from './both.ts';
import type { Side } from './side.ts';

const { same, better } = both();

/** The exit code of one command line, with nothing in the list. */
const exits = (...args: string[]): void =>
  same(`exit code: ${args.join(' ') || '(no words)'}`, async (side) => (await side.run(...args)).code);

exits();
exits('--help');
exits('-h');
exits('start', '--help');
exits('stop', '-h');
exits('nonsense');
exits('start', '--nonsense', 'stay.js');
exits('--nonsense', 'list');
exits('stop');
exits('restart');
exits('delete');
exits('describe');
exits('scale');
exits('sendSignal');
exits('start', 'stay.js', '--name');
exits('start', 'stay.js', '-i');
exits('jlist', 'extra');
exits('list', 'extra');
exits('prettylist', 'extra');
exits('save', 'extra');
exits('kill', 'extra');
exits('cleardump', 'extra');
exits('resurrect', 'extra');
exits('start', 'missing.js');
exits('start', 'missing-command');
exits('start');
exits('start', 'missing.config.js');
exits('stop', 'nobody');
exits('stop', '42');
exits('stop', 'all');
exits('stop', '/x/');
exits('restart', 'nobody');
exits('restart', '42');
exits('restart', 'all');
exits('reload', 'nobody');
exits('reload', 'all');
exits('delete', 'nobody');
exits('delete', '42');
exits('delete', 'all');
exits('describe', 'nobody');
exits('describe', '42');
exits('env', '42');
exits('reset', 'nobody');
exits('reset', 'all');
exits('scale', 'nobody', '2');
exits('sendSignal', 'SIGUSR2', 'nobody');
exits('send', '42', 'hello');
exits('send', 'nobody', 'hello');
exits('pid');
exits('pid', 'nobody');
exits('id', 'nobody');
exits('ping');
exits('list', '--sort', 'nonsense');
exits('start', 'stay.js', '--max-memory-restart', 'much');
exits('start', 'stay.js', '--cron', 'never ever');
exits('start', 'stay.js', '--interpreter', 'no-such-interpreter');
exits('start', 'stay.js', '--uid', 'no-such-user');

const versions: readonly string[][] = [['-v'], ['--version'], ['-V'], ['list', '-v']];
for (const words of versions) {
  same(`${words.join(' ')}: a bare version and 0`, async (side) => {
    const { code, stdout } = await side.run(...words);
    return [code, /^\d+\.\d+\.\d+\n$/.test(stdout)];
  });
}

same('ping, id, pid and jlist print exactly', async (side) => {
  const words = [['ping'], ['id', 'nobody'], ['pid', 'nobody'], ['pid'], ['jlist'], ['prettylist']];
  const printed: string[] = [];
  for (const line of words) printed.push((await side.run(...line)).stdout);
  return printed;
});

/** How an option came through: what the app was started with. */
const spelled = (name: string, ...args: string[]): void =>
  same(`spelling: ${name}`, async (side) => {
    const { code } = await side.run(...args);
    const [entry] = await side.list();
    if (entry === undefined) return [code];
    const { name: called, namespace, exec_mode: mode, restart_delay: delay, max_restarts: most } = entry.pm2_env;
    const { args: words, kill_timeout: limit, watch } = entry.pm2_env;
    return [code, (await side.list()).length, called, namespace, mode, delay, most, words, limit, watch];
  });

spelled('-n foo', 'start', 'stay.js', '-n', 'foo');
spelled('--name foo', 'start', 'stay.js', '--name', 'foo');
spelled('--name=foo', 'start', 'stay.js', '--name=foo');
spelled('options before the command', '--name', 'foo', '--namespace', 'ns', 'start', 'stay.js');
spelled('options behind the script', 'start', 'stay.js', '--name', 'foo', '-k', '3000');
spelled('the last of several wins', 'start', 'stay.js', '--name', 'foo', '--name', 'bar');
spelled('words behind --', 'start', 'stay.js', '--', 'a', '--name', 'b', '-v', '-s', '--silent', '--no-daemon');
spelled('-i 2', 'start', 'stay.js', '-i', '2');
spelled('-x with -i', 'start', 'stay.js', '-x', '-i', '2');
spelled('--max-restarts 3', 'start', 'stay.js', '--max-restarts', '3');
spelled('--restart-delay 500', 'start', 'stay.js', '--restart-delay', '500');
spelled('--watch behind the script', 'start', 'stay.js', '--watch');
spelled('--watch with a path, twice', 'start', 'stay.js', '--watch', 'a', '--watch', 'b');

better(
  'a short option with its value joined, -nfoo',
  async (side) => [(await side.run('start', 'stay.js', '-nfoo')).code, (await side.list()).map(({ name }) => name)],
  { pm2: [0, ['-f']], upkeep: [0, ['foo']] },
);

better(
  'a negative number of instances',
  async (side) => {
    await side.must('start', 'stay.js', '-i', '-100');
    return (await side.list()).map(({ pm2_env }) => pm2_env.exec_mode);
  },
  { pm2: ['fork_mode'], upkeep: ['cluster_mode'] },
);

same('global options are accepted behind every command', async (side) => {
  await side.must('start', 'stay.js');
  return side.codes(
    ['stop', 'stay', '--force', '--update-env', '-m', '--no-color', '--sort', 'name', '--name', 'x'],
    ['list', '--namespace', 'x', '--force', '--parallel', '2'],
    ['describe', 'stay', '--force', '--no-treekill'],
    ['jlist', '--force'],
    ['pid', '--update-env'],
    ['delete', 'stay', '-f', '--watch'],
  );
});

same('-s and PM2_SILENT leave the exit codes, and say nothing of what was done', async (side) => {
  const runs = [
    await side.run('start', 'stay.js', '-s'),
    await side.run('-s', 'restart', 'stay'),
    await side.run('stop', 'stay', '--silent'),
    await side.runWith({ env: { PM2_SILENT: 'true' } }, 'delete', 'stay'),
  ];
  return runs.map(({ code, stdout }) => [code, stdout]);
});

better(
  'silence: machine output and errors',
  async (side) => {
    await side.must('start', 'stay.js');
    const [pid, id, jlist, wrong] = [
      await side.run('pid', 'stay', '-s'),
      await side.run('id', 'stay', '-s'),
      await side.run('jlist', '-s'),
      await side.run('stop', 'nobody', '-s'),
    ];
    return {
      pid: /^\d+\n$/.test(pid.stdout),
      id: id.stdout,
      jlist: (JSON.parse(jlist.stdout) as unknown[]).length,
      error: [wrong.code, wrong.stderr !== ''],
    };
  },
  {
    pm2: { pid: false, id: '', jlist: 1, error: [1, false] },
    upkeep: { pid: true, id: '[ 0 ]\n', jlist: 1, error: [1, true] },
  },
);

same('errors go to stderr, what was done to stdout', async (side) => {
  const wrong = await side.run('stop', 'nobody');
  const right = await side.run('start', 'stay.js');
  return [wrong.stdout, wrong.stderr !== '', right.stdout !== '', right.stderr];
});

same('no colours where stdout is a pipe and NO_COLOR is set', async (side) => {
  const { stdout } = await side.run('start', 'stay.js');
  return stdout.includes('\u001b[');
});

const isColored = async (side: Side, env: NodeJS.ProcessEnv): Promise<boolean> =>
  (await side.runWith({ env }, 'list')).stdout.includes('\u001b[');

better(
  'colours in a pipe with PM2_HOME set',
  async (side) => {
    await side.must('start', 'stay.js');
    return isColored(side, { NO_COLOR: undefined });
  },
  { pm2: true, upkeep: false },
);
