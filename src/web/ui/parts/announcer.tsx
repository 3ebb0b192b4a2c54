/** Tells a screen reader what happens to processes while something else is being read. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { events } from '../live.ts';
import { plain } from '../read/plain.ts';
import { useStore } from '../store.ts';

/** Each start and end would drown everything else. */
const SAID = new Set(['errored', 'launch-failed', 'blocked', 'unready', 'not-live', 'reloaded', 'reload-failed']);

export function Announcer() {
  const all = useStore(events);
  const last = useRef<number | null>(null);
  const [text, setText] = useState('');
  useEffect(() => {
    const newest = all.at(-1)?.number;
    if (newest === undefined) return;
    // What was before the page was opened is no news.
    const fresh = last.current === null ? [] : all.filter(({ number }) => number > (last.current ?? 0));
    last.current = newest;
    const said = fresh.filter(({ kind }) => SAID.has(kind)).at(-1);
    if (said !== undefined)
      setText(plain(`${said.name ?? ''}${said.id === null ? '' : ` (${said.id})`} ${said.kind}: ${said.reason}`));
  }, [all]);
  return (
    <p class="hidden" role="log" aria-label="News of processes">
      {text}
    </p>
  );
}
