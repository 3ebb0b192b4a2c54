/**
 * Crash records for people: a list of them, and one with what speaks for its cause first. Without the order here the one line
 * that matters would stand below fifty that do not.
 */
import { describeExit } from '../../core/exit.ts';
import type { Work } from '../../protocol/agent.ts';
import type { ChangedKey, CrashRecord, CrashSummary } from '../../protocol/observation.ts';
import { colorsFor } from './colors.ts';
import { drawTable, textWidth } from './table.ts';
import { localTime, plain, plainLine, plural, shortSize, spokenDuration } from './words.ts';

const MOST_FRAMES = 12;
const LONGEST_HEADLINE = 60;
const SMALLEST_HEADLINE = 20;

interface Look {
  readonly now: number;
  readonly hasColor: boolean;
}

/** @param look.columns width of the terminal; null: there is none */
export function renderCrashes(
  crashes: readonly CrashSummary[],
  look: Look & { readonly columns: number | null },
): string {
  const rows = crashes.map((one) => [
    one.crash,
    `${spokenDuration(look.now - one.at)} ago`,
    plain(`${one.name} (${one.id})`),
    plain(describeExit(one.exit)) + (one.inRow > 1 ? `, ${one.inRow} in a row` : ''),
  ]);
  const used = [0, 1, 2, 3].reduce((sum, at) => sum + Math.max(...rows.map((row) => textWidth(row[at] ?? ''))) + 3, 1);
  const room = look.columns === null ? LONGEST_HEADLINE : look.columns - used - 3;
  const width = Math.min(LONGEST_HEADLINE, Math.max(SMALLEST_HEADLINE, room));
  const columns = [
    { title: 'crash' },
    { title: 'when' },
    { title: 'process' },
    { title: 'end' },
    { title: 'error', width: width + 2 },
  ];
  return drawTable(
    columns,
    rows.map((row, i) => [...row, plainLine(crashes[i]?.headline ?? '', false)]),
    look.hasColor,
  );
}

export interface CrashLook extends Look {
  /** Last lines that are shown. */
  readonly lines: number;
  /** Where the record lies. */
  readonly folder: string;
}

export function renderCrash(record: CrashRecord, look: CrashLook): string {
  const colors = colorsFor(look.hasColor);
  const lived = spokenDuration(Math.max(0, record.at - record.startedAt));
  const head = [
    `${colors.bold(plain(`${record.name} (${record.id})`))} ${colors.red(plain(describeExit(record.exit)))} at ${localTime(record.at)}, ${spokenDuration(look.now - record.at)} ago`,
    `  because:   ${plain(record.reason)}`,
    `  life:      number ${record.incarnation}, ${lived} long${record.pid === null ? '' : `, pid ${record.pid}`}${record.inRow > 1 ? `; crash ${record.inRow} in a row` : ''}`,
    `  program:   version ${plain(record.version)}, generation ${record.generation}${record.nodeVersion === null ? '' : `, Node ${plain(record.nodeVersion)}`}; upkeep ${record.upkeepVersion}`,
    ...(record.memoryNote === null ? [] : [colors.yellow(`  memory:    ${plain(record.memoryNote)}`)]),
  ];
  const sections = [
    head,
    errorLines(record, colors),
    changedLines(record.changed, colors),
    workLines(record),
    curveLines(record),
    lastLines(record, look),
    ['Files:', `  ${look.folder}`, ...record.files.map(({ name, bytes }) => `    ${name} (${shortSize(bytes)})`)],
    record.notes.length === 0 ? [] : ['Not known:', ...record.notes.map((note) => `  ${plain(note)}`)],
  ];
  return sections
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n');
}

type Colors = ReturnType<typeof colorsFor>;

const FROM_WORDS = {
  runtime: '',
  lines: ' (as it stands in its last lines)',
  'blocked-loop': ' (where its event loop stood)',
} as const;

const frameLines = (frames: readonly string[], indent: string): string[] => [
  ...frames.slice(0, MOST_FRAMES).map((frame) => `${indent}at ${plain(frame)}`),
  ...(frames.length > MOST_FRAMES ? [`${indent}and ${frames.length - MOST_FRAMES} more`] : []),
];

