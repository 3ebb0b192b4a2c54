/**
 * `serve`: a folder over http, as an ordinary app. Without it a build of a front end would need a program of its own for
 * what is one line.
 */
import { resolve } from 'node:path';
import { DEFAULT_STATIC_PORT } from '../../integrations/static/settings.ts';
import { overridesOf, unwrap } from '../apps.ts';
import { carryOut } from '../carry-out.ts';
import { type Command, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import type { Session } from '../session.ts';

/** A port beside the path wins over --port's default, the environment over both. */
function portOf(session: Session, word: string | undefined, flags: Flags): string {
  const port = session.env.PM2_SERVE_PORT || word || textFlag(flags, 'port') || String(DEFAULT_STATIC_PORT);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535)
    throw mistake(`cannot serve on port ${port}: it takes a number from 0 to 65535`, '`upkeep serve ./dist 8080`');
  return port;
}

function authOf(flags: Flags): Readonly<Record<string, string>> {
  const [username, password] = [textFlag(flags, 'basicAuthUsername'), textFlag(flags, 'basicAuthPassword')];
  if (username === null && password === null) return {};
  if (!username || !password)
    throw mistake('--basic-auth-username and --basic-auth-password need each other', 'nothing was started');
  return {
    PM2_SERVE_BASIC_AUTH: 'true',
    PM2_SERVE_BASIC_AUTH_USERNAME: username,
    PM2_SERVE_BASIC_AUTH_PASSWORD: password,
  };
}

/** The app that serves a folder. */
async function appOf(session: Session, path: string | undefined, port: string, flags: Flags): Promise<object> {
  const { systemContext } = await import('../../config/lookup.ts');
  const { staticServer } = systemContext(session.home, { cwd: session.cwd, env: session.env });
  if (staticServer === undefined)
    throw mistake("the static server's program, static-server.cjs, is missing", 'install upkeep again');
  const folder = resolve(session.cwd, session.env.PM2_SERVE_PATH || path || '.');
  const { statSync } = await import('node:fs');
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw mistake(`cannot serve ${folder}: it is not a folder`, 'name the folder: `upkeep serve ./dist 8080`');
  return {
    script: staticServer,
    name: `static-page-server-${port}`,
    cwd: folder,
    env: {
      PM2_SERVE_PORT: port,
      PM2_SERVE_PATH: folder,
      PM2_SERVE_SPA: String(hasFlag(flags, 'spa')),
      PM2_SERVE_FTP: String(hasFlag(flags, 'ftp')),
      ...(session.env.PM2_SERVE_HOST ? { PM2_SERVE_HOST: session.env.PM2_SERVE_HOST } : {}),
      ...(session.env.PM2_SERVE_HOMEPAGE ? { PM2_SERVE_HOMEPAGE: session.env.PM2_SERVE_HOMEPAGE } : {}),
      ...authOf(flags),
    },
  };
}

export const serve: Command = {
  usage: '[path] [port]',
  flags: async () => {
    const own = [
      { flags: '--port <port>', description: 'Where to listen (default: 8080).' },
      { flags: '--spa', description: 'Answer what is not there with index.html.' },
      { flags: '--ftp', description: 'List folders that have no index.html.' },
      { flags: '--basic-auth-username <name>', description: 'Ask for this name …' },
      { flags: '--basic-auth-password <password>', description: '… and this password.' },
      { flags: '--monitor [name]', description: "PM2's measuring of pages by a paid service: not there, and told." },
    ];
    const taken = new Set(['--port', '--env', '--only', '--write']);
    const others = (await import('../start-flags.ts')).startFlags();
    return [...own, ...others.filter(({ flags }) => !taken.has(/--[\w-]+/.exec(flags)?.[0] ?? ''))];
  },
  notes: ['PM2_SERVE_PATH, PM2_SERVE_PORT, PM2_SERVE_HOST and PM2_SERVE_HOMEPAGE in the environment win.'],
  async run(session, [path, word], flags) {
    const port = portOf(session, word, flags);
    if (flags.monitor !== undefined)
      session.out.warn('--monitor belongs to a paid service of PM2: nothing is put into the pages');
    const { port: _, ...others } = flags;
    const [{ toSpecs }, { contextOf }] = await Promise.all([import('../../config/normalise.ts'), import('../apps.ts')]);
    const app = (await appOf(session, path, port, flags)) as Readonly<Record<string, unknown>>;
    const made = unwrap(await toSpecs([app], { overrides: overridesOf(session, others) }, contextOf(session)));
    for (const note of made.notes) session.out.warn(note);
    const client = await session.client();
    const names = new Set(made.specs.map((spec) => spec.name));
    const same = (await client.describe()).filter((one) => names.has(one.name));
    const isDown = same.length > 0 && same.every((one) => one.status === 'stopped' || one.status === 'errored');
    // What runs under the name is refused by the daemon, unless forced.
    const [spec] = made.specs;
    const reused = isDown && !hasFlag(flags, 'force') && spec !== undefined;
    const code = await carryOut(
      session,
      client,
      {
        starts: reused ? [] : made.specs,
        restarts: reused ? same.map((one) => String(one.id)) : [],
        specs: reused ? Object.fromEntries(same.map((one) => [one.appKey, spec])) : {},
        toggleWatch: false,
      },
      flags,
    );
    if (code === 0) session.out.info(`Serving ${(app.env as Record<string, string>).PM2_SERVE_PATH} on port ${port}`);
    return code;
  },
};
