/**
 * What keys do, and where. Without one list of them two parts of the page would take the same key, and the help would tell of
 * keys that are gone.
 */
import { useLayoutEffect } from 'preact/hooks';

export interface Key {
  /** As `KeyboardEvent.key` has it; `g l`: one after the other. */
  readonly keys: string;
  /** For the help; absent: it is the second name of another. */
  readonly what?: string;
  readonly run: () => void;
}

const bound = new Set<readonly Key[]>();
const SEQUENCE_MS = 1200;
let first: { readonly key: string; readonly at: number } | null = null;

export const allKeys = (): readonly Key[] => [...bound].flat().filter(({ what }) => what !== undefined);

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector('dialog[open]') !== null) return;
  if (isTyping(event.target)) {
    if (event.key === 'Escape') (event.target as HTMLElement).blur();
    return;
  }
  // Enter and space on a button or a link are its own.
  if (
    (event.key === 'Enter' || event.key === ' ') &&
    event.target instanceof HTMLElement &&
    event.target !== document.body
  )
    if (event.target.closest('a,button,summary') !== null) return;
  const sequence = first !== null && Date.now() - first.at < SEQUENCE_MS ? `${first.key} ${event.key}` : null;
  const keys = [...bound].reverse().flat();
  const found = keys.find((one) => one.keys === sequence) ?? keys.find((one) => one.keys === event.key);
  first = found === undefined ? { key: event.key, at: Date.now() } : null;
  if (found === undefined) return;
  event.preventDefault();
  found.run();
}

export const beginKeys = (): void => document.addEventListener('keydown', onKey);

/** Keys that do something as long as this part is shown. */
export function useKeys(keys: readonly Key[]): void {
  // With the drawing, not after it: who types fast presses the next key before the browser has painted.
  useLayoutEffect(() => {
    bound.add(keys);
    return () => void bound.delete(keys);
  });
}
