/**
 * What Prometheus calls a metric of OpenTelemetry: dots become underscores, the unit is written out, counters end in `_total`.
 * Without these rules in one place the same metric would have one name when it is scraped and another when it is pushed.
 */
import type { Family, Unit } from './family.ts';

const UNIT_WORDS: Readonly<Record<Unit, string>> = { s: 'seconds', By: 'bytes', Cel: 'celsius', '1': 'ratio', '': '' };

export const unitWord = (unit: Unit): string => UNIT_WORDS[unit];

export const plainName = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, '_');

/** Without the ending of its kind: what `HELP` and `TYPE` of OpenMetrics name. */
export function baseName({ name, unit, kind }: Pick<Family, 'name' | 'unit' | 'kind'>): string {
  const word = unitWord(unit);
  const plain = plainName(name);
  // A ratio is a word of gauges only.
  const isSaid = word === '' || plain.endsWith(`_${word}`) || (unit === '1' && kind !== 'gauge');
  return isSaid ? plain : `${plain}_${word}`;
}

/** Of a sample; a histogram's have endings of their own. */
export function sampleName(family: Pick<Family, 'name' | 'unit' | 'kind'>): string {
  const base = baseName(family);
  if (family.kind === 'counter') return `${base}_total`;
  return family.kind === 'info' ? `${base}_info` : base;
}
