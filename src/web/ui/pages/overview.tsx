/** All processes: what runs, how, and what needs somebody. The page that is open all day. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { InstanceView } from '../../../protocol/control.ts';
import { overview } from '../live.ts';
import { Alerts } from '../parts/alerts.tsx';
import { Host } from '../parts/host.tsx';
import { useKeys } from '../parts/keys.ts';
import { Empty } from '../parts/notice.tsx';
import { Row } from '../parts/row.tsx';
import { lookOf, urgency } from '../parts/status.tsx';
import { TableBox } from '../parts/table-box.tsx';
import { wish } from '../parts/wishes.ts';
import { appsOf, labelOf } from '../read/apps.ts';
import { plural } from '../read/format.ts';
import { COLUMNS, filtered, type Sorting, type SortKey, sorted } from '../read/listing.ts';
import { plain } from '../read/plain.ts';
import { go, refine, useRoute } from '../route.ts';
import { useStore } from '../store.ts';

const KEYS: readonly SortKey[] = COLUMNS.map(({ key }) => key);

function sortingOf(text: string | undefined): Sorting {
  const isDescending = text?.startsWith('-') === true;
  const key = KEYS.find((one) => one === text?.replace('-', ''));
  return key === undefined ? { key: 'name', isDescending: false } : { key, isDescending };
}

export function OverviewPage() {
  const view = useStore(overview);
  const route = useRoute();
  const filter = route.query.filter ?? '';
  const sorting = sortingOf(route.query.sort);
  const [at, setAt] = useState<number | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const all = view?.instances ?? [];
  const rows = useMemo(
    () => sorted(filtered(all, filter), sorting, urgency),
    [all, filter, sorting.key, sorting.isDescending],
  );
  const several = useMemo(() => severalOf(all), [all]);

  const move = (by: number): void => {
    if (rows.length === 0) return;
    const now = rows.findIndex(({ id }) => id === at);
    const next = rows[Math.min(rows.length - 1, Math.max(0, now === -1 ? (by > 0 ? 0 : rows.length - 1) : now + by))];
    setAt(next?.id ?? null);
  };
  const chosen = rows.find(({ id }) => id === at) ?? null;
  const act = (verb: 'restart' | 'reload' | 'stop' | 'start') => (): void => {
    if (chosen === null) return;
    wish.set({ verb, target: String(chosen.id), label: labelOf(chosen, several.has(chosen.appKey)) });
  };
  useKeys([
    { keys: '/', what: 'Filter the list', run: () => search.current?.focus() },
    { keys: 'j', what: 'Next process', run: () => move(1) },
    { keys: 'k', what: 'Process before', run: () => move(-1) },
    { keys: 'ArrowDown', run: () => move(1) },
    { keys: 'ArrowUp', run: () => move(-1) },
    {
      keys: 'Enter',
      what: 'Open the chosen process',
      run: () =>
        chosen !== null && go(['app', chosen.appKey], several.has(chosen.appKey) ? { id: String(chosen.id) } : {}),
    },
    { keys: 'r', what: 'Restart it', run: act('restart') },
    { keys: 'l', what: 'Reload it', run: act('reload') },
    { keys: 's', what: 'Stop it', run: act('stop') },
    { keys: 'a', what: 'Start it', run: act('start') },
    {
      keys: 'Escape',
      what: 'Choose none, show all',
      run: () => {
        setAt(null);
        refine(route, { filter: undefined });
      },
    },
  ]);
  useEffect(() => {
    if (at !== null) document.getElementById(`row-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  if (view === null)
    return (
      <p class="empty" aria-busy="true">
        Loading…
      </p>
    );
  const sortBy = (key: SortKey): void => {
    const isNumber = COLUMNS.some((column) => column.key === key && column.isNumber);
    const isDescending = sorting.key === key ? !sorting.isDescending : isNumber;
    refine(route, { sort: `${isDescending ? '-' : ''}${key}` });
  };
  return (
    <>
      <h1 class="hidden">Processes</h1>
      <Host view={view} />
      <Alerts alerts={view.alerts} />
      {view.notes.map((note) => (
        <p key={note} class="notice">
          {plain(note)}
        </p>
      ))}
      <div class="bar">
        <input
          ref={search}
          type="search"
          class="grow"
          placeholder="Filter: name, id, state, reason"
          aria-label="Filter the processes"
          value={filter}
          onInput={(event) => refine(route, { filter: event.currentTarget.value || undefined })}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            setAt(rows[0]?.id ?? null);
            event.currentTarget.blur();
          }}
        />
        <Tally instances={all} shown={rows.length} />
      </div>
      {all.length === 0 ? (
        <Empty>
          Nothing is kept here yet. <code>upkeep start app.js</code> begins.
        </Empty>
      ) : rows.length === 0 ? (
        <Empty>Nothing matches this filter.</Empty>
      ) : (
        <TableBox label="Processes">
          <table class="list">
            <caption class="hidden">Processes: arrow keys or j and k choose, Enter opens</caption>
            <thead>
              <tr>
                {COLUMNS.map(({ key, title, hint, isNumber }) => (
                  <th
                    key={key}
                    scope="col"
                    class={`col-${key}${isNumber ? ' number' : ''}`}
                    aria-sort={sorting.key !== key ? undefined : sorting.isDescending ? 'descending' : 'ascending'}
                  >
                    <button type="button" class="quiet" title={hint} onClick={() => sortBy(key)}>
                      {title}
                      <span aria-hidden="true" class="arrow">
                        {sorting.key === key ? (sorting.isDescending ? '↓' : '↑') : ''}
                      </span>
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((instance) => (
                <Row
                  key={instance.id}
                  instance={instance}
                  isOneOfSeveral={several.has(instance.appKey)}
                  isChosen={instance.id === at}
                  at={view.at}
                />
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </>
  );
}

/** Apps of more than one process. */
function severalOf(all: readonly InstanceView[]): ReadonlySet<string> {
  return new Set(
    appsOf(all)
      .filter(({ instances }) => instances.length > 1)
      .map(({ key }) => key),
  );
}

function Tally({ instances, shown }: { readonly instances: readonly InstanceView[]; readonly shown: number }) {
  const words = new Map<string, { tone: string; count: number }>();
  for (const instance of instances) {
    const { word, tone } = lookOf(instance);
    words.set(word, { tone, count: (words.get(word)?.count ?? 0) + 1 });
  }
  return (
    <p class="tally">
      {[...words].map(([word, { tone, count }]) => (
        <span key={word} class={`status ${tone}`}>
          {count} {word}
        </span>
      ))}
      <span class="hidden" role="status">
        {plural(shown, 'process', 'processes')} shown
      </span>
    </p>
  );
}
