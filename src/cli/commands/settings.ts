/**
 * `set`, `get`, `unset` and their kin: values that apps and modules are started with. Without them what was configured by
 * PM2's commands could not be changed any more.
 */

import { LOGROTATE, meaningOf } from '../../config/logrotate-settings.ts';
import { updateSpec } from '../../config/normalise.ts';
import type { AppSpec } from '../../core/terms.ts';
import { commandsOf, isTree, pairsOf, partsOf, type Tree, valueAt, without, withValue } from '../../pm2/settings.ts';
import { changeSettings, readSettings, settingsPath, writeSettings } from '../../pm2/settings-file.ts';
import { contextOf, unwrap } from '../apps.ts';
import type { Command } from '../command.ts';
import { mistake } from '../failure.ts';
import { plain } from '../render/words.ts';
import { showReport } from '../report.ts';
import type { Session } from '../session.ts';

function showSections(session: Session, tree: Tree, only: (name: string) => boolean = () => true): void {
  for (const [name, section] of Object.entries(tree)) {
    if (!isTree(section) || !only(name)) continue;
    session.out.print(`Module: ${plain(name)}`);
    for (const line of commandsOf(name, section)) session.out.print(`$ ${plain(line)}`);
  }
}

/** Registered apps with the settings as they are now, by app key. */
async function freshSpecs(session: Session, isMeant: (spec: AppSpec) => boolean): Promise<Record<string, AppSpec>> {
  const client = await session.existingClient();
  const specs: Record<string, AppSpec> = {};
  for (const { appKey, spec } of client === null ? [] : await client.describe()) {
    if (specs[appKey] !== undefined || !isMeant(spec)) continue;
    specs[appKey] = unwrap(await updateSpec(spec, {}, contextOf(session))).spec;
  }
  return specs;
}

/** Running processes get the new value by a restart; what is down has it when it is started. */
async function apply(session: Session, name: string): Promise<number> {
  const specs = await freshSpecs(session, (spec) => name === LOGROTATE || spec.name === name);
  if (Object.keys(specs).length === 0) return 0;
  const client = await session.client();
  await client.amend(specs);
  if (name === LOGROTATE) return 0;
  const running = (await client.list()).filter((view) => view.name === name && view.pid !== 0);
  if (running.length === 0) {
    session.out.info(`${plain(name)} does not run: it has the new value when it is started`);
    return 0;
  }
  const report = await client.restart(running.map(({ id }) => id));
  const code = showReport(session, report, null);
  if (code === 0) session.out.info(`Module ${plain(name)} restarted`);
  return code;
}

/** @throws before anything is stored if one of them cannot be */
async function store(session: Session, pairs: readonly (readonly [string, string])[]): Promise<number> {
  const entries = pairs.map(([key, value]) => ({ parts: unwrap(partsOf(key)), value }));
  for (const { parts, value } of entries) {
    if (parts[0] !== LOGROTATE || parts.length !== 2) continue;
    const meaning = await meaningOf(parts[1] ?? '', value);
    if (meaning.kind === 'bad') throw mistake(meaning.text);
    if (meaning.kind === 'rule') session.out.info(`From now on ${meaning.text}`);
    else session.out.warn(`${LOGROTATE}:${parts[1]} has no effect: ${meaning.text}`);
  }
  const tree = changeSettings(session.home, (before) =>
    entries.reduce<Tree>((changed, { parts, value }) => withValue(changed, parts, value), before),
  );
  const names = new Set(entries.flatMap(({ parts: [name = ''], parts }) => (parts.length > 1 ? [name] : [])));
  let code = 0;
  for (const name of names) if ((await apply(session, name)) !== 0) code = 1;
  session.out.info('Setting changed');
  showSections(session, tree, (name) => names.has(name));
  return code;
}

/** The editor of the user on the file. */
async function edit(session: Session): Promise<number> {
  const { spawnSync } = await import('node:child_process');
  const { VISUAL, EDITOR } = session.env;
  const editor = VISUAL || EDITOR || 'vim';
  const path = settingsPath(session.home);
  writeSettings(session.home, readSettings(session.home));
  // The variable may hold arguments, as in `code --wait`.
  const { status, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
  if (error !== undefined || status !== 0) throw mistake(`${editor} on ${path} ended with ${error?.message ?? status}`);
  // A file that cannot be read any more is told at once.
  readSettings(session.home);
  session.out.info(`${path} was edited; \`upkeep restart <app> --update-env\` gives an app its new values`);
  return 0;
}

export const set: Command = {
  usage: '[key] [value]',
  notes: [
    'A key `app:key` (or `app.key`) is a variable of the app of that name, which is restarted if it runs.',
    `\`${LOGROTATE}:max_size 50M\` and its kin set the rotation of logs. Without a key an editor is opened.`,
  ],
  async run(session, [key, value]) {
    if (key === undefined) return edit(session);
    if (value === undefined) throw mistake(`set ${key} needs a value`, `\`upkeep get ${key}\` shows the present one`);
    return store(session, [[key, value]]);
  },
};

export const multiset: Command = {
  usage: '<pairs>',
  notes: ['Keys and values in one argument: `upkeep multiset "app:port 3000 app:mode fast"`.'],
  run: (session, [pairs = '']) => store(session, unwrap(pairsOf(pairs))),
};

/** Silent if there is no such value, as scripts expect. */
function show(session: Session, key: string): number {
  const tree = readSettings(session.home);
  const parts = unwrap(partsOf(key));
  const value = valueAt(tree, parts);
  if (value === undefined) return 1;
  if (isTree(value) && parts.length === 1) showSections(session, tree, (name) => name === parts[0]);
  else {
    const [name = '', ...rest] = parts;
    const text = plain(isTree(value) ? JSON.stringify(value) : String(value));
    const of = rest.length === 0 ? `key ${plain(name)}` : `module ${plain(name)} key ${plain(rest.join(':'))}`;
    session.out.print(`Value for ${of}: ${text}`);
  }
  return 0;
}

function showAll(session: Session): number {
  showSections(session, readSettings(session.home));
  return 0;
}

export const get: Command = {
  usage: '[key]',
  run: async (session, [key]) => (key === undefined ? showAll(session) : show(session, key)),
};

export const config: Command = {
  usage: '[key] [value]',
  async run(session, [key, value]) {
    if (key === undefined) return showAll(session);
    return value === undefined ? show(session, key) : store(session, [[key, value]]);
  },
};

export const unset: Command = {
  usage: '<key>',
  notes: ['`unset all` forgets every setting.'],
  async run(session, [key = '']) {
    const parts = unwrap(partsOf(key));
    const before = readSettings(session.home);
    if (key !== 'all' && valueAt(before, parts) === undefined) session.out.warn(`${key} was not set`);
    const tree = changeSettings(session.home, (all) => (key === 'all' ? {} : without(all, parts)));
    const names = key === 'all' ? Object.keys(before).filter((name) => isTree(before[name])) : [parts[0] ?? ''];
    // Processes keep what they were started with; the next start is without it.
    const specs = await freshSpecs(session, (spec) => names.includes(LOGROTATE) || names.includes(spec.name));
    if (Object.keys(specs).length > 0) await (await session.client()).amend(specs);
    showSections(session, tree);
    return 0;
  },
};
