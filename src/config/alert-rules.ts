/**
 * The rules of an alerts file: what people write, in short or in full, with every default filled in. What is not mentioned is
 * on or off as the table of rules says.
 */
import { type AlertRule, type Condition, type RuleKind, SEVERITIES, type Severity } from '../core/alerts/config.ts';
import { patternMistake } from '../core/alerts/patterns.ts';
import { RULE_KINDS, RULES } from '../core/alerts/rules.ts';
import { nearest } from '../core/nearest.ts';
import { parseDuration, parseSize } from '../core/units.ts';
import { type Complain, type Read, readFields, shown } from './alert-fields.ts';
import { isObject } from './values.ts';

const DEFAULT_LEAST_REQUESTS_PER_SECOND = 0.1;
/** A figure must have been below its line for so long, unless `for` or `clear_after` says otherwise. */
const DEFAULT_CALM_MS = 60_000;

const COMMON = { severity: 'text', apps: 'texts', except: 'texts' } as const;
const LASTING = { ...COMMON, for: 'duration' } as const;
const COUNTED = { ...COMMON, count: 'count', within: 'duration', clear_after: 'duration' } as const;
const MEASURED = { ...COMMON, above: 'any', for: 'duration', clear_after: 'duration' } as const;
const SHARE = { ...MEASURED, least: 'any' } as const;

/** In a file `-` is `_`; both are read. */
export const inFile = (kind: RuleKind): string => kind.replaceAll('-', '_');

export function kindOf(word: string): RuleKind | null {
  const kind = word.replaceAll('_', '-');
  return RULE_KINDS.find((one) => one === kind) ?? null;
}

export function unknownRule(word: string): string {
  const meant = nearest(word, RULE_KINDS.map(inFile));
  return meant === null
    ? `is no rule; there are ${RULE_KINDS.map(inFile).join(', ')}`
    : `is no rule - did you mean '${meant}'?`;
}

/** @param withDefaults rules that are not mentioned are as they are by default; otherwise off */
export function readRules(raw: unknown, withDefaults: boolean, complain: Complain): readonly AlertRule[] {
  const given = new Map<RuleKind, unknown>();
  if (raw !== undefined && !isObject(raw)) complain('rules', `${shown(raw)} cannot be used; expected an object`);
  else
    for (const [key, value] of Object.entries(raw ?? {})) {
      const kind = kindOf(key);
      if (kind === null) complain(`rules.${key}`, unknownRule(key));
      else given.set(kind, value);
    }
  return RULE_KINDS.flatMap((kind) => {
    const value = given.has(kind) ? given.get(kind) : withDefaults && RULES[kind].isDefault;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.flatMap((one, index) => {
      const where = `rules.${inFile(kind)}${Array.isArray(value) ? `[${index}]` : ''}`;
      const rule = readRule(kind, one, where, complain);
      return rule === null ? [] : [{ ...rule, key: index === 0 ? kind : `${kind}-${index + 1}` }];
    });
  });
}

function readRule(kind: RuleKind, raw: unknown, where: string, complain: Complain): Omit<AlertRule, 'key'> | null {
  if (raw === false || raw === null) return null;
  const row = RULES[kind];
  const isShort = (typeof raw === 'string' || typeof raw === 'number') && row.above !== null;
  const object = isShort ? { above: raw } : raw === true ? {} : raw;
  if (!isObject(object)) {
    const line = row.above === null ? '' : `a line such as '${EXAMPLES[row.above.unit]}', `;
    complain(where, `${shown(raw)} cannot be used; expected true, false, ${line}an object or a list of objects`);
    return null;
  }
  if (row.above !== null && (object.above !== undefined || row.condition === null)) {
    const fields = readFields(object, kind === 'error-rate' ? SHARE : MEASURED, where, complain);
    const condition = measured(kind, fields, where, complain);
    return condition === null ? null : { kind, ...common(kind, fields, where, complain), condition };
  }
  if (row.condition?.how === 'counted') {
    const fields = readFields(object, row.above === null ? COUNTED : { ...COUNTED, above: 'any' }, where, complain);
    const condition: Condition = {
      how: 'counted',
      count: fields.count ?? row.condition.count,
      withinMs: fields.within ?? row.condition.withinMs,
      clearAfterMs: fields.clear_after ?? row.condition.clearAfterMs,
    };
    return { kind, ...common(kind, fields, where, complain), condition };
  }
  const fields = readFields(object, row.above === null ? LASTING : { ...LASTING, above: 'any' }, where, complain);
  const usual = row.condition?.how === 'lasting' ? row.condition.forMs : 0;
  return { kind, ...common(kind, fields, where, complain), condition: { how: 'lasting', forMs: fields.for ?? usual } };
}

const EXAMPLES = { size: '500M', percent: '5%', duration: '800ms' } as const;

function measured(kind: RuleKind, fields: Read<typeof SHARE>, where: string, complain: Complain): Condition | null {
  const { above: row } = RULES[kind];
  if (row === null) return null;
  const above = lineOf(row.unit, fields.above);
  if (above === null) {
    const problem = fields.above === undefined ? 'is missing' : `${shown(fields.above)} cannot be used`;
    complain(`${where}.above`, `${problem}; expected a line such as '${EXAMPLES[row.unit]}'`);
    return null;
  }
  const { least = DEFAULT_LEAST_REQUESTS_PER_SECOND } = fields;
  if (typeof least !== 'number' || !(least >= 0))
    complain(`${where}.least`, `${shown(least)} cannot be used; expected a number of requests a second`);
  const forMs = fields.for ?? row.forMs;
  return {
    how: 'measured',
    measure: row.measure,
    above,
    forMs,
    clearAfterMs: fields.clear_after ?? Math.min(forMs, DEFAULT_CALM_MS),
    leastRequestsPerSecond: typeof least === 'number' ? least : 0,
  };
}

function lineOf(unit: 'size' | 'percent' | 'duration', raw: unknown): number | null {
  if (typeof raw !== 'string' && typeof raw !== 'number') return null;
  if (unit === 'size') return parseSize(raw);
  if (unit === 'duration') return parseDuration(raw);
  const value = typeof raw === 'number' ? raw : Number(/^(\d+(?:\.\d+)?) ?%?$/.exec(raw.trim())?.[1] ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

function common(
  kind: RuleKind,
  fields: Read<typeof COMMON>,
  where: string,
  complain: Complain,
): Pick<AlertRule, 'severity' | 'apps' | 'except'> {
  return {
    severity: readSeverity(fields.severity, where, complain) ?? RULES[kind].severity,
    apps: readPatterns(fields.apps ?? ['*'], `${where}.apps`, complain),
    except: readPatterns(fields.except ?? [], `${where}.except`, complain),
  };
}

export function readSeverity(raw: string | undefined, where: string, complain: Complain): Severity | null {
  if (raw === undefined) return null;
  const severity = SEVERITIES.find((one) => one === raw);
  if (severity === undefined)
    complain(
      `${where}.severity`,
      `${shown(raw)} cannot be used; expected ${SEVERITIES.map((one) => `'${one}'`).join(' or ')}`,
    );
  return severity ?? null;
}

export function readPatterns(patterns: readonly string[], where: string, complain: Complain): readonly string[] {
  for (const pattern of patterns) {
    const mistake = patternMistake(pattern);
    if (mistake !== null) complain(where, `${shown(pattern)} cannot be used: ${mistake}`);
  }
  return patterns;
}
