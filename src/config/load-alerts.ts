/** The alerts of a file, whatever its language. Apart from the reader of apps, which every `start` loads. */
import { resolve } from 'node:path';
import type { AlertConfig } from '../core/alerts/config.ts';
import type { Result } from '../core/errors.ts';
import { readAlerts } from './alert-config.ts';
import { type ReadConfigOptions, readPlain } from './load.ts';

/** `-` is stdin. Fails as `readConfig` does, and with every mistake in the alerts. */
export async function readAlertsFile(path: string, options: ReadConfigOptions): Promise<Result<AlertConfig>> {
  const content = await readPlain(path, options);
  return content.ok ? readAlerts(content.value, path === '-' ? 'stdin' : resolve(options.cwd, path)) : content;
}
