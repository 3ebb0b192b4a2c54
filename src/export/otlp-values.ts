/**
 * Values in the JSON form of OpenTelemetry's protocol: numbers of 64 bits as text, enums as numbers, attributes as lists. Without
 * one place for it a receiver would refuse what one of the encoders spells in another way.
 */

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

export type OtlpValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly OtlpValue[] } }
  | { readonly kvlistValue: { readonly values: readonly OtlpAttribute[] } }
  | Readonly<Record<never, never>>;

const NANOS_PER_MS = 1_000_000n;
/** What lies deeper is written as JSON text. */
const DEEPEST = 6;
const MOST_ENTRIES = 128;

export const nanos = (ms: number): string => {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * NANOS_PER_MS + BigInt(Math.round((ms - whole) * 1e6)));
};

export function otlpValue(value: unknown, depth = 0): OtlpValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      if (!Number.isFinite(value)) return { stringValue: String(value) };
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    case 'object':
      if (value === null) return {};
      if (depth >= DEEPEST) return { stringValue: JSON.stringify(value) };
      if (Array.isArray(value))
        return { arrayValue: { values: value.slice(0, MOST_ENTRIES).map((one) => otlpValue(one, depth + 1)) } };
      return { kvlistValue: { values: otlpAttributes(value as Readonly<Record<string, unknown>>, depth + 1) } };
    default:
      return { stringValue: String(value) };
  }
}

export const otlpAttributes = (values: Readonly<Record<string, unknown>>, depth = 0): readonly OtlpAttribute[] =>
  Object.entries(values)
    .slice(0, MOST_ENTRIES)
    .map(([key, value]) => ({ key, value: otlpValue(value, depth) }));

export interface OtlpScope {
  readonly name: 'upkeep';
  readonly version: string;
}

export interface OtlpResource {
  readonly attributes: readonly OtlpAttribute[];
}

/** What identifies a process to the receiver; the same in metrics and logs, so that one leads to the other. */
export function processResource(
  { id, name, namespace }: { readonly id: number; readonly name: string; readonly namespace: string },
  host: string,
  more: Readonly<Record<string, unknown>>,
): OtlpResource {
  return {
    attributes: otlpAttributes({
      'service.name': name,
      'service.namespace': namespace,
      'service.instance.id': `${host}/${id}`,
      'host.name': host,
      'upkeep.process.id': id,
      ...more,
    }),
  };
}
