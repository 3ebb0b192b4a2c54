/**
 * The text that Prometheus scrapes, in its own form and in that of OpenMetrics. Without one writer that escapes every value, an app
 * with a quote in its name would make the figures of all others unreadable.
 */
import { familiesOf } from '../export/families.ts';
import type { Family, Labels, Owner } from '../export/family.ts';
import { baseName, plainName, sampleName, unitWord } from '../export/prometheus-names.ts';
import type { Readings } from '../protocol/observation.ts';

export type Exposition = 'prometheus' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<Exposition, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** @param accept the request's `Accept` header */
export const expositionFor = (accept: string | null | undefined): Exposition =>
  /(^|,)\s*application\/openmetrics-text\b/i.test(accept ?? '') ? 'openmetrics' : 'prometheus';

const escapeLabel = (text: string): string =>
  text.replace(/["\\\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
const escapeHelp = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');

const number = (value: number): string => {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
};

/** OpenMetrics wants bounds as floats; Prometheus then keeps the same ones in both forms. */
const bound = (value: number): string => (Number.isInteger(value) ? `${value}.0` : number(value));

const pair = (name: string, value: string): string => `${plainName(name)}="${escapeLabel(value)}"`;

const ownLabels = (owner: Owner): Labels => {
  switch (owner.kind) {
    case 'process': {
      const { name, namespace, id } = owner.process;
      return [
        ['app', name],
        ['namespace', namespace],
        ['id', String(id)],
      ];
    }
    case 'app':
      return [
        ['app', owner.name],
        ['namespace', owner.namespace],
      ];
    case 'daemon':
      return [];
    default:
      return owner satisfies never;
  }
};

/** The labels of an owner are written once for all its metrics. */
class LabelWriter {
  readonly #known = new Map<Owner, string>();

  /** Without braces. */
  text(owner: Owner, labels: Labels): string {
    let text = this.#known.get(owner);
    if (text === undefined) {
      text = ownLabels(owner)
        .map(([name, value]) => pair(name, value))
        .join(',');
      this.#known.set(owner, text);
    }
    for (const [name, value] of labels) text += text === '' ? pair(name, value) : `,${pair(name, value)}`;
    return text;
  }
}

function headOf(family: Family, exposition: Exposition): string {
  const isOpen = exposition === 'openmetrics';
  const name = isOpen ? baseName(family) : sampleName(family);
  const type = family.kind === 'info' && !isOpen ? 'gauge' : family.kind;
  const unit = unitWord(family.unit);
  const unitLine = isOpen && unit !== '' && name.endsWith(`_${unit}`) ? `# UNIT ${name} ${unit}\n` : '';
  return `# HELP ${name} ${escapeHelp(family.help)}\n# TYPE ${name} ${type}\n${unitLine}`;
}

function samplesOf(family: Family, writer: LabelWriter): string {
  const name = sampleName(family);
  let text = '';
  if (family.kind !== 'histogram') {
    for (const { owner, labels, value } of family.points) {
      const inside = writer.text(owner, labels);
      text += `${name}${inside === '' ? '' : `{${inside}}`} ${number(value)}\n`;
    }
    return text;
  }
  for (const { owner, labels, histogram } of family.points) {
    const inside = writer.text(owner, labels);
    const before = inside === '' ? '' : `${inside},`;
    const { bounds, counts, count, sum } = histogram;
    for (let n = 0; n < bounds.length; n++)
      text += `${name}_bucket{${before}le="${bound(bounds[n] as number)}"} ${counts[n] ?? 0}\n`;
    text += `${name}_bucket{${before}le="+Inf"} ${count}\n`;
    const braces = inside === '' ? '' : `{${inside}}`;
    text += `${name}_sum${braces} ${number(sum)}\n${name}_count${braces} ${count}\n`;
  }
  return text;
}

/** Everything at one moment, as text. Served with the content type of the same name in `CONTENT_TYPES`. */
export function renderMetrics(readings: Readings, exposition: Exposition = 'prometheus'): string {
  const writer = new LabelWriter();
  const families = familiesOf(readings).map((family) => headOf(family, exposition) + samplesOf(family, writer));
  return families.join('') + (exposition === 'openmetrics' ? '# EOF\n' : '');
}
