/**
 * The guest: preloaded into Node apps, in front of the user's script. It gives the app `process.send` and 'message' over
 * a line to the daemon that outlives any daemon, and clustered apps their shared sockets; whatever goes wrong here must
 * never reach the app.
 */
import { takeChannel } from './channel.ts';
import { becomeWorker } from './cluster.ts';
import { keepLastWords } from './last-words.ts';
import { connectLine } from './line.ts';

const { env } = process;
const socketPath = env.UPKEEP_AGENT;
const token = env.UPKEEP_TOKEN;
const worker = env.UPKEEP_CLUSTER;

/** Programs that this one starts are not our guests: they get neither the line nor the preload. */
function withdraw(): void {
  delete env.UPKEEP_AGENT;
  delete env.UPKEEP_CLUSTER;
  const at = process.execArgv.findIndex((word, i) => word === __filename && process.execArgv[i - 1] === '--require');
  if (at > 0) process.execArgv.splice(at - 1, 2);
}

function isMainThread(): boolean {
  return (require('node:worker_threads') as typeof import('node:worker_threads')).isMainThread;
}

try {
  if (socketPath !== undefined && token !== undefined && isMainThread()) {
    withdraw();
    if (worker !== undefined) becomeWorker(Number(worker), takeChannel());
    // With a channel of its own (somebody forked it), the app's messages are not ours.
    if (process.send === undefined) connectLine(socketPath, token);
    keepLastWords();
  }
} catch {
  // The app runs without us.
}
