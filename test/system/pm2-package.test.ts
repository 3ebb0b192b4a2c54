/** The package named `pm2` that Upkeep brings: what a program finds when it is in the place of PM2. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Ran, type Rig, test } from '../helpers/rig.ts';

const PACKAGE = join(import.meta.dirname, '../../dist/pm2');
const described = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
  readonly bin: Readonly<Record<string, string>>;
  readonly version: string;
};
const own = JSON.parse(readFileSync(join(PACKAGE, '../../package.json'), 'utf8')) as { bin: Record<string, string> };

/** As npm links a `file:` dependency and its commands. */
function install(rig: Rig): void {
  mkdirSync(join(rig.root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(PACKAGE, join(rig.root, 'node_modules/pm2'));
  for (const [name, path] of Object.entries(described.bin))
    symlinkSync(join('../pm2', path), join(rig.root, 'node_modules/.bin', name));
}

const run = (rig: Rig, command: string, ...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(command, args, { env: rig.env, cwd: rig.root }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });

test('require, import and its description', async ({ rig }) => {
  install(rig);
  const required = rig.write(
    'required.cjs',
    "const pm2 = require('pm2');\npm2.list().then((list) => { console.log(list.length, typeof pm2.custom); pm2.disconnect(); });\n",
  );
  const imported = rig.write(
    'imported.mjs',
    "import pm2, { list, custom } from 'pm2';\nconsole.log((await list()).length, typeof custom);\nawait pm2.disconnect();\n",
  );
  for (const file of [required, imported])
    expect(await run(rig, rig.node, file)).toEqual({ code: 0, stdout: '0 function\n', stderr: '' });
  const version = rig.write('version.cjs', "console.log(require('pm2/package.json').version);\n");
  expect((await run(rig, rig.node, version)).stdout).toBe(`${described.version}\n`);
  expect(described.version).toMatch(/^7\.\d+\.\d+$/);
});

test('its command is Upkeep, reached through a link', async ({ rig }) => {
  install(rig);
  rig.write('app.js', 'setInterval(() => {}, 1000);\n');
  const pm2 = join(rig.root, 'node_modules/.bin/pm2');
  expect((await run(rig, pm2, 'start', 'app.js')).code).toBe(0);
  const { code, stdout } = await run(rig, pm2, 'jlist');
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual(['app']);
});

test('every command of Upkeep has its counterpart', () => {
  const expected = Object.keys(own.bin).map((name) => name.replace('upkeep', 'pm2'));
  expect(Object.keys(described.bin).sort()).toEqual(expected.sort());
});
