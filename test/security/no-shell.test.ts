/** A shell runs what a user wrote as a shell line, and scripts of ours that get everything else as arguments; nothing else. */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const SRC = join(import.meta.dirname, '../../src');

/** Where a shell or a word for one stands in the sources, and why that is right. */
const SHELLS: Readonly<Record<string, string>> = {
  'cli/commands/deploy.ts': 'a hook of the deploy section, which is a shell line',
  'cli/commands/settings.ts': 'EDITOR, which is a shell line; the file is an argument',
  'cli/companions/dev.ts': '--post-exec, which is a shell line',
  'config/alert-config.ts': 'an alert’s command that was written as a shell line',
  'config/command.ts': 'a script with the words of a shell line (`start "a && b"`)',
  'config/probe-option.ts': 'a check that was written as a shell line',
  'daemon/guard.ts': 'the guard’s script; the command is its arguments',
  'integrations/boot/init-scripts.ts': 'an init script; what is in it is quoted',
  'integrations/boot/installation.ts': 'writes the wrapper as its user; path and text are argument and stdin',
  'integrations/boot/manifests.ts': 'runs the wrapper; what is in it is quoted',
  'integrations/boot/rc-scripts.ts': 'an init script; what is in it is quoted',
  'integrations/boot/service.ts': 'runs the wrapper; its path is quoted',
  'integrations/boot/systemd.ts': 'runs the wrapper; its path is escaped as systemd wants it',
  'integrations/boot/verification.ts': 'asks the wrapper; its path is an argument',
  'integrations/boot/wrapper.ts': 'is one',
  'integrations/deploy/hosts.ts': 'the deploy script on this machine; values in it are quoted',
  'integrations/doctor/index.ts': 'looks whether there is one',
  'integrations/post-update.ts': 'post_update, which is a list of shell lines',
  'platform/as-user.ts': 'a fixed script; everything else is its arguments',
  'platform/listen-on.ts': 'a fixed line that does nothing',
  'platform/spawn.ts': 'the keeper’s script; the command is quoted',
  'platform/wide-shell.ts': 'looks which one can name high descriptors',
  'pm2/api/tether.ts': 'a fixed script; everything else is its arguments',
};

test('the sources name a shell only where it is meant', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  const naming = files.filter((file) => {
    const code = readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    return /\bshell: ?true\b|['"`/ ]sh['"`] ?[,[]|\/bin\/(?:ba)?sh\b|\b(?:execSync|exec)\(['"`]|import \{[^}]*\b(?:exec|execSync)\b[^}]*\} from 'node:child_process'/.test(
      code,
    );
  });
  const known = Object.keys(SHELLS);
  expect(naming.sort()).toEqual(known.sort());
});

test('names, arguments, variables, folders and files with a shell’s own characters stay what they are', async ({
  rig,
}) => {
  const evil = [
    '$(touch pwned)',
    '`touch pwned`',
    ';touch pwned;',
    '&touch pwned&',
    '|touch pwned',
    "'; touch pwned; '",
    '"; touch pwned; "',
    '\\"$(touch pwned)',
    '> pwned',
    '$IFS*?[a]{b,c}~!#',
    'two\nlines; touch pwned',
    '-n --help',
    '${UPKEEP_EXEC}',
  ];
  const folder = join(rig.root, 'in $(touch pwned)\'s; "folder" `touch pwned`');
  mkdirSync(folder);
  rig.write(
    `${folder.slice(rig.root.length + 1)}/$(touch pwned);.js`,
    `
    require('node:fs').writeFileSync('told.json', JSON.stringify({ argv: process.argv.slice(2), value: process.env.VALUE, odd: process.env['odd.name'], cwd: process.cwd() }));
    setInterval(() => {}, 1000);`,
  );
  const value = evil.join(' ');
  rig.write(
    'apps.json',
    JSON.stringify([
      {
        name: '$(touch pwned); `touch pwned`',
        script: './$(touch pwned);.js',
        cwd: folder,
        args: evil,
        node_args: ['--title=$(touch pwned)'],
        env: { VALUE: value, 'odd.name': value },
        out_file: join(folder, '$(touch pwned)-out.log'),
        readiness_probe: { exec: ['/bin/echo', ...evil], interval: 100 },
        min_healthy: 0,
      },
      {
        name: 'program',
        script: '/bin/sleep',
        args: ['1000'],
        uid: 'nobody',
        env: { LD_BIND_NOW: '$(touch pwned)' },
        min_uptime: 100,
      },
    ]),
  );
  await rig.must('start', 'apps.json');
  const told = await until(
    () =>
      existsSync(join(folder, 'told.json')) ? readFileSync(join(folder, 'told.json'), 'utf8') || undefined : undefined,
    () => 'the app to tell what it got',
  );
  expect(JSON.parse(told)).toEqual({ argv: evil, value, odd: value, cwd: realpathSync(folder) });
  for (const words of [['restart', 'all'], ['why', '0'], ['save']]) await rig.must(...words);
  const found = readdirSync(rig.root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?:^|\/)pwned/.test(name),
  );
  expect([found, existsSync('/pwned')]).toEqual([[], false]);
});
