// Turns rows into tables of Markdown, for the terminal and for docs/benchmarks.md, and finds what misses its target, so that
// nobody has to look for it.
export const show = (value) =>
  value === null || value === undefined
    ? '–'
    : typeof value === 'number'
      ? String(Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100)
      : value;

const met = (value) => (value === undefined || value === null ? '–' : value ? 'yes' : '**no**');

/** Columns in which no row has anything are left out. */
export function grid(head, lines) {
  const kept = head.map((_, i) => i === 0 || lines.some((cells) => (cells[i] ?? '–') !== '–'));
  const cut = (cells) => cells.filter((_, i) => kept[i]);
  return [head, head.map(() => '---'), ...lines]
    .map(
      (cells) =>
        `| ${cut(cells)
          .map((cell) => String(cell).replaceAll('|', '\\|'))
          .join(' | ')} |`,
    )
    .join('\n');
}

const MANAGERS = ['upkeep', 'pm2', 'supervisord', 'bare'];

/** One case as it was found: its rows, who could not take part and why, and why it ended early. */
export function table({ rows, absent = [], failure }) {
  const lines = rows.map((row) => [
    row.what,
    ...MANAGERS.map((name) => show(row[name])),
    show(row.figure),
    row.target ?? '–',
    met(row.met),
  ]);
  const notes = absent.map(({ name, why }) => `${name}: ${why}.`);
  if (failure !== null && failure !== undefined) notes.push(`**Ended early: ${failure}.**`);
  return [grid(['what', ...MANAGERS, 'figure', 'target', 'met'], lines), ...notes].join('\n\n');
}

/** What stands first on the page. */
export function missed(cases) {
  return Object.entries(cases).flatMap(([name, { rows, failure }]) => [
    ...rows.filter((row) => row.met === false).map((row) => `- ${row.what}: ${show(row.figure)}, target ${row.target}`),
    ...(failure === null || failure === undefined ? [] : [`- the case \`${name}\` ended early: ${failure}`]),
  ]);
}
