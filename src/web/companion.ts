/**
 * The page's server as a supervised process: its name, its variables, what it is started with. Without one description the
 * command could not find again what it has started.
 */
import type { AppSpec } from '../core/terms.ts';

export const WEB_NAME = 'upkeep-web';
export const DEFAULT_WEB_PORT = 9616;
export const LOOPBACK = '127.0.0.1';

export const PORT_VARIABLE = 'UPKEEP_WEB_PORT';
export const HOST_VARIABLE = 'UPKEEP_WEB_HOST';

/** A port that is taken is tried again, ever more rarely: whoever has it may let go of it. */
const FIRST_RETRY_MS = 100;

/** All that the server needs of its caller's environment; the rest may hold what is nobody's business here. */
const KEPT = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|UPKEEP_HOME|PM2_HOME)$/;

export const keptOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && KEPT.test(name) ? [[name, value]] : [])),
  );

/** Options as in a config file. */
export function webApp(script: string, host: string, port: number): Readonly<Record<string, unknown>> {
  return {
    name: WEB_NAME,
    script,
    exec_mode: 'fork',
    runtime: false,
    exp_backoff_restart_delay: FIRST_RETRY_MS,
    env: { [PORT_VARIABLE]: String(port), [HOST_VARIABLE]: host },
  };
}

/** `all` does not mean it, `save` leaves it out, and every daemon of the home starts it again, as it does with modules. */
export const asCompanion = (spec: AppSpec): AppSpec => ({ ...spec, isModule: true });
