/** Which rows of a long list are to be drawn. Without it 20 000 log lines would be 20 000 elements. */

export interface Window {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** Rows beyond what is seen, so that scrolling does not show a gap. */
const MARGIN = 20;

export function windowOf(top: number, height: number, rowHeight: number, count: number): Window {
  const from = Math.max(0, Math.min(count, Math.floor(top / rowHeight)) - MARGIN);
  return { from, to: Math.min(count, Math.ceil((top + height) / rowHeight) + MARGIN) };
}
