/** The alerts of a file, whatever its language. Apart from the reader of apps, which every `start` loads. */
import { resolve } from 'node:path';
import type { AlertConfig } from '../core/alerts/config.ts';
import { fail, type Result } from '../core/errors.ts';
import { readAlerts } from './alert-config.ts';
import { type ReadConfigOptions, readPlain } from './load.ts';
import { isObject } from './values.ts';

/**
 * `-` is stdin; of a file of apps its `alerts` are meant. Fails as `readConfig` does, and with every mistake in the alerts.
 */
export async function readAlertsFile(path: string, options: ReadConfigOptions): Promise<Result<AlertConfig>> {
  const content = await readPlain(path, options);
  if (!content.ok) return content;
  const file = path === '-' ? 'stdin' : resolve(options.cwd, path);
  const { value } = content;
  if (!isObject(value) || value.apps === undefined) return readAlerts(value, file);
  if (value.alerts !== undefined) return readAlerts(value.alerts, `alerts in ${file}`);
  return fail('BAD_CONFIG', `${file} is a file of apps and has no \`alerts\``);
}
