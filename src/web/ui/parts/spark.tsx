/** A curve as small as a word. Decoration: the figure stands beside it. */
import { curves } from '../live.ts';

const WIDTH = 72;
const HEIGHT = 18;
const POINTS = 120;

export function Spark({ id }: { readonly id: number }) {
  const values = curves.get(id) ?? [];
  if (values.length < 2) return <svg class="spark" width={WIDTH} height={HEIGHT} aria-hidden="true" />;
  const top = Math.max(5, ...values);
  const points = values
    .map((value, index) => {
      const x = WIDTH - ((values.length - 1 - index) / (POINTS - 1)) * WIDTH;
      return `${x.toFixed(1)},${(HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1)}`;
    })
    .join(' ');
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <polyline points={points} />
    </svg>
  );
}
