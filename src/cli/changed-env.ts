/**
 * Variables of the caller that an app does not have, or has with another value. Without the hint people would set a
 * variable, restart, and search for hours.
 */
import { inheritedEnv } from '../config/environment.ts';
import { isShellNoise } from '../core/shell-noise.ts';
import type { InstanceDetail } from '../protocol/control.ts';
import type { Session } from './session.ts';

/** A shell of another kind, as cron's, differs in dozens. */
const MOST_NAMED = 12;

/** Names only: values may be secrets. */
export function changedVariables(
  instances: readonly Pick<InstanceDetail, 'spec'>[],
  env: NodeJS.ProcessEnv,
): readonly string[] {
  const changed = new Set<string>();
  for (const { spec } of instances) {
    const now = inheritedEnv(env, spec.declared.filter_env as never);
    for (const name of new Set([...Object.keys(now), ...Object.keys(spec.env.inherited)])) {
      // What the config says wins in any case.
      if (isShellNoise(name) || name in spec.env.declared) continue;
      if (now[name] !== spec.env.inherited[name]) changed.add(name);
    }
  }
  return [...changed].sort();
}

/** Says which variables stay as they were stored, if any differ. */
export function tellDifference(session: Session, instances: readonly Pick<InstanceDetail, 'spec'>[]): void {
  const changed = changedVariables(instances, session.env);
  if (changed.length === 0) return;
  const more = changed.length - MOST_NAMED;
  const names = [...changed.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  session.out.info(`The stored environment is kept; yours differs in ${names}. --update-env takes yours over`);
}
