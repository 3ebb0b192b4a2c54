/**
 * `start <file> --container`: writes the Dockerfile, builds the image and runs it, through the docker of the machine.
 * Without the look at docker's exit codes a failed build would be followed by a run of the old image.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { dockerfile } from '../integrations/dockerfile.ts';
import { type CommandFlag, type Flags, hasFlag, textFlag } from './command.ts';
import { mistake } from './failure.ts';
import type { Session } from './session.ts';

export const CONTAINER_FLAGS: readonly CommandFlag[] = [
  { flags: '--container', description: 'Write a Dockerfile here, build it, and run the file in it.' },
  { flags: '--dist', description: 'With --container: an image that holds the folder, without running it.' },
  { flags: '--image-name <name>', description: 'With --container: name of the image. Default: name of the folder.' },
  { flags: '--node-version <version>', description: 'With --container: Node of the image. Default: latest.' },
  { flags: '--fresh', description: 'With --container: build without the cache.' },
  { flags: '--dockerdaemon', description: 'With --container: in the background.' },
];

export async function startContainer(session: Session, words: readonly string[], flags: Flags): Promise<number> {
  const [word] = words;
  if (word === undefined || words.length > 1) throw mistake('--container takes one script or config file');
  const main = relative(session.cwd, resolve(session.cwd, word));
  if (main.startsWith('..') || !existsSync(join(session.cwd, main)))
    throw mistake(`${word} is no file of this folder`, 'the image is made of the folder in which you are');
  const mode = hasFlag(flags, 'dist') ? 'distribution' : 'development';
  const path = join(session.cwd, 'Dockerfile');
  const before = existsSync(path) ? readFileSync(path, 'utf8') : null;
  writeFileSync(path, dockerfile(before, { mode, nodeVersion: textFlag(flags, 'nodeVersion') ?? 'latest', main }));
  session.out.info(`Wrote ${path} (${mode})`);
  const image = textFlag(flags, 'imageName') ?? imageName(session.cwd);
  const build = ['build', '-t', image, ...(hasFlag(flags, 'fresh') ? ['--no-cache'] : []), '.'];
  const built = await docker(session, build);
  if (built !== 0 || mode === 'distribution') return built;
  const how = hasFlag(flags, 'dockerdaemon') ? ['-d'] : process.stdin.isTTY ? ['-it', '--rm'] : ['--rm'];
  const folder = ['-v', `${session.cwd}:/var/app`];
  return docker(session, ['run', '--net', 'host', ...how, ...folder, image]);
}

/** Docker takes small letters, digits and a few marks. */
const imageName = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '') || 'app';

function docker(session: Session, args: readonly string[]): Promise<number> {
  session.out.info(`docker ${args.join(' ')}`);
  return new Promise((done, refuse) => {
    const child = spawn('docker', args, { cwd: session.cwd, env: session.env, stdio: 'inherit' });
    child.on('error', (error) =>
      refuse(mistake(`docker cannot be run: ${error.message}`, 'the Dockerfile is written; build it where docker is')),
    );
    child.on('close', (code) => done(code ?? 1));
  });
}
