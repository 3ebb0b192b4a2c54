/** All measures of one app, one line a process, over the last hour or day. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { InstanceView } from '../../../protocol/control.ts';
import type { HistorySpan } from '../../../protocol/observation.ts';
import type { History } from '../../api.ts';
import { ask, messageOf } from '../ask.ts';
import { events } from '../live.ts';
import { moment } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { aligned, GRAPHS, type Graph } from '../read/series.ts';
import { useStore } from '../store.ts';
import { Chart, colorName, type Line, type Mark } from './chart.tsx';
import { Failure } from './notice.tsx';

/** More lines than this cannot be told apart. */
export const MOST_LINES = 8;
const EVERY_MS: Readonly<Record<HistorySpan, number>> = { hour: 10_000, day: 60_000 };

const MARKED: Readonly<Record<string, boolean>> = {
  exited: true,
  errored: true,
  blocked: true,
  reloaded: false,
  'reload-failed': true,
};

function useHistories(ids: readonly number[], span: HistorySpan) {
  const [state, setState] = useState<{ key: string; histories: readonly History[]; error: string | null }>({
    key: '',
    histories: [],
    error: null,
  });
  const key = `${span} ${ids.join(' ')}`;
  useEffect(() => {
    const abort = new AbortController();
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const asked = ids.map((id) => ask<History>(`/api/history/${id}?span=${span}`, abort.signal));
        const histories = await Promise.all(asked);
        if (!abort.signal.aborted) setState({ key, histories, error: null });
      } catch (error) {
        if (!abort.signal.aborted) setState((before) => ({ ...before, key, error: messageOf(error) }));
      }
    };
    void look();
    const timer = setInterval(look, EVERY_MS[span]);
    document.addEventListener('visibilitychange', look);
    return () => {
      abort.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [key]);
  return state;
}

interface Drawing {
  readonly graph: Graph;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}

/** @param slots of the processes that are shown, by id */
function drawingsOf(histories: readonly History[], slots: ReadonlyMap<number, number>): readonly Drawing[] {
  const known = histories.filter(({ id }) => slots.has(id));
  if (known.length === 0) return [];
  return GRAPHS.map((graph) => {
    const { times, columns } = aligned(
      known.map(({ endAt, stepMs, series }) => ({ endAt, stepMs, values: series[graph.series] })),
    );
    const lines = columns.map((values, index) => ({ label: String(slots.get(known[index]?.id ?? -1) ?? ''), values }));
    return { graph, times, lines };
  });
}

export function Graphs({
  instances,
  span,
}: {
  readonly instances: readonly InstanceView[];
  readonly span: HistorySpan;
}) {
  const shown = instances.slice(0, MOST_LINES);
  const { histories, error } = useHistories(
    shown.map(({ id }) => id),
    span,
  );
  const ids = new Set(shown.map(({ id }) => id));
  const marks: Mark[] = useStore(events)
    .filter(({ kind, id, name }) => kind in MARKED && (id === null ? name === shown[0]?.name : ids.has(id)))
    .map(({ at, kind, reason }) => ({ at, text: `${kind}: ${reason}`, isBad: MARKED[kind] === true }));
  const key = shown.map(({ id, slot }) => `${id}/${slot}`).join(' ');
  // The list comes every second, the history every ten: only that is drawn anew.
  const drawings = useMemo(
    () => drawingsOf(histories, new Map(shown.map(({ id, slot }) => [id, slot]))),
    [histories, key],
  );
  const known = histories.filter(({ id }) => ids.has(id));
  const from = Math.min(...known.map(({ endAt, stepMs, series }) => endAt - series.cpuPercent.length * stepMs));
  const seen = marks.filter(({ at }) => at >= from).slice(-6);
  return (
    <>
      {error !== null && <Failure error={error} />}
      {instances.length > MOST_LINES && (
        <p class="note">
          The first {MOST_LINES} of {instances.length} processes. Choose one to see it alone.
        </p>
      )}
      {shown.length > 1 && (
        <p class="legend" aria-hidden="true">
          {shown.map(({ id, slot }, index) => (
            <span key={id}>
              <i style={{ background: `var(${colorName(index)})` }} /> process {slot}
            </span>
          ))}
        </p>
      )}
      {known.length === 0 && error === null && (
        <p class="empty" aria-busy="true">
          Loading…
        </p>
      )}
      <div class="charts">
        {drawings.map(({ graph, times, lines }) => (
          <Chart key={graph.series} graph={graph} times={times} lines={lines} marks={marks} group={`app-${span}`} />
        ))}
      </div>
      {seen.length > 0 && (
        <ul class="marks" aria-label="What the dashed lines are">
          {seen.map(({ at, text, isBad }) => (
            <li key={`${at} ${text}`} class={isBad ? 'bad' : ''}>
              <time>{moment(at, Date.now())}</time> {plain(text)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
