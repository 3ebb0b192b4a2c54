/**
 * The keys and what they do, in the words of the help. Without one list the help would promise keys that do nothing.
 */

/** A printable character, or the name of a key. */
export type Key = string;

export interface KeyHelp {
  readonly group: string;
  readonly keys: string;
  readonly what: string;
}

const group = (name: string, rows: readonly (readonly [keys: string, what: string])[]): readonly KeyHelp[] =>
  rows.map(([keys, what]) => ({ group: name, keys, what }));

export const KEY_HELP: readonly KeyHelp[] = [
  ...group('Processes', [
    ['↑ ↓  j k', 'choose a process; PgUp PgDn Home End further'],
    ['/', 'filter by name, namespace, state, id; Esc clears it'],
    ['< >', 'sort by the column before, after'],
    ['o', 'turn the order round'],
    ['P M T N', 'sort by CPU, memory, uptime, name'],
  ]),
  ...group('Panes', [
    ['l g d', 'log, graphs, details of the process; again: closed'],
    ['Tab', 'from the processes to the pane and back'],
    ['z', 'the whole screen for one of them'],
  ]),
  ...group('In the log', [
    ['↑ ↓  PgUp PgDn', 'scroll, which pauses; Home, End: first, last line'],
    ['f  Space', 'follow new lines, or pause'],
    ['/', 'search; capitals count if there are some'],
    ['n N', 'the next older, newer line that has it'],
    ['← →', 'sideways;  w: wrap long lines'],
  ]),
  ...group('In the graphs', [['t', 'the last hour, or the last day']]),
  ...group('Do', [
    ['r R', 'restart, reload without a gap'],
    ['s S', 'stop, start'],
    ['c', 'scale: another number of instances'],
    ['', 'each asks first: y this one, a the whole app, n no'],
  ]),
  ...group('Leave', [['q  Esc  Ctrl-C', 'end;  Ctrl-Z: pause;  Ctrl-L: draw anew']]),
];

/** Lines that the help takes: each group has a title. */
export const helpHeight = (): number => KEY_HELP.length + new Set(KEY_HELP.map((one) => one.group)).size;
