/** Ends that nobody asked for, newest first. */

import { useEffect, useState } from 'preact/hooks';
import { describeExit } from '../../../core/exit.ts';
import type { CrashSummary } from '../../../protocol/observation.ts';
import type { CrashList } from '../../api.ts';
import { useAnswer } from '../ask.ts';
import { events } from '../live.ts';
import { Empty, Shown } from '../parts/notice.tsx';
import { ProcessName } from '../parts/process-name.tsx';
import { TableBox } from '../parts/table-box.tsx';
import { moment } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { linkTo } from '../route.ts';
import { useStore } from '../store.ts';

/** A record is written when all that the process had printed is read: a moment after its end is told. */
const WRITTEN_AFTER_MS = [500, 2000];

/** Changes when a process has ended, and when the record of that must be there. */
function useEnds(): string {
  const ends = useStore(events).filter(({ kind }) => kind === 'exited' || kind === 'errored');
  const last = ends.at(-1)?.number ?? 0;
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    const timers = WRITTEN_AFTER_MS.map((ms) => setTimeout(() => setLooks((count) => count + 1), ms));
    return () => {
      for (const timer of timers) clearTimeout(timer);
    };
  }, [last]);
  return `${last}/${looks}`;
}

export function CrashesPage() {
  const answer = useAnswer<CrashList>('/api/crashes', 30_000, useEnds());
  return (
    <>
      <h1>Crashes</h1>
      <Shown answer={answer}>{(crashes) => <CrashTable crashes={crashes} />}</Shown>
    </>
  );
}

/** Of one app. */
export function CrashesOf({ name }: { readonly name: string }) {
  const answer = useAnswer<CrashList>(`/api/crashes?name=${encodeURIComponent(name)}`, 30_000, useEnds());
  return <Shown answer={answer}>{(crashes) => <CrashTable crashes={crashes} />}</Shown>;
}

function CrashTable({ crashes }: { readonly crashes: readonly CrashSummary[] }) {
  if (crashes.length === 0) return <Empty>No crash is on record.</Empty>;
  const now = Date.now();
  return (
    <TableBox label="Crashes">
      <table class="list events">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Process</th>
            <th scope="col">End</th>
            <th scope="col">What it said</th>
          </tr>
        </thead>
        <tbody>
          {crashes.map(({ crash, at, name, id, exit, headline, reason }) => (
            <tr key={crash}>
              <td class="time">
                <a href={linkTo(['crashes', crash])}>
                  <time>{moment(at, now)}</time>
                </a>
              </td>
              <td>
                <ProcessName name={name} id={id} />
              </td>
              <td>
                <span class="status bad">{describeExit(exit)}</span>
              </td>
              <td class="reason">{headline === null ? plain(reason) : <code>{plain(headline)}</code>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
