/** What stands on a terminal as an SVG, with its colours: pictures for the docs that no hand has touched. */
import type { TestTerminal } from './terminal.ts';

const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 18;
const MARGIN = 10;
const BACKGROUND = '#16181d';
const FOREGROUND = '#d7dae0';
/** The 16 colours, normal and bright. */
const PALETTE = [
  ...['#16181d', '#f0616d', '#7bc275', '#e2b454', '#6aa9f4', '#c58af9', '#56c5d0', '#d7dae0'],
  ...['#7d8590', '#f0616d', '#7bc275', '#e2b454', '#6aa9f4', '#c58af9', '#56c5d0', '#ffffff'],
];

const escaped = (text: string): string =>
  // Blanks that no viewer takes for one.
  text.replaceAll(' ', '\u00a0').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

interface Run {
  readonly from: number;
  readonly text: string;
  readonly style: string;
  readonly back: string | null;
}

function runsOf(terminal: TestTerminal, row: number): readonly Run[] {
  const buffer = terminal.buffer();
  const line = buffer.getLine(buffer.baseY + row);
  const runs: Run[] = [];
  for (let column = 0; column < terminal.columns; column++) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const color = cell.isFgPalette() ? (PALETTE[cell.getFgColor()] ?? FOREGROUND) : FOREGROUND;
    const isInverse = cell.isInverse() !== 0;
    const style = `fill="${isInverse ? BACKGROUND : color}"${cell.isBold() !== 0 ? ' font-weight="bold"' : ''}`;
    const back = isInverse ? color : null;
    const char = cell.getChars() || ' ';
    const last = runs.at(-1);
    if (last !== undefined && last.style === style && last.back === back)
      runs[runs.length - 1] = { ...last, text: last.text + char };
    else runs.push({ from: column, text: char, style, back });
  }
  return runs.filter(({ text, back }) => back !== null || text.trim() !== '');
}

/** @param title for those who do not see it */
export function svgOf(terminal: TestTerminal, title: string): string {
  const width = Math.ceil(terminal.columns * CELL_WIDTH + 2 * MARGIN);
  const height = Math.ceil(terminal.rows * LINE_HEIGHT + 2 * MARGIN);
  const round = (value: number): number => Math.round(value * 10) / 10;
  const shapes = Array.from({ length: terminal.rows }, (_, row) =>
    runsOf(terminal, row).map(({ from, text, style, back }) => {
      const [x, y] = [round(MARGIN + from * CELL_WIDTH), MARGIN + row * LINE_HEIGHT];
      const length = round([...text].length * CELL_WIDTH);
      const rect =
        back === null ? '' : `<rect x="${x}" y="${y}" width="${length}" height="${LINE_HEIGHT}" fill="${back}"/>`;
      return `${rect}<text x="${x}" y="${y + 13.5}" textLength="${length}" ${style}>${escaped(text)}</text>`;
    }),
  ).flat();
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    '<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14">',
    ...shapes,
    '</g></svg>',
    '',
  ].join('\n');
}
