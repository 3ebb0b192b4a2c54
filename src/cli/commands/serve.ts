/**
 * `serve`: a folder over http, as an ordinary app. Without it a build of a front end would need a program of its own for
 * what is one line.
 */
import { staticApp } from '../../integrations/static/app.ts';
import { contextOf, overridesOf, unwrap } from '../apps.ts';
import { carryOut } from '../carry-out.ts';
import { type Command, hasFlag, textFlag } from '../command.ts';

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
    if (flags.monitor !== undefined)
      session.out.warn('--monitor belongs to a paid service of PM2: nothing is put into the pages');
    const { port, ...others } = flags;
    const request = {
      path: path ?? null,
      port: word ?? (typeof port === 'string' ? port : null),
      spa: hasFlag(flags, 'spa'),
      ftp: hasFlag(flags, 'ftp'),
      username: textFlag(flags, 'basicAuthUsername'),
      password: textFlag(flags, 'basicAuthPassword'),
    };
    const app = staticApp(request, session.env, session.cwd, session.home);
    const { toSpecs } = await import('../../config/normalise.ts');
    const raw = { ...app, env: { ...app.env } };
    const made = unwrap(await toSpecs([raw], { overrides: overridesOf(session, others) }, contextOf(session)));
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
    if (code === 0) session.out.info(`Serving ${app.cwd} on port ${app.env.PM2_SERVE_PORT}`);
    return code;
  },
};
