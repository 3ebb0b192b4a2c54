/**
 * Starts the pump's worker thread and tells of its end exactly once. Without the right options a
 * thread that dies would close descriptors that belong to somebody else by then.
 */
import { Worker } from 'node:worker_threads';
import type { ThreadMessage, ThreadSetup } from './pump-messages.ts';

export function startThread(
  entry: string | URL,
  setup: ThreadSetup,
  onMessage: (message: ThreadMessage) => void,
  onDeath: (why: string) => void,
): Worker {
  const thread = new Worker(entry, {
    workerData: setup,
    name: 'upkeep-log-pump',
    execArgv: [],
    // The thread gives its FIFO descriptors to sockets, which close them. If Node also closed "its" numbers
    // when the thread ends, it could hit descriptors that the main thread has opened since.
    trackUnmanagedFds: false,
  });
  let why = '';
  thread.on('message', onMessage);
  thread.on('error', (error: unknown) => {
    why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  });
  thread.on('exit', (code) => onDeath(why === '' ? `exit code ${code}` : why));
  return thread;
}
