/**
 * A flame graph on a canvas: who called whom, and how much each took. The table below it says the same to those who cannot see
 * it; the keys go through it frame by frame.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { plain } from '../read/plain.ts';
import { type Box, type Frame, layOut, originOf, placeOf } from '../read/profile.ts';
import { useStore } from '../store.ts';
import { cssColor, palette } from './theme.ts';

const ROW = 20;
/** Thinner than this many pixels is not seen. */
const LEAST_PX = 0.6;
const LEAST_TEXT_PX = 34;

interface FlameProps {
  readonly root: Frame;
  readonly word: string;
  readonly write: (value: number) => string;
}

export function FlameGraph({ root, word, write }: FlameProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const [trail, setTrail] = useState<readonly Frame[]>([root]);
  const [width, setWidth] = useState(0);
  const [over, setOver] = useState<Box | null>(null);
  const round = useStore(palette);
  const top = trail.at(-1) ?? root;
  const boxes = useMemo(() => (width === 0 ? [] : layOut(top, LEAST_PX / width)), [top, width]);
  const rows = boxes.reduce((most, { depth }) => Math.max(most, depth + 1), 1);

  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const watcher = new ResizeObserver(() => setWidth(box.clientWidth));
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, { boxes, width, rows, word, over });
  }, [boxes, width, rows, word, over, round]);

  const boxAt = (event: MouseEvent): Box | null => {
    const x = event.offsetX / width;
    const depth = Math.floor(event.offsetY / ROW);
    return boxes.find((box) => box.depth === depth && x >= box.left && x < box.left + box.width) ?? null;
  };
  const zoom = (box: Box | null): void => {
    if (box === null) return;
    // What is above the new top stays reachable: the way to it.
    const way: Frame[] = [];
    for (let one: Box | null = box; one !== null; one = one.parent) way.unshift(one.frame);
    setTrail([...trail.slice(0, -1), ...way]);
    setOver(null);
  };
  const onKey = (event: KeyboardEvent): void => {
    const next = moved(boxes, over, event.key);
    if (event.key === 'Enter') zoom(over);
    else if (event.key === 'Escape' || event.key === 'Backspace')
      setTrail(trail.length > 1 ? trail.slice(0, -1) : trail);
    else if (next === null) return;
    else setOver(next);
    event.preventDefault();
    event.stopPropagation();
  };
  const told = over ?? boxes[0] ?? null;
  return (
    <div class="flame">
      <nav class="trail" aria-label="Frames above">
        {trail.map((frame, index) => (
          <button
            key={index}
            type="button"
            class="quiet"
            disabled={index === trail.length - 1}
            onClick={() => setTrail(trail.slice(0, index + 1))}
          >
            {plain(frame.name)}
          </button>
        ))}
      </nav>
      <p class="told" aria-live="polite">
        {told !== null && (
          <>
            <b>{plain(told.frame.name)}</b> <small>{plain(placeOf(told.frame))}</small> {write(told.frame.total)} (
            {((told.frame.total / Math.max(1e-9, root.total)) * 100).toFixed(1)} %), itself {write(told.frame.self)}
          </>
        )}
      </p>
      <div
        ref={place}
        class="flame-box"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys go through it
        tabIndex={0}
        aria-label="Flame graph: arrow keys go to callers, called and neighbours, Enter widens, Escape goes back"
        onKeyDown={onKey}
      >
        <canvas
          ref={canvas}
          onMouseMove={(event) => setOver(boxAt(event))}
          onMouseLeave={() => setOver(null)}
          onClick={(event) => zoom(boxAt(event))}
        />
      </div>
    </div>
  );
}

/** null: this key does not move. */
function moved(boxes: readonly Box[], from: Box | null, key: string): Box | null {
  const first = boxes[0] ?? null;
  if (!key.startsWith('Arrow')) return null;
  if (from === null) return first;
  switch (key) {
    case 'ArrowUp':
      return from.parent ?? from;
    case 'ArrowDown':
      return boxes.filter((box) => box.parent === from).sort((a, b) => b.width - a.width)[0] ?? from;
    default: {
      const row = boxes.filter(({ depth }) => depth === from.depth).sort((a, b) => a.left - b.left);
      return row[row.indexOf(from) + (key === 'ArrowRight' ? 1 : -1)] ?? from;
    }
  }
}

interface Drawing {
  readonly boxes: readonly Box[];
  readonly width: number;
  readonly rows: number;
  readonly word: string;
  readonly over: Box | null;
}

function draw(canvas: HTMLCanvasElement, { boxes, width, rows, word, over }: Drawing): void {
  const ratio = devicePixelRatio;
  const height = rows * ROW;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const ctx = canvas.getContext('2d');
  if (ctx === null) return;
  ctx.scale(ratio, ratio);
  ctx.font = '12px ui-monospace, monospace';
  ctx.textBaseline = 'middle';
  const colors = {
    app: cssColor('--flame-app'),
    package: cssColor('--flame-package'),
    node: cssColor('--flame-node'),
    engine: cssColor('--flame-engine'),
  };
  const text = cssColor('--flame-text');
  const hit = cssColor('--flame-found');
  const ink = cssColor('--text');
  const wanted = word.toLowerCase();
  for (const box of boxes) {
    const { frame, depth } = box;
    const x = box.left * width;
    const wide = Math.max(0.5, box.width * width - 0.5);
    const y = depth * ROW;
    const isHit = wanted !== '' && `${frame.name} ${frame.url}`.toLowerCase().includes(wanted);
    ctx.globalAlpha = wanted !== '' && !isHit ? 0.45 : 1;
    ctx.fillStyle = isHit ? hit : colors[originOf(frame)];
    ctx.fillRect(x, y, wide, ROW - 1);
    if (wide > LEAST_TEXT_PX) {
      ctx.save();
      ctx.beginPath();
      ctx.rect(x, y, wide - 4, ROW);
      ctx.clip();
      ctx.fillStyle = text;
      ctx.fillText(`${plain(frame.name)} ${plain(placeOf(frame))}`, x + 4, y + ROW / 2);
      ctx.restore();
    }
    if (box === over) {
      ctx.strokeStyle = ink;
      ctx.lineWidth = 2;
      ctx.strokeRect(x + 1, y + 1, Math.max(1, wide - 2), ROW - 3);
    }
  }
  ctx.globalAlpha = 1;
}
