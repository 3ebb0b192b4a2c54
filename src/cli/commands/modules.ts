/**
 * `install`, `uninstall` and what else there is for modules: programs that belong to the supervisor rather than to the
 * user's apps. Without them a machine that relies on one could not be moved over.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import { toSpecs } from '../../config/normalise.ts';
import {
  bringBack,
  forgetBackup,
  type InstallPlace,
  installArchive,
  installByNpm,
  installDependencies,
  packageFolder,
  packModule,
  removeFiles,
  runTool,
  setAside,
} from '../../pm2/module-install.ts';
import { BUILT_IN, canonicalName, isModuleName, type Source, sourceOf } from '../../pm2/module-name.ts';
import { type ModulePackage, readModule } from '../../pm2/module-package.ts';
import { isTree, type Tree, valueAt, without, withValue } from '../../pm2/settings.ts';
import { changeSettings, readSettings } from '../../pm2/settings-file.ts';
import { contextOf, unwrap } from '../apps.ts';
import { type Command, type Flags, hasFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { plain } from '../render/words.ts';
import { showReport } from '../report.ts';
import type { Session } from '../session.ts';
import { showList } from '../show-list.ts';

const NPM_SECTION = 'module-db-v2';
const ARCHIVE_SECTION = 'tar-modules';

/** `--safe`: more restarts than this within the time are too many. */
const MOST_RESTARTS = 2;
const SAFE_MS = 3000;
const LOOK_MS = 50;

const placeOf = (session: Session): InstallPlace => {
  const registry = valueAt(readSettings(session.home), ['pm2', 'registry']);
  return {
    home: session.home,
    cwd: session.cwd,
    env: session.env,
    registry: typeof registry === 'string' ? registry : null,
  };
};

/** Processes of a module, by its name. */
async function processesOf(client: Client, name: string): Promise<readonly number[]> {
  const views = await client.list();
  return views
    .filter((view) => view.isModule === true && (view.name === name || view.name.startsWith(`${name}:`)))
    .map(({ id }) => id);
}

async function endProcesses(client: Client, name: string): Promise<void> {
  const ids = await processesOf(client, name);
  if (ids.length > 0) await client.delete(ids);
}

/** Defaults of the package go where nothing is set. */
function record(session: Session, { name, settings }: ModulePackage, section: string | null): void {
  changeSettings(session.home, (tree) => {
    const own = tree[name];
    const withDefaults: Tree =
      Object.keys(settings).length === 0 ? tree : { ...tree, [name]: { ...settings, ...(isTree(own) ? own : {}) } };
    const account = { uid: process.getuid?.() ?? null, gid: process.getgid?.() ?? null };
    return section === null ? withDefaults : withValue(withDefaults, [section, name], account);
  });
}

async function startModule(session: Session, client: Client, module: ModulePackage, watch: boolean): Promise<number> {
  const apps = module.apps.map((app) => ({ ...app, ...(watch ? { watch: true } : {}) }));
  const made = unwrap(await toSpecs(apps, { file: join(module.folder, 'package.json') }, contextOf(session)));
  for (const note of made.notes) session.out.warn(plain(note));
  const specs = made.specs.map((spec) => ({ ...spec, isModule: true }));
  return showReport(session, await client.start(specs, { force: true }), null);
}

/** Whether it stays up for the time that `--safe` gives it. */
async function isStable(client: Client, name: string, forMs: number): Promise<boolean> {
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    const views = (await client.list()).filter((view) => view.isModule === true);
    const own = views.filter((view) => view.name === name || view.name.startsWith(`${name}:`));
    if (own.some((view) => view.restarts > MOST_RESTARTS || view.status === 'errored')) return false;
    await sleep(LOOK_MS);
  }
  return true;
}

function safeMs(flags: Flags): number | null {
  const { safe } = flags;
  if (safe === undefined) return null;
  if (safe === true) return SAFE_MS;
  const given = Number(safe);
  if (!Number.isInteger(given) || given <= 0) throw mistake(`--safe takes milliseconds, not ${String(safe)}`);
  return given;
}

/** The version before, if there was one, runs again. */
async function rollBack(
  session: Session,
  client: Client,
  name: string,
  hadBefore: boolean,
  why: string,
): Promise<number> {
  await endProcesses(client, name);
  if (!hadBefore) {
    removeFiles(session.home, name);
    session.out.error(`${plain(name)} was not installed: ${plain(why)}`);
    return 1;
  }
  const before = bringBack(session.home, name);
  await startModule(session, client, before, false);
  session.out.error(`${plain(name)} was not installed, version ${plain(before.version)} runs again: ${plain(why)}`);
  return 1;
}

async function installOne(session: Session, client: Client, source: Source, flags: Flags): Promise<number> {
  const place = placeOf(session);
  const safe = safeMs(flags);
  if (source.kind === 'folder') {
    const module = readModule(session.cwd);
    if (hasFlag(flags, 'install')) await installDependencies(module.folder, session.env);
    await endProcesses(client, module.name);
    record(session, module, null);
    return startModule(session, client, module, true);
  }
  let name = source.kind === 'npm' ? source.name : null;
  let hadBefore = false;
  const before = async (found: string): Promise<void> => {
    name = found;
    await endProcesses(client, found);
    hadBefore = setAside(session.home, found);
  };
  try {
    if (source.kind === 'npm') await before(source.name);
    const module =
      source.kind === 'npm' ? await installByNpm(source, place) : await installArchive(source.address, place, before);
    if (hasFlag(flags, 'install')) await installDependencies(module.folder, session.env);
    record(session, module, source.kind === 'npm' ? NPM_SECTION : ARCHIVE_SECTION);
    const code = await startModule(session, client, module, false);
    if (safe !== null && !(await isStable(client, module.name, safe)))
      return await rollBack(session, client, module.name, hadBefore, `it was restarted too often within ${safe} ms`);
    forgetBackup(session.home, module.name);
    session.out.info(`Module ${plain(module.name)} ${plain(module.version)} is installed`);
    return code;
  } catch (error) {
    if (name === null) throw error;
    return rollBack(session, client, name, hadBefore, (error as Error).message);
  }
}

