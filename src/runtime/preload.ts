/**
 * The guest: preloaded into Node apps, in front of the user's script. It gives the app `process.send` and 'message' over
 * a line to the daemon that outlives any daemon, and clustered apps their shared sockets; whatever goes wrong here must
 * never reach the app.
 */
import type { KnownSocket } from '../protocol/channel.ts';
import { hiddenChannel } from './channel.ts';
import { becomeWorker } from './cluster.ts';
import { watchConnections } from './connections.ts';
import { atFirstSocket } from './first-socket.ts';
import { Gates } from './gate.ts';
import { keepLastWords } from './last-words.ts';
import { connectLine } from './line.ts';
import { SocketRequests } from './socket-requests.ts';
import { holdDatagrams } from './sole-datagrams.ts';
import { holdSockets } from './sole-owner.ts';
import { leaveTestament } from './testament.ts';

const { env } = process;
const socketPath = env.UPKEEP_AGENT;
const token = env.UPKEEP_TOKEN;
const worker = env.UPKEEP_CLUSTER;
/** Present if the daemon holds this app's sockets though it owns its port alone: those that it holds already. */
const held = env.UPKEEP_HELD;
/** It was started beside another one: it accepts when it is told to. */
const heldBack = env.UPKEEP_HELD_BACK;
/** Descriptor of the channel that passes sockets. */
const channel = env.UPKEEP_CHANNEL;
/** Nobody is to look inside. */
const closed = env.UPKEEP_CLOSED;
/** Folder of this life, for what it leaves behind. */
const lifeFolder = env.UPKEEP_LIFE;

/** Programs that this one starts are not our guests: they get neither the line nor the preload. */
function withdraw(): void {
  delete env.UPKEEP_AGENT;
  delete env.UPKEEP_CHANNEL;
  delete env.UPKEEP_CLUSTER;
  delete env.UPKEEP_HELD;
  delete env.UPKEEP_HELD_BACK;
  delete env.UPKEEP_CLOSED;
  delete env.UPKEEP_LIFE;
}

/** What the program, and each of its threads, sees of itself is as without us. */
function hide(): void {
  const { execArgv, _preload_modules: preloaded } = process as unknown as {
    execArgv: string[];
    _preload_modules?: string[];
  };
  const at = execArgv.findIndex((word, i) => word === __filename && execArgv[i - 1] === '--require');
  if (at > 0) execArgv.splice(at - 1, 2);
  const snapshots = execArgv.indexOf(`--diagnostic-dir=${lifeFolder}`);
  if (snapshots > 0) execArgv.splice(snapshots - 1, 2);
  const among = preloaded?.indexOf(__filename) ?? -1;
  if (among >= 0) preloaded?.splice(among, 1);
  delete require.cache[__filename];
}

/** Told by what a worker thread must not do: `node:worker_threads` costs milliseconds to load. */
const isMainThread = (): boolean => (process.chdir as { readonly disabled?: boolean }).disabled !== true;

try {
  hide();
  if (socketPath !== undefined && token !== undefined && isMainThread()) {
    withdraw();
    const gates = new Gates(heldBack !== undefined);
    const fd = channel === undefined ? null : Number(channel);
    const requests = worker === undefined && held === undefined ? null : new SocketRequests(hiddenChannel(fd));
    if (requests !== null && worker !== undefined) {
      watchConnections();
      becomeWorker(Number(worker), requests, gates);
    } else {
      const known = requests === null ? null : (JSON.parse(held as string) as KnownSocket[]);
      atFirstSocket(() => {
        watchConnections();
        if (requests === null || known === null) return;
        holdSockets(requests, gates, known);
        holdDatagrams(requests, known);
      });
    }
    // With a channel of its own (somebody forked it), the app's messages are not ours.
    connectLine(socketPath, token, gates, requests, process.send === undefined, closed !== undefined);
    if (lifeFolder !== undefined && closed === undefined) leaveTestament(lifeFolder);
    keepLastWords();
  }
} catch {
  // The app runs without us.
}
