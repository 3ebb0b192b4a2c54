/** What of the logs is shown: whose, from when, which level and stream, with which words. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { overview } from '../live.ts';
import { appsOf } from '../read/apps.ts';
import { plain } from '../read/plain.ts';
import { refine, useRoute } from '../route.ts';
import { useStore } from '../store.ts';
import { useKeys } from './keys.ts';
import type { LogFilter } from './log-lines.ts';

/** A search over rotated files costs the server something: it begins when the typing rests. */
const TYPING_MS = 300;

export function filterOf(query: Readonly<Record<string, string>>, target: string): LogFilter {
  const { grep = '', level = '', stream = '', since = '', until = '' } = query;
  return { target, grep, level, since, until, stream: stream === 'out' || stream === 'err' ? stream : '' };
}

export function LogBar({ hasTarget }: { readonly hasTarget: boolean }) {
  const route = useRoute();
  const { query } = route;
  const search = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(query.grep ?? '');
  useEffect(() => {
    if (typed === (query.grep ?? '')) return;
    const timer = setTimeout(() => refine(route, { grep: typed }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useKeys([{ keys: '/', what: 'Search the lines', run: () => search.current?.focus() }]);
  const set = (name: string) => (event: { readonly currentTarget: { readonly value: string } }) =>
    refine(route, { [name]: event.currentTarget.value });
  return (
    <search class="bar filters" aria-label="Log filters">
      {hasTarget && <TargetChoice value={query.target ?? ''} onChoose={(target) => refine(route, { target })} />}
      <input
        ref={search}
        type="search"
        class="grow"
        placeholder="Search in the lines"
        aria-label="Search in the lines"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') refine(route, { grep: typed });
        }}
      />
      <select aria-label="Least level" value={query.level ?? ''} onChange={set('level')}>
        <option value="">all levels</option>
        <option value="debug">debug and above</option>
        <option value="info">info and above</option>
        <option value="warn">warn and above</option>
        <option value="error">error and above</option>
        <option value="fatal">fatal</option>
      </select>
      <select aria-label="Stream" value={query.stream ?? ''} onChange={set('stream')}>
        <option value="">both streams</option>
        <option value="out">stdout</option>
        <option value="err">stderr</option>
      </select>
      <select aria-label="Since" value={query.since ?? ''} onChange={set('since')}>
        <option value="">any time</option>
        <option value="10m">last 10 min</option>
        <option value="1h">last hour</option>
        <option value="24h">last day</option>
      </select>
      <label class="until">
        until
        <input type="datetime-local" step="1" value={query.until ?? ''} onChange={set('until')} />
      </label>
    </search>
  );
}

function TargetChoice({ value, onChoose }: { readonly value: string; readonly onChoose: (target: string) => void }) {
  const apps = appsOf(useStore(overview)?.instances ?? []);
  const isKnown =
    value === '' ||
    apps.some(({ name, instances }) => name === value || instances.some(({ id }) => String(id) === value));
  return (
    <select aria-label="Whose lines" value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
      <option value="">all processes</option>
      {!isKnown && <option value={value}>{plain(value)}</option>}
      {apps.flatMap(({ key, name, instances }) => [
        <option key={key} value={instances.length === 1 ? String(instances[0]?.id) : name}>
          {plain(name)}
        </option>,
        ...(instances.length > 1
          ? instances.map(({ id, slot }) => (
              <option key={`${key} ${id}`} value={String(id)}>
                {'\u00a0\u00a0'}
                {plain(name)}/{slot}
              </option>
            ))
          : []),
      ])}
    </select>
  );
}
