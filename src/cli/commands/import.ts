/**
 * `import pm2`: takes over what PM2 has saved, and says of each thing what became of it. Without it the way over would
 * begin with typing everything again.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LOGROTATE, meaningOf } from '../../config/logrotate-settings.ts';
import { foreignHome, openForeign } from '../../pm2/foreign.ts';
import { type Imported, readForeignHome } from '../../pm2/import.ts';
import { isTree, type Tree } from '../../pm2/settings.ts';
import { changeSettings, readSettings } from '../../pm2/settings-file.ts';
import { contextOf } from '../apps.ts';
import { type Command, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { plain, plural } from '../render/words.ts';
import { showReport } from '../report.ts';
import type { Session } from '../session.ts';
import { showList } from '../show-list.ts';

/** What was set there and not here. */
function newSettings(there: Tree, here: Tree): Tree {
  const added: Tree = {};
  for (const [name, section] of Object.entries(there)) {
    const own = here[name];
    if (!isTree(section)) continue;
    const missing = Object.entries(section).filter(([key]) => !isTree(own) || !Object.hasOwn(own, key));
    if (missing.length > 0) added[name] = Object.fromEntries(missing);
  }
  return added;
}

const merged = (here: Tree, added: Tree): Tree => ({
  ...here,
  ...Object.fromEntries(
    Object.entries(added).map(([name, section]) => [
      name,
      { ...(section as Tree), ...(isTree(here[name]) ? here[name] : {}) },
    ]),
  ),
});

async function tellSettings({ out }: Session, added: Tree): Promise<void> {
  for (const [name, section] of Object.entries(added)) {
    if (name !== LOGROTATE) {
      out.info(
        `Settings of ${plain(name)}: ${Object.keys(section as Tree)
          .map(plain)
          .join(', ')}`,
      );
      continue;
    }
    for (const [key, value] of Object.entries(section as Tree)) {
      const meaning = await meaningOf(key, String(value));
      if (meaning.kind === 'rule') out.info(`${LOGROTATE}:${plain(key)}: ${meaning.text}`);
      else out.warn(`${LOGROTATE}:${plain(key)} has no effect: ${plain(meaning.text)}`);
    }
  }
}

function tellModules({ out }: Session, { modules }: Imported): void {
  for (const name of modules) {
    if (name === LOGROTATE) out.info(`Module ${name} is not needed: rotation is built in`);
    else out.warn(`Module ${plain(name)} is not taken over: \`upkeep install ${plain(name)}\` installs it here`);
  }
}

export const importFrom: Command = {
  usage: '<source>',
  flags: [
    { flags: '--home <folder>', description: "PM2's home. Default: PM2_HOME, else ~/.pm2." },
    { flags: '--start', description: 'Start what was running when the list was saved. Default: register only.' },
    { flags: '--own-logs', description: "Write logs into Upkeep's home. Default: to the files that PM2 wrote." },
    { flags: '--dry-run', description: 'Only say what would be done.' },
  ],
  notes: ['The source is pm2: its saved list (dump.pm2), settings (module_conf.json) and the names of its modules.'],
  async run(session, [source = ''], flags) {
    if (source !== 'pm2') throw mistake(`${plain(source)} cannot be imported from; the source is pm2`);
    const { out } = session;
    const chosen = textFlag(flags, 'home');
    const home = foreignHome(session.env, chosen === null ? null : resolve(session.cwd, chosen));
    if (!existsSync(home)) throw mistake(`there is no home of PM2 at ${home}`, 'name it by --home <folder>');
    const isDry = hasFlag(flags, 'dryRun');
    const wantsStart = hasFlag(flags, 'start');
    const found = await readForeignHome(home, contextOf(session), hasFlag(flags, 'ownLogs'));
    for (const note of found.notes) out.warn(plain(note));
    if (wantsStart && !isDry && openForeign('pm2', home, session.env).daemonPid !== null) {
      throw mistake(
        `the daemon of PM2 in ${home} is running: its apps would run twice`,
        '`upkeep takeover` moves them one by one; or end it by `pm2 kill` first',
      );
    }
    const added = newSettings(found.settings, readSettings(session.home));
    await tellSettings(session, added);
    tellModules(session, found);
    const apps = found.apps.map((app) => ({ ...app, up: app.up && wantsStart }));
    for (const { spec, up } of isDry ? apps : []) {
      const count = plural(spec.instances, 'process', 'processes');
      out.info(`${plain(spec.name)}: ${spec.execMode} mode, ${count}, would be ${up ? 'started' : 'registered'}`);
    }
    if (isDry) return 0;
    if (Object.keys(added).length > 0) changeSettings(session.home, (here) => merged(here, added));
    if (apps.length === 0) return found.notes.length === 0 ? 0 : 1;
    const client = await session.client();
    const code = showReport(session, await client.resurrect(apps), wantsStart ? null : 'is registered');
    if (!wantsStart)
      out.info('Nothing was started: `upkeep takeover` moves what runs under PM2, `upkeep start all` starts it');
    await showList(session, client);
    return code;
  },
};
