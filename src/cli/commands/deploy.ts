/**
 * `deploy`: a revision of a git repository brought to other hosts and started there. Without it small projects would
 * need a second tool, or shell scripts that nobody dares to touch.
 */
import { spawnSync } from 'node:child_process';
import { basename, join, resolve } from 'node:path';
import { configKind } from '../../config/config-file.ts';
import { findDeployConfig, readDeploySections } from '../../config/load.ts';
import { isObject } from '../../config/values.ts';
import { nearest } from '../../core/nearest.ts';
import { runOn } from '../../integrations/deploy/hosts.ts';
import { localScripts, whatStaysBehind } from '../../integrations/deploy/local.ts';
import { type DeployCommand, renderScript } from '../../integrations/deploy/script.ts';
import { type DeploySection, readSection } from '../../integrations/deploy/section.ts';
import { refuseLeft, unwrap } from '../apps.ts';
import { type Command, hasFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import type { Session } from '../session.ts';

const HELP = `upkeep deploy [file] <environment> [command]

  setup              Make the folders on each host and clone the repository
  update             Bring the newest commit of the ref (also without a command)
  ref <ref>          Bring this branch, tag or commit
  revert [n]         Go back to the deploy before, or n before
  current, curr      The commit that is deployed
  previous, prev     The one before
  exec, run <cmd>    Run a command in the current folder of each host
  list               All deploys

  --force            Deploy though the working tree has changes that are not committed

Without a file, the ecosystem file of the folder is taken, or its package.json.
`;

export const deploy: Command = {
  usage: '[file] [environment] [command...]',
  flags: [{ flags: '--force', description: 'Deploy though there are changes that are not committed.' }],
  notes: ['`upkeep deploy help` lists the commands: setup, update, ref, revert, current, previous, exec, list.'],
  async run(session, given, flags) {
    const words = [...given];
    if (words.length === 0 || words[0] === 'help') {
      session.out.machine(HELP);
      return words.length === 0 ? 1 : 0;
    }
    const file = await fileOf(session, words);
    const name = words.shift();
    if (name === undefined || name === 'help') {
      session.out.machine(HELP);
      return 0;
    }
    const section = await sectionOf(session, file, name);
    const command = commandOf([...words, ...(session.passthrough ?? [])]);
    if (command.kind === 'update' || command.kind === 'revert') await beforeRelease(session, section, flags);
    const script = renderScript(command, {
      section,
      configName: basename(file),
      localScripts: localScripts(section, session.cwd),
    });
    return onAllHosts(session, section, script);
  },
};

/** Takes the file off the words if they begin with one. */
async function fileOf(session: Session, words: string[]): Promise<string> {
  const [first = ''] = words;
  if (configKind(first) !== null) return resolve(session.cwd, words.shift() ?? '');
  const found = await findDeployConfig(session.cwd);
  if (found !== null) {
    refuseLeft(found);
    return found;
  }
  throw mistake(
    `there is no ecosystem.config.js (or .json, .yaml …) nor package.json in ${session.cwd}`,
    'name the file: `upkeep deploy deploy.json production`',
  );
}

async function sectionOf(session: Session, file: string, name: string): Promise<DeploySection> {
  const options = { cwd: session.cwd, env: session.env, cacheFolder: join(session.home, 'cache') };
  const sections = unwrap(await readDeploySections(file, options));
  const raw = Object.hasOwn(sections, name) ? sections[name] : undefined;
  if (raw === undefined) {
    const names = Object.keys(sections);
    const meant = nearest(name, names);
    const hint = meant === null ? `there are: ${names.join(', ') || 'none'}` : `did you mean ${meant}?`;
    throw mistake(`${file} has no deploy section ${name}`, hint);
  }
  if (!isObject(raw)) throw mistake(`deploy.${name} in ${file}: expected an object`);
  const reading = readSection(name, raw);
  if (!reading.ok) throw mistake(`${file}:\n${reading.problems.join('\n')}`, 'nothing was deployed');
  for (const note of reading.notes) session.out.warn(note);
  return reading.section;
}

function commandOf([word = 'update', ...rest]: readonly string[]): DeployCommand {
  const refuse = (most: number): void => {
    if (rest.length > most) throw mistake(`deploy ${word} takes no more words: ${rest.slice(most).join(' ')}`);
  };
  const steps = (): number => {
    refuse(1);
    const text = rest[0] ?? '1';
    if (!/^[1-9]\d{0,5}$/.test(text)) throw mistake(`deploy ${word} takes a number of at least 1, not ${text}`);
    return Number(text);
  };
  switch (word) {
    case 'setup':
    case 'list':
      refuse(0);
      return { kind: word };
    case 'update':
      refuse(0);
      return { kind: 'update', ref: null };
    case 'revert':
      return { kind: 'revert', steps: steps() };
    case 'prev':
    case 'previous':
      return { kind: 'previous', steps: steps() };
    case 'curr':
    case 'current':
      refuse(0);
      return { kind: 'current' };
    case 'exec':
    case 'run':
      if (rest.length === 0)
        throw mistake(`deploy ${word} needs a command`, `\`upkeep deploy production ${word} "ls -l"\``);
      return { kind: 'exec', command: rest.join(' ') };
    case 'ref':
      refuse(1);
      if (rest[0] === undefined) throw mistake('deploy ref needs a branch, a tag or a commit');
      return refOf(rest[0]);
    default:
      refuse(0);
      return refOf(word);
  }
}

function refOf(ref: string): DeployCommand {
  if (ref.startsWith('-')) throw mistake(`${ref} is no ref`);
  return { kind: 'update', ref };
}

/** What must be right here before anything is done there. */
async function beforeRelease(
  { cwd, out }: Session,
  section: DeploySection,
  flags: Readonly<Record<string, unknown>>,
): Promise<void> {
  const missing = hasFlag(flags, 'force') ? null : whatStaysBehind(cwd);
  if (missing !== null) throw mistake(missing, 'commit and push, or stash, or use --force');
  const hook = section.hooks['pre-deploy-local'];
  if (hook === undefined) return;
  out.info('pre-deploy-local');
  const { status, error } = spawnSync('sh', ['-c', hook], { cwd, stdio: 'inherit' });
  if (status !== 0)
    throw mistake(`pre-deploy-local failed: ${error?.message ?? `it ended with ${status}`}`, 'nothing was deployed');
}

async function onAllHosts(session: Session, section: DeploySection, script: string): Promise<number> {
  const { hosts, name } = section;
  for (const [at, host] of hosts.entries()) {
    session.out.info(`${name}: ${host}`);
    const end = await runOn(host, script, section, session.cwd);
    if (end.ok) continue;
    const left = hosts.slice(at + 1);
    throw mistake(
      `${name} failed on ${host}: ${end.why}`,
      left.length > 0 ? `not done because of this: ${left.join(', ')}` : undefined,
    );
  }
  return 0;
}
