/**
 * Boxes around rows: the only place that knows the table library. Without it the library would be drawn into every
 * command, and `ping` would pay for tables.
 */
import Table from 'cli-table3';

export interface Column {
  readonly title: string;
  /** Cells wider than this are cut with `…`; absent: as wide as the widest. Padding of one blank each side is included. */
  readonly width?: number;
}

export function drawTable(columns: readonly Column[] | null, rows: readonly (readonly string[])[], hasColor: boolean): string {
  const style = { head: hasColor ? ['cyan', 'bold'] : [], border: hasColor ? ['gray'] : [] };
  const widths = columns?.map((column) => column.width ?? null) ?? [];
  const table = new Table({
    ...(columns === null ? {} : { head: columns.map((column) => column.title) }),
    style: { ...style, compact: true },
    colWidths: widths,
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
