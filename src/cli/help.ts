/**
 * The overview for people who do not know the commands yet. Without it a newcomer would meet thirty names in one heap.
 */
import { CATALOGUE, type Group } from './catalogue.ts';

const TITLES: Readonly<Record<Group, string>> = {
  Apps: 'Run apps',
  Looking: 'Look at them',
  Logs: 'Logs',
  State: 'Survive a reboot',
  Daemon: 'The daemon',
  Files: 'Config files',
  Elsewhere: 'Words of PM2 without effect here',
};

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['upkeep start server.js --name api', 'start a script and keep it up'],
  ['upkeep start ecosystem.config.js', 'start all apps of a file'],
  ['upkeep why api', 'what is the matter with it?'],
  ['upkeep logs api', 'its output, live'],
];

export function overview(version: string): string {
  const pad = (text: string): string => text.padEnd(34);
  const groups = (Object.keys(TITLES) as Group[]).map((group) => {
    const rows = CATALOGUE.filter((entry) => entry.group === group).map(
      (entry) => `  ${pad([entry.name, ...entry.aliases].join(', '))} ${entry.summary}`,
    );
    return [TITLES[group], ...rows].join('\n');
  });
  return [
    `upkeep ${version}: keeps processes up`,
    '',
    'Usage: upkeep <command> [options] [-- arguments of the script]',
    '',
    ...EXAMPLES.map(([command, what]) => `  ${pad(command)} ${what}`),
    '',
    groups.join('\n\n'),
    '',
    '`upkeep <command> --help` shows the options of a command.',
  ].join('\n');
}
