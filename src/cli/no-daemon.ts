/**
 * `--no-daemon`: the command's daemon lives and dies with it, and shows the apps' lines. Without it a Dockerfile or a
 * service that says `pm2 start app.js --no-daemon` would end at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startForeground, stopOnSignals } from '../client/foreground.ts';
import { lockHolder } from '../platform/daemon-lock.ts';
import { pathsOf } from '../platform/paths.ts';
import { openSession, type SessionOptions } from './session.ts';

const TIMESTAMP = 'HH:mm:ss';
const LOOK_MS = 200;
const SUCCESSION_MS = 2_000;

export async function runNoDaemon(options: SessionOptions, run: () => Promise<number>): Promise<number> {
  const session = openSession(options);
  const { out, home, env } = session;
  if (lockHolder(home)?.owner != null) {
    out.info('A daemon is there already: its apps are shown until it ends');
    const code = await run();
    return code === 0 ? showUntilEnd(home, options) : code;
  }
  const stopper = stopOnSignals(true);
  const daemon = await startForeground({
    paths: pathsOf(home),
    env,
    style: { kind: 'prefixed', timestamp: TIMESTAMP, label: 'id|name', hasColor: out.hasColor },
    autoExit: false,
    tellsEvents: !options.silent,
    helpers: [],
    statusFd: null,
  });
  stopper.attach(daemon);
  out.info(`The daemon runs in the foreground: ${home} ends with this command`);
  const code = await run();
  if (code !== 0 && !stopper.isWanted) {
    const client = await session.existingClient();
    const isEmpty = client === null || (await client.list()).length === 0;
    client?.close();
    if (isEmpty) {
      // A mistake: there is nothing to stay for.
      daemon.stop();
      await daemon.ended;
      return code;
    }
  }
  return daemon.ended;
}

/** The daemon is somebody else's: Ctrl-C leaves it alone. */
async function showUntilEnd(home: string, options: SessionOptions): Promise<number> {
  const { logs } = await import('./commands/logs.ts');
  void logs.run(openSession(options), [], { lines: '0', timestamp: TIMESTAMP }).catch(() => {});
  const lives = (): boolean => lockHolder(home)?.owner != null;
  while (lives()) {
    await sleep(LOOK_MS);
    // One that was killed is followed by the next within a second.
    if (!lives()) await sleep(SUCCESSION_MS);
  }
  return 0;
}
