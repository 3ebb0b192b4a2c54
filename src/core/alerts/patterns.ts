/**
 * Which apps a rule means: names with `*`, or `/regex/`. Without one reading of them a rule and a destination with the same
 * words could mean different apps.
 */
import { compilePattern, isPattern } from '../targets.ts';

const LONGEST_NAME = 256;
const MOST_STARS = 3;

function matches(pattern: string, name: string): boolean {
  const tried = name.slice(0, LONGEST_NAME);
  if (isPattern(pattern)) {
    const compiled = compilePattern(pattern);
    return compiled.ok && compiled.value.test(tried);
  }
  if (!pattern.includes('*')) return pattern === name;
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(tried);
}

/** What is about no app (the disk, the daemon) concerns everybody. */
export function isMeant(
  { apps, except }: { readonly apps: readonly string[]; readonly except: readonly string[] },
  name: string | null,
): boolean {
  if (name === null) return true;
  return apps.some((pattern) => matches(pattern, name)) && !except.some((pattern) => matches(pattern, name));
}

/** null: it can be used. */
export function patternMistake(pattern: string): string | null {
  if (pattern.length > LONGEST_NAME) return 'it is too long';
  if (isPattern(pattern)) {
    const compiled = compilePattern(pattern);
    return compiled.ok ? null : compiled.failure.message;
  }
  return (pattern.match(/\*+/g) ?? []).length > MOST_STARS ? `it has more than ${MOST_STARS} \`*\`` : null;
}
