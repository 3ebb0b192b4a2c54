/**
 * Methods about the daemon and the saved list: connect, disconnect, kill, update, dump, resurrect. Each calls back in every
 * case: a program that waits for an answer must not wait for ever.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathsOf } from '../../platform/paths.ts';
import { compareIdentity, identify } from '../../platform/process.ts';
import { clearList, resurrectList, saveList } from '../dump-file.ts';
import { failureOf, Pm2Error } from './failure.ts';
import type { Host } from './host.ts';
import type { Operations } from './operation.ts';
import { entriesOf, SUCCESS } from './shapes.ts';
import { contextOf } from './targets.ts';

const END_DEADLINE_MS = 10_000;
const LOOK_MS = 10;

async function connect(host: Host, noDaemon?: unknown): Promise<unknown> {
  if (noDaemon === true) host.daemonMode = false;
  const { isNew } = await host.connect();
  const { rpcSocket } = pathsOf(host.home, host.env);
  return {
    new_pm2_instance: isNew,
    rpc_socket_file: rpcSocket,
    // Both languages are spoken over one socket.
    pub_socket_file: rpcSocket,
    pm2_home: host.home,
    ...(host.daemonMode ? {} : { daemon_mode: false }),
  };
}

async function kill(host: Host): Promise<typeof SUCCESS> {
  const client = await host.aside();
  if (client === null) return SUCCESS;
  const { pid } = client.daemon;
  const identity = identify(pid);
  const report = await client.kill();
  host.forget();
  const deadline = Date.now() + END_DEADLINE_MS;
  while (identity !== null && compareIdentity(identity) === 'same') {
    if (Date.now() > deadline)
      throw new Pm2Error(`the daemon (pid ${pid}) was told to end but is still there`, 'STOP_FAILED');
    await sleep(LOOK_MS);
  }
  const failure = failureOf(report);
  if (failure !== null) throw failure;
  return SUCCESS;
}

/** Only a home that this program chose is removed, and none that looks like the one of a user. */
async function destroy(host: Host): Promise<typeof SUCCESS> {
  await kill(host);
  await host.close();
  if (!host.ownsHome || /\.pm2|\.upkeep/.test(host.home))
    throw new Pm2Error(`the daemon has ended, but its home ${host.home} is not removed`, 'BAD_REQUEST', {
      hint: 'only a home given as pm2_home, without .pm2 or .upkeep in its path, is removed',
    });
  await rm(host.home, { recursive: true, force: true });
  return SUCCESS;
}

async function update(host: Host): Promise<typeof SUCCESS> {
  const client = await host.aside();
  if (client === null) await host.client();
  else await client.update().finally(() => client.close());
  return SUCCESS;
}

async function dump(host: Host, force?: unknown): Promise<typeof SUCCESS> {
  const client = await host.client();
  if (force !== true && (await client.list()).length === 0)
    throw new Pm2Error('the list is empty and was not saved', 'BAD_REQUEST', {
      hint: 'dump(true) saves it all the same',
    });
  await saveList(client, force === true);
  return SUCCESS;
}

async function resurrect(host: Host): Promise<unknown> {
  const client = await host.client();
  const failure = failureOf(await resurrectList(client, contextOf(host)));
  if (failure !== null) throw failure;
  return entriesOf(client);
}

async function clearDump(host: Host): Promise<typeof SUCCESS> {
  clearList(host.home, host.env);
  return SUCCESS;
}

const disconnect = (host: Host): Promise<void> => host.disconnect();

export const daemon = {
  connect,
  disconnect,
  close: disconnect,
  kill,
  killDaemon: kill,
  destroy,
  update,
  dump,
  resurrect,
  clearDump,
  autodump: async () => SUCCESS,
} satisfies Operations;
