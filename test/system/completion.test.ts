/** Completion, as bash, zsh and fish themselves do it. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.cjs');

/** A folder with `upkeep` in it, as an installation would put it into PATH. */
function installed(rig: Rig): NodeJS.ProcessEnv {
  const program = rig.write('bin/upkeep', `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  chmodSync(program, 0o755);
  return { ...rig.env, HOME: rig.root, PATH: `${join(rig.root, 'bin')}${delimiter}${rig.env.PATH}` };
}

function shell(rig: Rig, program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: installed(rig), cwd: rig.root, timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program}: ${error.message}\n${stderr}`));
    });
  });
}

async function start(rig: Rig): Promise<void> {
  rig.write('app.js', `require('node:net').createServer().listen(0, '127.0.0.1')`);
  await rig.must('start', 'app.js', '--name', 'shop-front', '--namespace', 'shop');
  await rig.must('start', 'app.js', '--name', 'mail', '-f');
}

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');

test('bash: commands, options, names of apps, and words with a colon', async ({ rig }) => {
  await start(rig);
  const ask = async (...words: string[]): Promise<readonly string[]> => {
    // As bash does when the key is pressed; it cuts words at colons.
    const cut = words
      .flatMap((word) => word.split(/(:)/))
      .filter((word, index) => word !== '' || index === words.length - 1);
    const line = words.join(' ');
    const script = `source <(upkeep completion --shell bash)
      complete -p pm2 | grep -q _upkeep_completion || exit 9
      COMP_WORDS=(${cut.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${cut.length - 1}
      COMP_LINE='${line}'; COMP_POINT=${line.length}
      _upkeep_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines(await shell(rig, 'bash', '-c', script));
  };
  expect(await ask('upkeep', 'res')).toEqual(['reset', 'restart', 'resurrect']);
  expect(await ask('upkeep', 'logs', '--no')).toEqual(['--no-color', '--no-prefix', '--nostream']);
  expect(await ask('upkeep', 'restart', 'sh')).toEqual(['shop', 'shop-front']);
  expect(await ask('upkeep', '-s', 'stop', '')).toEqual(['mail', 'shop', 'shop-front']);
  expect(await ask('upkeep', 'alerts', 'm')).toEqual(['mute']);
  expect(await ask('upkeep', 'alerts', 'mute', 'ma')).toEqual(['mail']);
  expect(await ask('upkeep', 'profile:')).toEqual(['cpu', 'mem']);
  expect(await ask('upkeep', 'profile:c')).toEqual(['cpu']);
  expect(await ask('upkeep', 'start', 'app.js', '--', '--na')).toEqual([]);
});

test('zsh: commands and names of apps', async ({ rig }) => {
  await start(rig);
  const ask = async (...words: string[]): Promise<readonly string[]> => {
    const line = words.join(' ');
    // compadd only works while a key is pressed: what it is given is what would be offered.
    const script = `autoload -Uz compinit && compinit -u -d "$HOME/.zcompdump"
      source <(upkeep completion --shell zsh)
      [[ $_comps[pm2] == _upkeep_completion ]] || exit 9
      compadd() { shift; print -l -- "$@" }
      _files() { print -- files }
      words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}
      BUFFER='${line}'; CURSOR=${line.length}
      _upkeep_completion`;
    return lines(await shell(rig, 'zsh', '-f', '-c', script));
  };
  expect(await ask('upkeep', 'res')).toEqual(['reset', 'restart', 'resurrect']);
  expect(await ask('upkeep', 'restart', 'sh')).toEqual(['shop', 'shop-front']);
  expect(await ask('upkeep', 'start', 'app.j')).toEqual(['files']);
});

test('fish: commands and names of apps', async ({ rig }) => {
  await start(rig);
  const ask = async (line: string): Promise<readonly string[]> =>
    lines(
      await shell(rig, 'fish', '--no-config', '-c', `upkeep completion --shell fish | source; complete -C '${line}'`),
    );
  expect(await ask('upkeep resu')).toEqual(['resurrect']);
  expect(await ask('pm2 restart sh')).toEqual(expect.arrayContaining(['shop', 'shop-front']));
});

test('install writes it once and uninstall takes it out, leaving the rest as it was', async ({ rig }) => {
  const env = installed(rig);
  const files = { bash: '.bashrc', zsh: '.zshrc', fish: '.config/fish/conf.d/upkeep.fish' };
  writeFileSync(join(rig.root, '.bashrc'), 'export MINE=1');
  for (const [name, file] of Object.entries(files)) {
    const path = join(rig.root, file);
    const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
    for (const _ of [1, 2])
      expect((await rig.runWith({ env: { ...env, SHELL: `/usr/bin/${name}` } }, 'completion', 'install')).code).toBe(0);
    const text = readFileSync(path, 'utf8');
    expect(text.startsWith(before)).toBe(true);
    expect(text.split('begin-upkeep-completion').length).toBe(2);
    expect((await rig.runWith({ env: { ...env, SHELL: `/usr/bin/${name}` } }, 'completion', 'uninstall')).code).toBe(0);
    expect((existsSync(path) ? readFileSync(path, 'utf8') : '').trim()).toBe(before);
  }
  const unknown = await rig.runWith({ env: { ...env, SHELL: '/bin/tcsh' } }, 'completion', 'install');
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('bash, zsh, fish');
});

test('a press of the key starts no daemon', async ({ rig }) => {
  const { code, stdout } = await rig.runWith(
    { env: { COMP_LINE: 'upkeep stop ', COMP_POINT: '12' } },
    'completion',
    '--',
    'upkeep',
    'stop',
    '',
  );
  expect([code, stdout, existsSync(rig.paths.pidFile)]).toEqual([0, '', false]);
});
