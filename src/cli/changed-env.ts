/**
 * Variables of the caller that an app does not have, or has with another value. Without the hint people would set a
 * variable, restart, and search for hours.
 */
import { inheritedEnv } from '../config/environment.ts';
import type { InstanceDetail } from '../protocol/control.ts';

/** Differ from shell to shell and mean nothing to an app. */
const NOISE =
  /^(?:_|PWD|OLDPWD|SHLVL|TERM|TERM_.*|COLORTERM|COLUMNS|LINES|SSH_.*|TMUX.*|STY|WINDOW.*|XDG_.*|DBUS_.*|DISPLAY|npm_.*|INIT_CWD|VSCODE_.*|PS[124]|LS_COLORS|INVOCATION_ID|JOURNAL_STREAM|UPKEEP_.*|PM2_.*)$/;

/** Names only: values may be secrets. */
export function changedVariables(instances: readonly InstanceDetail[], env: NodeJS.ProcessEnv): readonly string[] {
  const changed = new Set<string>();
  for (const { spec } of instances) {
    const now = inheritedEnv(env, spec.declared.filter_env as never);
    for (const name of new Set([...Object.keys(now), ...Object.keys(spec.env.inherited)])) {
      // What the config says wins in any case.
      if (NOISE.test(name) || name in spec.env.declared) continue;
      if (now[name] !== spec.env.inherited[name]) changed.add(name);
    }
  }
  return [...changed].sort();
}
