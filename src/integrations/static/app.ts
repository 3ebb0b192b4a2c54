/**
 * A folder to serve as an ordinary app. Without it the command and the programmatic API would each know the variables by
 * which the static server is told what to do.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemContext } from '../../config/lookup.ts';
import { UpkeepError } from '../../core/errors.ts';
import { DEFAULT_STATIC_PORT } from './settings.ts';

export interface StaticRequest {
  readonly path: string | null;
  readonly port: string | null;
  readonly spa: boolean;
  readonly ftp: boolean;
  readonly username: string | null;
  readonly password: string | null;
}

export interface StaticApp {
  readonly script: string;
  readonly name: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const refuse = (message: string, hint: string): UpkeepError => new UpkeepError({ code: 'BAD_REQUEST', message, hint });

/**
 * The environment wins over what was asked for.
 * @throws UpkeepError BAD_REQUEST: no such folder, no such port, a name without a password
 */
export function staticApp(request: StaticRequest, env: NodeJS.ProcessEnv, cwd: string, home: string): StaticApp {
  const { staticServer } = systemContext(home, { cwd, env });
  if (staticServer === undefined)
    throw refuse("the static server's program, static-server.cjs, is missing", 'install upkeep again');
  const port = env.PM2_SERVE_PORT || request.port || String(DEFAULT_STATIC_PORT);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535)
    throw refuse(`cannot serve on port ${port}: it takes a number from 0 to 65535`, '`upkeep serve ./dist 8080`');
  const folder = resolve(cwd, env.PM2_SERVE_PATH || request.path || '.');
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw refuse(`cannot serve ${folder}: it is not a folder`, 'name the folder: `upkeep serve ./dist 8080`');
  return {
    script: staticServer,
    name: `static-page-server-${port}`,
    cwd: folder,
    env: {
      PM2_SERVE_PORT: port,
      PM2_SERVE_PATH: folder,
      PM2_SERVE_SPA: String(request.spa),
      PM2_SERVE_FTP: String(request.ftp),
      ...(env.PM2_SERVE_HOST ? { PM2_SERVE_HOST: env.PM2_SERVE_HOST } : {}),
      ...(env.PM2_SERVE_HOMEPAGE ? { PM2_SERVE_HOMEPAGE: env.PM2_SERVE_HOMEPAGE } : {}),
      ...authOf(request),
    },
  };
}

function authOf({ username, password }: StaticRequest): Readonly<Record<string, string>> {
  if (username === null && password === null) return {};
  if (!username || !password)
    throw refuse('--basic-auth-username and --basic-auth-password need each other', 'nothing was started');
  return {
    PM2_SERVE_BASIC_AUTH: 'true',
    PM2_SERVE_BASIC_AUTH_USERNAME: username,
    PM2_SERVE_BASIC_AUTH_PASSWORD: password,
  };
}
