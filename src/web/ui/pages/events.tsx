/** What happened, numbered, newest first; new events come by themselves. */
import { useRef } from 'preact/hooks';
import type { EventRecord } from '../../../protocol/control.ts';
import { events } from '../live.ts';
import { useKeys } from '../parts/keys.ts';
import { Empty } from '../parts/notice.tsx';
import { ProcessName } from '../parts/process-name.tsx';
import { TableBox } from '../parts/table-box.tsx';
import { clock, day, plural } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { refine, useRoute } from '../route.ts';
import { useStore } from '../store.ts';

const SHOWN = 500;

const TONES: Readonly<Record<string, string>> = {
  errored: 'bad',
  'launch-failed': 'bad',
  'reload-failed': 'bad',
  'stop-failed': 'bad',
  'not-live': 'bad',
  blocked: 'bad',
  unready: 'bad',
  exited: 'busy',
  'reload-begun': 'busy',
  ready: 'good',
  reloaded: 'good',
  unblocked: 'good',
  adopted: 'good',
};

export function EventsPage() {
  const route = useRoute();
  const search = useRef<HTMLInputElement>(null);
  const all = useStore(events);
  useKeys([{ keys: '/', what: 'Filter the events', run: () => search.current?.focus() }]);
  const filter = route.query.filter ?? '';
  const rows = matching(all, filter).slice(-SHOWN).reverse();
  return (
    <>
      <h1 class="hidden">Events</h1>
      <div class="bar">
        <input
          ref={search}
          type="search"
          class="grow"
          placeholder="Filter: kind, name, reason"
          aria-label="Filter the events"
          value={filter}
          onInput={(event) => refine(route, { filter: event.currentTarget.value })}
        />
        <span class="soft">{plural(all.length, 'event')} in this page</span>
      </div>
      {rows.length === 0 ? <Empty>No event matches.</Empty> : <EventTable rows={rows} />}
    </>
  );
}

export function matching(all: readonly EventRecord[], filter: string): readonly EventRecord[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ number, kind, name, id, reason }) => {
    const text = `#${number} ${kind} ${name ?? ''} ${id ?? ''} ${reason}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function EventTable({ rows }: { readonly rows: readonly EventRecord[] }) {
  return (
    <TableBox label="Events">
      <table class="list events">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Event</th>
            <th scope="col">Process</th>
            <th scope="col">Reason</th>
            <th scope="col" class="number narrow-off">
              Number
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ number, at, kind, name, id, reason }) => (
            <tr key={number}>
              <td class="time">
                <time title={day(at)}>{clock(at)}</time>
              </td>
              <td>
                <span class={`status ${TONES[kind] ?? 'off'}`}>{plain(kind)}</span>
              </td>
              <td>
                <ProcessName name={name} id={id} />
              </td>
              <td class="reason">{plain(reason)}</td>
              <td class="number narrow-off soft">{number}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
