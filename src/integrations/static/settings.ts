/**
 * What the static server is told by its environment. Without one reader that refuses what it cannot understand, a wrong
 * port would be 8080 in silence, and a password that was forgotten an open door.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

export interface StaticSettings {
  /** Absolute. */
  readonly root: string;
  readonly port: number;
  readonly host: string;
  /** What is not there is answered with the homepage. */
  readonly spa: boolean;
  /** Folders without an index.html are listed. */
  readonly ftp: boolean;
  /** Path below the root, with a leading slash. */
  readonly homepage: string;
  /** null: everybody may read. */
  readonly auth: { readonly username: string; readonly password: string } | null;
}

export type SettingsReading =
  | { readonly ok: true; readonly settings: StaticSettings; readonly notes: readonly string[] }
  | { readonly ok: false; readonly problem: string };

export const DEFAULT_STATIC_PORT = 8080;

const isOn = (text: string | undefined): boolean => text === 'true' || text === '1';

export function readStaticSettings(env: NodeJS.ProcessEnv, cwd: string): SettingsReading {
  const root = resolve(cwd, env.PM2_SERVE_PATH || '.');
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory())
    return { ok: false, problem: `cannot serve ${root}: it is not a folder; PM2_SERVE_PATH names the folder` };
  const text = env.PM2_SERVE_PORT || String(DEFAULT_STATIC_PORT);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535)
    return { ok: false, problem: `cannot serve on port ${text}: PM2_SERVE_PORT takes a number from 0 to 65535` };
  const [username, password] = [env.PM2_SERVE_BASIC_AUTH_USERNAME ?? '', env.PM2_SERVE_BASIC_AUTH_PASSWORD ?? ''];
  const wantsAuth = isOn(env.PM2_SERVE_BASIC_AUTH);
  if (wantsAuth && (username === '' || password === ''))
    return {
      ok: false,
      problem: 'basic authentication needs PM2_SERVE_BASIC_AUTH_USERNAME and PM2_SERVE_BASIC_AUTH_PASSWORD',
    };
  const notes = env.PM2_SERVE_MONITOR
    ? ['PM2_SERVE_MONITOR has no meaning here: it puts the script of a paid service into pages']
    : [];
  const homepage = env.PM2_SERVE_HOMEPAGE || '/index.html';
  return {
    ok: true,
    notes,
    settings: {
      root,
      port,
      host: env.PM2_SERVE_HOST || '0.0.0.0',
      spa: isOn(env.PM2_SERVE_SPA),
      ftp: isOn(env.PM2_SERVE_FTP),
      homepage: homepage.startsWith('/') ? homepage : `/${homepage}`,
      auth: wantsAuth ? { username, password } : null,
    },
  };
}
