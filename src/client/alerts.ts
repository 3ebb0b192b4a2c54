/** What a caller gave as alerts, made into their normal form through the config room, as the command line does it. */
import { readAlerts } from '../config/alert-config.ts';
import { readAlertsFile } from '../config/load-alerts.ts';
import type { AlertConfig } from '../core/alerts/config.ts';
import { UpkeepError } from '../core/errors.ts';
import type { LineOptions } from './line.ts';

export async function alertsFrom(
  what: string | Readonly<Record<string, unknown>>,
  { env }: LineOptions,
): Promise<AlertConfig> {
  const read =
    typeof what === 'string' ? await readAlertsFile(what, { cwd: process.cwd(), env }) : readAlerts(what, 'the alerts');
  if (!read.ok) throw new UpkeepError(read.failure);
  return read.value;
}
