/**
 * `top` once, for pipes and programs: the table as text that `awk` can take apart, or as JSON. Without it whoever wants the
 * three largest processes would have to cut up the boxes of `list`.
 */
import type { InstanceView } from '../../protocol/control.ts';
import { colorsFor } from '../render/colors.ts';
import { fitted, textWidth } from '../render/table.ts';
import type { Session } from '../session.ts';
import { COLUMNS, type Sort, sortRows } from './columns.ts';

export interface PrintOptions {
  readonly sort: Sort;
  readonly isJson: boolean;
  readonly most: number;
}

export async function printTop(session: Session, { sort, isJson, most }: PrintOptions): Promise<void> {
  const { out } = session;
  const client = await session.client();
  const now = Date.now();
  const views = sortRows(await client.list(), sort, now).slice(0, most);
  if (isJson)
    out.machine(
      `${JSON.stringify(
        views.map((view) => figuresOf(view, now)),
        null,
        2,
      )}\n`,
    );
  else out.machine(`${tableOf(views, now, out.hasColor).join('\n')}\n`);
}

/** Bytes, percent of a core, shares of 1, milliseconds; null: not known. */
function figuresOf(view: InstanceView, now: number): Readonly<Record<string, unknown>> {
  const { id, name, namespace, status, reason, pid, cpuPercent, memoryBytes, restarts, generation } = view;
  const { loopUtilization = null, loopDelayP99Ms = null, heapUsedBytes = null } = view.load ?? {};
  const { requestsPerSecond = null, errorsPerSecond = null, requestP99Ms = null } = view.load ?? {};
  const uptimeMs = pid === 0 ? null : now - view.startedAt;
  return {
    ...{
      id,
      name,
      namespace,
      status,
      reason,
      pid,
      cpuPercent,
      memoryBytes,
      heapUsedBytes,
      loopUtilization,
      loopDelayP99Ms,
    },
    ...{ requestsPerSecond, errorsPerSecond, requestP99Ms, restarts, uptimeMs, generation },
  };
}

function tableOf(views: readonly InstanceView[], now: number, hasColor: boolean): readonly string[] {
  const { bold } = colorsFor(hasColor);
  const rows = views.map((view) => COLUMNS.map((column) => column.text(view, now)));
  const widths = COLUMNS.map(({ title }, index) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[index] ?? '')), textWidth(title)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return COLUMNS[index]?.alignsRight === true ? ' '.repeat(width - textWidth(cell)) + cell : fitted(cell, width);
      })
      .join('  ')
      .trimEnd();
  return [bold(line(COLUMNS.map(({ title }) => title))), ...rows.map(line)];
}
