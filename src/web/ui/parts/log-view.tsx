/** A log as one reads it: newest at the end, held when one scrolls back, older lines at the top. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { LogEntry } from '../../api.ts';
import { found, spansOf, withoutColors } from '../read/ansi.ts';
import { clock, day, plural } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { structured } from '../read/structured.ts';
import { windowOf } from '../read/window.ts';
import { useKeys } from './keys.ts';
import { type LogFilter, LogLines } from './log-lines.ts';
import { memo } from './memo.ts';
import { Failure } from './notice.tsx';
import { useRested } from './rested.ts';

const ROW = 20;
/** Wrapped lines have heights of their own and are all drawn. */
const MOST_WRAPPED = 1500;
const NEAR = 60;

interface LogProps {
  readonly filter: LogFilter;
  /** All lines are of one process: it need not be named in each. */
  readonly isSingle: boolean;
}

export function LogView(props: LogProps) {
  const isResting = useRested();
  // Seen again, the lines begin anew with the newest.
  return isResting ? null : <LiveLog {...props} />;
}

function LiveLog({ filter, isSingle }: LogProps) {
  const [, draw] = useState({});
  const [wraps, setWraps] = useState(() => matchMedia('(max-width: 640px)').matches);
  const [opened, setOpened] = useState<LogEntry | null>(null);
  const [place, setPlace] = useState({ top: 0, height: 600 });
  const box = useRef<HTMLDivElement>(null);
  const key = JSON.stringify(filter);
  const log = useMemo(() => new LogLines(filter, () => draw({})), [key]);
  useEffect(() => () => log.close(), [log]);
  useEffect(() => setOpened(null), [log]);

  const shown = wraps ? log.lines.slice(-MOST_WRAPPED) : log.lines;
  const seen = wraps ? { from: 0, to: shown.length } : windowOf(place.top, place.height, ROW, shown.length);
  useKept(box, log, shown[0]?.key ?? 0);

  const toEnd = (): void => {
    log.hold(false);
    requestAnimationFrame(() => box.current?.scrollTo({ top: box.current.scrollHeight }));
  };
  const onScroll = (): void => {
    const element = box.current;
    if (element === null) return;
    setPlace({ top: element.scrollTop, height: element.clientHeight });
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    if (!isAtEnd) log.hold(true);
    if (element.scrollTop < NEAR) void log.older();
  };
  useKeys([
    { keys: ' ', what: 'Hold the lines, go on', run: () => (log.isHeld ? toEnd() : log.hold(true)) },
    { keys: 'G', what: 'To the newest line', run: toEnd },
    { keys: 'w', what: 'Wrap long lines', run: () => setWraps(!wraps) },
  ]);
  const isLive = filter.until === '';
  return (
    <div class="log">
      <div class="bar small">
        {isLive && (
          <button type="button" aria-pressed={log.isHeld} onClick={() => (log.isHeld ? toEnd() : log.hold(true))}>
            {log.isHeld ? `▶ Go on${log.pending.length > 0 ? ` (${log.pending.length} new)` : ''}` : '❚❚ Hold'}
          </button>
        )}
        <button type="button" aria-pressed={wraps} onClick={() => setWraps(!wraps)}>
          Wrap
        </button>
        <button type="button" onClick={() => log.clear()}>
          Clear view
        </button>
        <button type="button" onClick={() => download(log.lines.map(({ entry }) => entry))}>
          Download
        </button>
        <span class="grow" />
        <span class="soft" role="status">
          {plural(log.lines.length, 'line')}
          {log.missed > 0 && `, ${log.missed} were too fast to be shown`}
        </span>
      </div>
      {log.error !== null && <Failure error={log.error} />}
      <section
        ref={box}
        class={`lines-box${wraps ? ' wraps' : ''}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label="Log lines"
        onScroll={onScroll}
      >
        <p class="soft top-note">
          {log.isLoading
            ? 'Loading…'
            : log.isFull
              ? 'Older lines are not kept in the page: search, or go to a time.'
              : log.hasOlder
                ? ''
                : log.lines.length === 0
                  ? isLive
                    ? 'No line matches. New ones appear here.'
                    : 'No line matches.'
                  : 'There is nothing older.'}
        </p>
        <div style={{ height: `${seen.from * ROW}px` }} />
        {shown.slice(seen.from, seen.to).map(({ key: lineKey, entry }) => (
          <OneLine
            key={lineKey}
            entry={entry}
            word={filter.grep}
            isSingle={isSingle}
            isOpened={entry === opened}
            onOpen={setOpened}
          />
        ))}
        <div style={{ height: `${(shown.length - seen.to) * ROW}px` }} />
      </section>
      {opened !== null && <Opened entry={opened} onClose={() => setOpened(null)} />}
    </div>
  );
}

/** Keeps what is read where it is when lines come before it; follows the end unless the view is held. */
function useKept(box: { readonly current: HTMLDivElement | null }, log: LogLines, firstKey: number): void {
  const before = useRef({ firstKey, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (!log.isHeld) element.scrollTop = element.scrollHeight;
    else if (firstKey < before.current.firstKey) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { firstKey, height: element.scrollHeight };
  });
}

interface LineProps {
  readonly entry: LogEntry;
  readonly word: string;
  readonly isSingle: boolean;
  readonly isOpened: boolean;
  readonly onOpen: (entry: LogEntry | null) => void;
}

const OneLine = memo(({ entry, word, isSingle, isOpened, onOpen }: LineProps) => {
  const { at, name, id, stream, level, text } = entry;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: its button does the same by keyboard
    // biome-ignore lint/a11y/noStaticElementInteractions: the whole line is only a larger place to click
    <div
      class={`line ${stream}${level === null ? '' : ` level-${levelClass(level)}`}${isOpened ? ' opened' : ''}`}
      onClick={() => getSelection()?.isCollapsed !== false && onOpen(isOpened ? null : entry)}
    >
      <time title={at === null ? '' : day(at)}>{at === null ? '' : clock(at, true)}</time>
      {!isSingle && (
        <span class="who">
          {plain(name)}:{id}
        </span>
      )}
      <span class="kind" title={stream === 'err' ? 'standard error' : 'standard output'}>
        {level ?? stream}
      </span>
      <span class="text">
        <Colored text={text} word={word} />
      </span>
    </div>
  );
});

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const levelClass = (level: string): string => (LEVELS.includes(level) ? level : 'other');

const marked = (text: string, word: string) =>
  found(text, word).map(({ text: piece, isFound }) => (isFound ? <mark>{piece}</mark> : piece));

function Colored({ text, word }: { readonly text: string; readonly word: string }) {
  const object = structured(text);
  if (object !== null)
    return (
      <>
        {marked(object.message, word)}
        {object.fields.map(([key, value]) => (
          <span key={key} class="field-pair">
            {' '}
            <i>{marked(key, word)}=</i>
            {marked(value, word)}
          </span>
        ))}
      </>
    );
  return (
    <>
      {spansOf(text).map(({ text: part, classes, color, background }, index) => {
        const pieces = marked(part, word);
        if (classes === '' && color === null && background === null) return pieces;
        return (
          <span key={index} class={classes} style={{ color: color ?? '', background: background ?? '' }}>
            {pieces}
          </span>
        );
      })}
    </>
  );
}

function Opened({ entry, onClose }: { readonly entry: LogEntry; readonly onClose: () => void }) {
  const { at, name, id, stream, text } = entry;
  return (
    <section class="opened-line" aria-label="Chosen line">
      <header>
        <b>
          {plain(name)} ({id})
        </b>
        <span>{stream === 'err' ? 'standard error' : 'standard output'}</span>
        <time>{at === null ? 'time not known' : `${day(at)} ${clock(at, true)}`}</time>
        <span class="grow" />
        <button type="button" onClick={() => void navigator.clipboard?.writeText(withoutColors(text))}>
          Copy
        </button>
        <button type="button" class="quiet icon" aria-label="Close the line" onClick={onClose}>
          ✕
        </button>
      </header>
      <pre>{pretty(text)}</pre>
    </section>
  );
}

/** A line that is JSON, with its fields below each other. */
function pretty(text: string): string {
  const bare = withoutColors(text);
  if (!bare.trimStart().startsWith('{')) return bare;
  try {
    return plainKeepingLines(JSON.stringify(JSON.parse(bare), null, 2));
  } catch {
    return bare;
  }
}

const plainKeepingLines = (text: string): string => text.split('\n').map(plain).join('\n');

function download(entries: readonly LogEntry[]): void {
  const text = entries
    .map(
      ({ at, name, id, stream, text: line }) =>
        `${at === null ? '-' : new Date(at).toISOString()} ${name}:${id} ${stream} ${line}`,
    )
    .join('\n');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }));
  link.download = `upkeep-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.log`;
  link.click();
  URL.revokeObjectURL(link.href);
}
