/**
 * The `static` list of a config file as ordinary apps that run the static server. Without it a file that serves folders
 * would need another way through start, list and delete than all others.
 */
import type { RawApp } from './validate.ts';
import { isObject } from './values.ts';

const DEFAULT_PORT = 8080;

/** Keys of an entry that the server reads from its environment, as text. */
const VARIABLES: Readonly<Record<string, string>> = {
  port: 'PM2_SERVE_PORT',
  host: 'PM2_SERVE_HOST',
  path: 'PM2_SERVE_PATH',
  spa: 'PM2_SERVE_SPA',
  ftp: 'PM2_SERVE_FTP',
  homepage: 'PM2_SERVE_HOMEPAGE',
  monitor: 'PM2_SERVE_MONITOR',
};

/** An entry that is no object stays as it is: the check of apps names it. */
export function staticApps(statics: unknown): readonly RawApp[] {
  if (statics === undefined || statics === null) return [];
  const entries: readonly unknown[] = Array.isArray(statics) ? statics : [statics];
  return entries.map((entry) => (isObject(entry) ? staticApp(entry) : (entry as RawApp)));
}

function staticApp(entry: Readonly<Record<string, unknown>>): RawApp {
  const { basic_auth: auth, basicAuth = auth, env, ...rest } = entry;
  const variables: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ port: DEFAULT_PORT, path: '.', ...rest })) {
    const variable = VARIABLES[key];
    if (variable === undefined) options[key] = value;
    else if (value !== undefined && value !== null) variables[variable] = String(value);
  }
  if (isObject(basicAuth)) {
    variables.PM2_SERVE_BASIC_AUTH = 'true';
    variables.PM2_SERVE_BASIC_AUTH_USERNAME = basicAuth.username;
    variables.PM2_SERVE_BASIC_AUTH_PASSWORD = basicAuth.password;
  }
  return {
    name: `static-page-server-${variables.PM2_SERVE_PORT}`,
    ...options,
    script: 'serve',
    env: { ...(isObject(env) ? env : {}), ...variables },
  };
}