export const install: Command = {
  usage: '[source]',
  flags: [
    { flags: '--tarball', description: 'The source is an archive (.tar.gz), by path or address.' },
    { flags: '--install', description: 'Install the dependencies of an archive or folder, too.' },
    {
      flags: '--safe [ms]',
      description: `Bring back the version before if it is restarted more than twice within this time. Default ${SAFE_MS}.`,
    },
  ],
  notes: [
    'The source is a name or version on npm, user/repository, the address of a git repository, a .tgz or .tar.gz, or `.`',
    'for the module of this folder. What is installed runs with your rights.',
  ],
  async run(session, [text], flags) {
    if (text === undefined) throw mistake('install needs the name of a module', '`upkeep install .` takes this folder');
    const why = BUILT_IN.get(canonicalName(text) ?? '');
    if (why !== undefined && !hasFlag(flags, 'tarball') && text !== '.') {
      session.out.info(`${plain(text)} is not needed: ${why}`);
      return 0;
    }
    const source = sourceOf(text, hasFlag(flags, 'tarball'));
    if (source === null) throw mistake(`${plain(text)} is not the name of a module`);
    const client = await session.client();
    const code = await installOne(session, client, source, flags);
    await showList(session, client);
    return code;
  },
};

/** Names that were installed, by either way. */
const installed = (tree: Tree): readonly string[] =>
  [NPM_SECTION, ARCHIVE_SECTION].flatMap((section) => Object.keys(isTree(tree[section]) ? tree[section] : {}));

export const uninstall: Command = {
  usage: '<module>',
  notes: ['`all` means every module. Its processes, files and settings go.'],
  async run(session, [text = '']) {
    const known = installed(readSettings(session.home));
    const wanted = canonicalName(text) ?? text;
    if (BUILT_IN.has(wanted) && !known.includes(wanted)) {
      session.out.info(`${wanted} is built in: there is nothing to uninstall`);
      return 0;
    }
    const client = await session.client();
    const running = (await client.list()).flatMap((view) =>
      view.isModule === true ? [view.name.split(':')[0] ?? ''] : [],
    );
    const names = text === 'all' ? [...new Set([...known, ...running])] : [wanted];
    for (const name of names) {
      if (!isModuleName(name) || (!known.includes(name) && !running.includes(name)))
        throw mistake(
          `no module ${plain(name)} is installed`,
          known.length === 0 ? undefined : `installed: ${known.join(', ')}`,
        );
      await endProcesses(client, name);
      removeFiles(session.home, name);
      changeSettings(session.home, (tree) =>
        [[NPM_SECTION, name], [ARCHIVE_SECTION, name], [name]].reduce((left, parts) => without(left, parts), tree),
      );
      session.out.info(`Module ${plain(name)} is uninstalled`);
    }
    await showList(session, client);
    return 0;
  },
};

export const updateModule: Command = {
  usage: '<module>',
  async run(session, [text = ''], flags) {
    const name = canonicalName(text) ?? text;
    const tree = readSettings(session.home);
    if (valueAt(tree, [NPM_SECTION, name]) === undefined)
      throw mistake(`no module ${plain(name)} is installed by npm`, `\`upkeep install ${plain(text)}\` installs one`);
    const client = await session.client();
    const before = readModule(packageFolder(session.home, name)).version;
    const code = await installOne(session, client, { kind: 'npm', spec: `${name}@latest`, name }, flags);
    if (code === 0) {
      const now = readModule(packageFolder(session.home, name)).version;
      session.out.info(
        now === before
          ? `${plain(name)} ${plain(now)} is the latest`
          : `${plain(name)}: ${plain(before)} → ${plain(now)}`,
      );
    }
    await showList(session, client);
    return code;
  },
};

const SAMPLE = `// What was set by \`upkeep set <module>:<key> <value>\` is in the environment.
const everyMs = Number(process.env.every_ms ?? 10_000);
setInterval(() => console.log('alive', new Date().toISOString()), everyMs);
`;

export const generate: Command = {
  usage: '<name>',
  run(session, [name = '']) {
    if (!isModuleName(name)) throw mistake(`${plain(name)} cannot be the name of a module`);
    const folder = resolve(session.cwd, name);
    if (existsSync(folder)) throw mistake(`${folder} is there already`);
    mkdirSync(folder, { recursive: true });
    const content = {
      name,
      version: '0.1.0',
      main: 'index.js',
      apps: [{ script: 'index.js' }],
      config: { every_ms: '10000' },
    };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
    writeFileSync(join(folder, 'index.js'), SAMPLE);
    session.out.info(`Wrote ${folder}. \`cd ${name} && upkeep install .\` starts it and watches its files`);
    return Promise.resolve(0);
  },
};

export const packageModule: Command = {
  usage: '[folder]',
  async run(session, [folder = '.']) {
    session.out.info(`Wrote ${await packModule(resolve(session.cwd, folder), placeOf(session))}`);
    return 0;
  },
};

export const publish: Command = {
  usage: '[folder]',
  notes: ["It runs `npm publish` and nothing else: the version and the repository's commits and tags are yours."],
  async run(session, [folder = '.']) {
    const module = readModule(resolve(session.cwd, folder));
    await runTool('npm', ['publish'], module.folder, session.env);
    session.out.info(`${plain(module.name)} ${plain(module.version)} is published`);
    return 0;
  },
};
