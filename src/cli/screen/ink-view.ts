/**
 * The screen as ink draws it, and its keys as ink reads them: the only file that knows ink, bundled with it apart, as a module
 * (it awaits while it is loaded, which CommonJS cannot). Without the border every command would carry 430 KB of React.
 */
import { Writable } from 'node:stream';
import { Box, type Key as InkKey, render, Text, useInput } from 'ink';
import { createElement, type FunctionComponent, memo, useSyncExternalStore } from 'react';
import type { Frame, Part } from './frame.ts';
import type { Key } from './keys.ts';

export interface ViewOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly first: Frame;
  onKey(key: Key): void;
  /** A whole picture, a line each. */
  onPicture(lines: readonly string[]): void;
}

export interface View {
  show(frame: Frame): void;
  /** Gives the keyboard back. */
  close(): void;
  /** Resolves at the end; rejects if the view itself breaks. */
  readonly ended: Promise<void>;
}

/**
 * Where ink believes to write to. Its own way to a terminal clears screen and scrollback whenever a picture is as high as the
 * terminal; so it gives whole pictures to this, and what changed is found by whoever takes them.
 */
class Pictures extends Writable {
  columns = 80;
  readonly #onPicture: ViewOptions['onPicture'];

  constructor(onPicture: ViewOptions['onPicture']) {
    super({ decodeStrings: false });
    this.#onPicture = onPicture;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    if (chunk !== '') this.#onPicture(chunk.split('\n'));
    done();
  }
}

const NAMED: readonly (readonly [field: keyof InkKey, key: Key])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/** What one event of ink means; several keys that came at once (a held key on a slow line, a paste) are several. */
export function keysOf(input: string, key: InkKey): readonly Key[] {
  if (key.tab) return [key.shift ? 'backtab' : 'tab'];
  const named = NAMED.find(([field]) => key[field] === true);
  if (named !== undefined) return [named[1]];
  if (key.ctrl) return [`ctrl-${input}`];
  return key.meta ? [] : [...input].map(keyOf);
}

/** Of one of several characters: ink names only those that come alone. */
function keyOf(char: string): Key {
  if (char === '\r' || char === '\n') return 'enter';
  if (char === '\t') return 'tab';
  if (char === '\u007f' || char === '\b') return 'backspace';
  return char < ' ' ? `ctrl-${String.fromCharCode(char.charCodeAt(0) + 0x60)}` : char;
}

/** The picture that is to be shown, and who waits for the next. */
class Shown {
  #frame: Frame;
  readonly #listeners = new Set<() => void>();

  constructor(first: Frame) {
    this.#frame = first;
  }

  readonly now = (): Frame => this.#frame;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  replace(frame: Frame): void {
    this.#frame = frame;
    for (const listener of this.#listeners) listener();
  }
}

const PartView: FunctionComponent<{ readonly lines: readonly string[] }> = memo(({ lines }) =>
  createElement(
    Box,
    { flexDirection: 'column', flexShrink: 0 },
    lines.map((line, index) => createElement(Text, { key: index, wrap: 'truncate' }, line === '' ? ' ' : line)),
  ),
);

const Screen: FunctionComponent<{ readonly shown: Shown; readonly onKey: ViewOptions['onKey'] }> = ({
  shown,
  onKey,
}) => {
  const { columns, rows, parts } = useSyncExternalStore(shown.subscribe, shown.now);
  useInput((input, key) => {
    for (const one of keysOf(input, key)) onKey(one);
  });
  return createElement(
    Box,
    { flexDirection: 'column', width: columns, height: rows },
    parts.map(({ name, lines }: Part) => createElement(PartView, { key: name, lines })),
  );
};

export function openView({ stdin, first, onKey, onPicture }: ViewOptions): View {
  const shown = new Shown(first);
  const pictures = new Pictures(onPicture);
  pictures.columns = first.columns;
  const ink = render(createElement(Screen, { shown, onKey }), {
    stdin,
    // Of a terminal's stream ink uses the width and `write` alone, in this mode.
    stdout: pictures as unknown as NodeJS.WriteStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  return {
    show: (next) => {
      pictures.columns = next.columns;
      shown.replace(next);
    },
    close: () => ink.unmount(),
    ended: ink.waitUntilExit().then(() => {}),
  };
}
