// Curves of growth for Markdown, in Mermaid's `xychart-beta`, which GitHub draws: no library and no picture to keep beside the
// figures. It has no legend, so each curve's colour is named above it.
const COLOURS = {
  upkeep: ['#1a7f37', 'green'],
  pm2: ['#cf222e', 'red'],
  supervisord: ['#0969da', 'blue'],
  bare: ['#6e7781', 'grey'],
};

const MEASURES = [
  ['listMs', '`list`, ms', 'ms'],
  ['daemonMb', 'private memory of daemon and keepers, MB', 'MB'],
  ['idleCpu', 'CPU at rest, % of a core', '% of a core'],
  ['startMs', 'start, ms for each process added', 'ms a process'],
];

const round = (value) => Math.round(value * 100) / 100;

/** @param points `{ name, count, listMs, daemonMb, idleCpu, startMs }`, of one contender with so many processes */
export function charts(points) {
  if (points.length === 0) return 'Not measured yet.';
  const counts = [...new Set(points.map(({ count }) => count))].sort((a, b) => a - b);
  const of = (name, measure) =>
    counts.map((count) => points.find((point) => point.name === name && point.count === count)?.[measure] ?? null);
  return MEASURES.map(([measure, title, unit]) => {
    // A curve with a hole would be drawn as if nothing were missing.
    const names = Object.keys(COLOURS).filter((name) => of(name, measure).every((value) => value !== null));
    const palette = names.map((name) => COLOURS[name][0]).join(', ');
    const lines = names.map((name) => `  line [${of(name, measure).map(round).join(', ')}]`);
    return `**${title}** (${names.map((name) => `${COLOURS[name][1]}: ${name}`).join(', ')})

\`\`\`mermaid
%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "${palette}"}}}}%%
xychart-beta
  x-axis "processes" [${counts.map((count) => `"${count}"`).join(', ')}]
  y-axis "${unit}" 0 --> ${Math.ceil(Math.max(0.1, ...names.flatMap((name) => of(name, measure))) * 10) / 10}
${lines.join('\n')}
\`\`\``;
  }).join('\n\n');
}
