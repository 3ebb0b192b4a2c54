/**
 * What ships, as a supervised process: its name, its program, its variables. Without one description the command could not find
 * again what it has started.
 */
import type { AppSpec } from '../core/terms.ts';
import { shipName } from './ship-orders.ts';

/** A little more than what it takes to send what is left, or to see that it cannot be sent. */
const ENDS_WITHIN_MS = 8000;
const FIRST_RETRY_MS = 500;

/** All that it needs of its caller's environment; the rest may hold what is nobody's business here. */
const KEPT = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|PM2_HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR))$/;

export const shipEnvironment = (env: NodeJS.ProcessEnv, home: string): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && KEPT.test(name) ? [[name, value]] : [])),
  ),
  UPKEEP_HOME: home,
});

/** Options as in a config file. The number is all that others see: the address may hold a password, and headers do. */
export const shipApp = (script: string, number: number): Readonly<Record<string, unknown>> => ({
  name: shipName(number),
  script,
  args: [String(number)],
  exec_mode: 'fork',
  runtime: false,
  kill_timeout: ENDS_WITHIN_MS,
  exp_backoff_restart_delay: FIRST_RETRY_MS,
});

/** `all` does not mean it, `save` leaves it out, and every daemon of the home starts it again, as it does with modules. */
export const asCompanion = (spec: AppSpec): AppSpec => ({ ...spec, isModule: true });
