/** A table that may be wider than the window: it scrolls by itself, and can then be reached by keyboard to do so. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export function TableBox({
  children,
  label,
  extra = '',
}: {
  readonly children: ComponentChildren;
  /** What a screen reader calls it when it scrolls. */
  readonly label: string;
  readonly extra?: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = (): void => setScrolls(element.scrollWidth > element.clientWidth);
    const watcher = new ResizeObserver(look);
    for (const one of [element, ...element.children]) watcher.observe(one);
    return () => watcher.disconnect();
  }, []);
  const reach = scrolls ? ({ tabIndex: 0, role: 'region', 'aria-label': label } as const) : {};
  return (
    <div ref={box} class={`table-box ${extra}`} {...reach}>
      {children}
    </div>
  );
}
