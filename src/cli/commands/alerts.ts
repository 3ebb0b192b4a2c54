/**
 * `alerts`: what is raised, what was, who is told; turned on by a file. Without it somebody would have to look at the list
 * to learn that an app has been down since the night.
 */
import { readAlertsFile } from '../../config/load-alerts.ts';
import { patternMistake } from '../../core/alerts/patterns.ts';
import { nearest } from '../../core/nearest.ts';
import { parseDuration } from '../../core/units.ts';
import type { AlertsStatus } from '../../protocol/observation.ts';
import { readStdin, unwrap } from '../apps.ts';
import { type Command, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { alertTable, destinationTable, ruleTable, targetTable } from '../render/alerts.ts';
import { plain, plural, spokenDuration } from '../render/words.ts';
import type { Session } from '../session.ts';

/** Of those that are over, unless `--all` asks for all. */
const PAST_SHOWN = 5;
const ACTIONS = ['use', 'show', 'test', 'off', 'mute', 'unmute'];
const NOBODY = 'Nobody is told: the file has no `destinations`';
const HOW_ON =
  'Alerts are off: `upkeep alerts use FILE` turns them on; docs/how-to/alerts.md says what may stand in it';

export const alerts: Command = {
  usage: '[action] [what...]',
  flags: [
    { flags: '--all', description: 'All that are over and remembered (100). Default: the last 5.' },
    { flags: '--for <time>', description: 'How long `mute` lasts: 30m, 2h. Default: 1h.' },
    { flags: '--json', description: 'As JSON.' },
  ],
  notes: [
    '`alerts` shows what is raised and what was, and how each destination does.',
    '`alerts use FILE` turns alerts on, or changes them, from a JSON, YAML, TOML or .config.js file (`-`: stdin).',
    '`alerts show` says which rules are on, and where alerts go; secrets are masked.',
    '`alerts test [destination]` sends a test.   `alerts off` turns them off.',
    '`alerts mute [apps...] --for 2h` sends nothing of these apps (default: of all) for a while; `alerts unmute [apps...]` ends that.',
  ],
  async run(session, [action, ...words], flags) {
    const [what, ...rest] = words;
    if (action === 'mute' || action === 'unmute') return mute(session, action, words, flags);
    if (rest.length > 0) throw mistake(`alerts ${action} takes no ${rest[0]}`, '`upkeep alerts --help`');
    switch (action) {
      case undefined:
        return list(session, flags);
      case 'use':
        return use(session, what);
      case 'show':
        return show(session, flags);
      case 'test':
        return test(session, what ?? null, flags);
      case 'off':
        await (await session.client()).useAlerts(null);
        session.out.info('Alerts are off');
        return 0;
      default: {
        const meant = nearest(action, ACTIONS);
        throw mistake(
          `alerts does not know ${action}`,
          meant === null ? `there are ${ACTIONS.join(', ')}` : `did you mean \`upkeep alerts ${meant}\`?`,
        );
      }
    }
  },
};

async function list(session: Session, flags: Flags): Promise<number> {
  const client = await session.client();
  const [all, status] = [await client.alerts(), await client.alertsStatus()];
  const { out } = session;
  if (hasFlag(flags, 'json')) {
    const { config, destinations, mutes } = status;
    out.machine(`${JSON.stringify({ on: config !== null, alerts: all, destinations, mutes })}\n`);
    return 0;
  }
  const now = Date.now();
  const raised = all.filter(({ clearedAt }) => clearedAt === null);
  const past = all.filter(({ clearedAt }) => clearedAt !== null);
  if (status.config === null) out.print(HOW_ON);
  else out.print(raised.length === 0 ? 'Nothing is raised' : `${plural(raised.length, 'alert')} raised`);
  if (raised.length > 0) out.print(alertTable(raised, false, now, out));
  const shown = hasFlag(flags, 'all') ? past : past.slice(0, PAST_SHOWN);
  if (shown.length > 0) {
    const more =
      past.length > shown.length ? ` (the last ${shown.length} of ${past.length}; --all shows the others)` : '';
    out.print(`Over${more}`);
    out.print(alertTable(shown, true, now, out));
  }
  showDestinations(session, status, now);
  return 0;
}

function showDestinations({ out }: Session, { config, destinations, mutes }: AlertsStatus, now: number): void {
  if (config === null) return;
  for (const { apps, untilAt } of mutes)
    out.print(`Muted for another ${spokenDuration(Math.max(0, untilAt - now))}: ${plain(apps.join(', '))}`);
  if (destinations.length === 0) out.print(NOBODY);
  else out.print(destinationTable(destinations, now, out));
}

async function use(session: Session, file: string | undefined): Promise<number> {
  if (file === undefined) throw mistake('alerts use takes a file', '`upkeep alerts use alerts.yaml`');
  const stdin = file === '-' ? { stdin: await readStdin() } : {};
  const config = unwrap(await readAlertsFile(file, { cwd: session.cwd, env: session.env, ...stdin }));
  await (await session.client()).request('alerts.use', { config });
  const { rules, destinations } = config;
  const names = destinations.map(({ name }) => name).join(', ');
  session.out.info(
    `Alerts are on: ${plural(rules.length, 'rule')}; ${names === '' ? 'nobody is told yet' : `to ${names}`}`,
  );
  if (destinations.length > 0) session.out.print('`upkeep alerts test` tries them');
  return 0;
}

async function mute(session: Session, action: string, words: readonly string[], flags: Flags): Promise<number> {
  const apps = words.length === 0 || words.includes('all') ? ['*'] : words;
  for (const pattern of apps) {
    const wrong = patternMistake(pattern);
    if (wrong !== null) throw mistake(`${pattern} cannot be used: ${wrong}`);
  }
  const text = textFlag(flags, 'for') ?? '1h';
  const durationMs = action === 'unmute' ? 0 : parseDuration(text);
  if (durationMs === null || (action === 'mute' && durationMs < 1000))
    throw mistake(`--for takes a time such as 30m or 2h, not ${text}`);
  await (await session.client()).muteAlerts(apps, durationMs);
  const names = plain(apps.join(', '));
  session.out.info(
    durationMs === 0 ? `Not muted any more: ${names}` : `Muted for ${spokenDuration(durationMs)}: ${names}`,
  );
  return 0;
}

async function show(session: Session, flags: Flags): Promise<number> {
  const status = await (await session.client()).alertsStatus();
  const { out } = session;
  if (hasFlag(flags, 'json')) {
    out.machine(`${JSON.stringify(status.config, null, 2)}\n`);
    return 0;
  }
  if (status.config === null) {
    out.print(HOW_ON);
    return 0;
  }
  out.print(ruleTable(status.config, out.hasColor));
  const { destinations } = status.config;
  out.print(destinations.length === 0 ? NOBODY : targetTable(status.config, out));
  return 0;
}

async function test(session: Session, destination: string | null, flags: Flags): Promise<number> {
  const results = await (await session.client()).testAlerts(destination);
  const { out } = session;
  if (hasFlag(flags, 'json')) out.machine(`${JSON.stringify(results)}\n`);
  else
    for (const { destination: name, target, tookMs, failure } of results) {
      if (failure === null) out.info(`${name}: ${plain(target)} took it in ${tookMs} ms`);
      else out.error(`${name}: ${plain(target)} did not take it: ${plain(failure)}`);
    }
  return results.every(({ failure }) => failure === null) ? 0 : 1;
}
