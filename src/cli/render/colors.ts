/**
 * The few colours of the terminal that we use. picocolors would look at process.stdout when it is loaded, which costs
 * `list` 3 ms, only to find out what `Output` knows already.
 */

type Paint = (text: string) => string;

/** Each colour is ended by its own code, so that they can stand inside one another. */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  inverse: [7, 27],
  black: [30, 39],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
  gray: [90, 39],
  bgYellow: [43, 49],
} as const satisfies Readonly<Record<string, readonly [start: number, end: number]>>;

export type Colors = Readonly<Record<keyof typeof CODES, Paint>>;

function palette(hasColor: boolean): Colors {
  const paints = Object.entries(CODES).map(([name, [start, end]]): [string, Paint] => [
    name,
    hasColor ? (text) => `\u001b[${start}m${text}\u001b[${end}m` : (text) => text,
  ]);
  return Object.fromEntries(paints) as Colors;
}

const COLORED = palette(true);
const PLAIN = palette(false);

export const colorsFor = (hasColor: boolean): Colors => (hasColor ? COLORED : PLAIN);