function errorLines({ errors, headline, stack, stackFrom }: CrashRecord, colors: Colors): string[] {
  if (errors.length === 0) {
    if (headline === null) return [];
    const from = stackFrom === null ? '' : FROM_WORDS[stackFrom];
    return [`${colors.red(plainLine(headline, false))}${from}`, ...frameLines(stack, '  ')];
  }
  return errors.flatMap(({ name, message, code, stack: frames }, i) => {
    const [first = '', ...more] = message.split('\n');
    const text = `${name}${code === null ? '' : ` [${code}]`}: ${first}`;
    return [
      i === 0 ? colors.red(plain(text)) : `caused by ${plain(text)}`,
      ...more.map((line) => `  ${plain(line)}`),
      ...frameLines(frames, '  '),
    ];
  });
}

function changedLines(changed: readonly ChangedKey[], colors: Colors): string[] {
  if (changed.length === 0) return [];
  const shown = (value: string | null): string => (value === null ? 'not set' : plain(value));
  return [
    'Changed since it last went well:',
    ...changed.map(({ key, before, after, isSecret }) =>
      isSecret === true
        ? `  ${colors.yellow(plain(key))}: another value, which is a secret's`
        : `  ${colors.yellow(plain(key))}: ${shown(before)} → ${shown(after)}`,
    ),
  ];
}

function workText({ protocol, method, path, remote, openMs, ageMs }: Work): string {
  const what = [method, path].filter((part) => part !== null).join(' ');
  const age =
    ageMs !== undefined
      ? `, ${spokenDuration(ageMs)} old`
      : openMs > 0
        ? `, on a connection ${spokenDuration(openMs)} old`
        : '';
  return plain(`${what === '' ? 'a connection' : what} (${protocol})${remote === null ? '' : ` from ${remote}`}${age}`);
}

function workLines({ inFlight, at }: CrashRecord): string[] {
  if (inFlight === null || (inFlight.work.length === 0 && inFlight.more === 0)) return [];
  const before = at - inFlight.toldAt;
  return [
    `In flight${before > 1_000 ? ` ${spokenDuration(before)} before` : ''}:`,
    ...inFlight.work.map((one) => `  ${workText(one)}`),
    ...(inFlight.more > 0 ? [`  and ${inFlight.more} more`] : []),
  ];
}

/** The way of the last minutes in two lines; the page draws it. */
function curveLines({ curve }: CrashRecord): string[] {
  if (curve === null) return [];
  const known = (values: readonly (number | null)[]): readonly number[] =>
    values.filter((value): value is number => value !== null);
  const rows: readonly (readonly [name: string, values: readonly number[], show: (value: number) => string])[] = [
    ['memory', known(curve.series.memoryBytes), shortSize],
    ['heap used', known(curve.series.heapUsedBytes), shortSize],
    ['cpu', known(curve.series.cpuPercent), (value) => `${Math.round(value)} %`],
    ['loop delay p99', known(curve.series.loopDelayP99Ms), (value) => `${Math.round(value)} ms`],
    ['requests/s', known(curve.series.requestsPerSecond), (value) => String(Math.round(value * 10) / 10)],
  ];
  const shown = rows.filter(([, values]) => values.length > 0);
  if (shown.length === 0) return [];
  return [
    'The last minutes (first, highest, last):',
    ...shown.map(([name, values, show]) => {
      const [first = 0] = values;
      return `  ${`${name}:`.padEnd(16)}${show(first)}, ${show(Math.max(...values))}, ${show(values.at(-1) ?? 0)}`;
    }),
  ];
}

function lastLines({ lastLines: lines }: CrashRecord, look: CrashLook): string[] {
  if (look.lines === 0) return [];
  if (lines.length === 0) return ['It had written nothing that is kept.'];
  const colors = colorsFor(look.hasColor);
  const shown = lines.slice(-look.lines);
  const hidden = lines.length - shown.length;
  return [
    hidden === 0 ? 'Last lines:' : `Last lines (${plural(hidden, 'more', 'more')} with --lines ${lines.length}):`,
    ...shown.map(({ at, stream, text }) => {
      const mark = stream === 'err' ? colors.red('err') : colors.green('out');
      return `  ${localTime(at).slice(11, 23)} ${mark} | ${plainLine(text, look.hasColor)}`;
    }),
  ];
}
