/**
 * Constant load on loopback: some connections that are kept alive and some that are new for every request. It counts
 * every request that was not answered rightly, and says what went wrong.
 */
import { Agent, get } from 'node:http';

/**
 * A connection that is quiet for longer may be closed by a process that ends (guarantees: after 0.5 s, or a quarter of a shorter
 * `kill_timeout`). A client means to send every few ms; one that the machine has kept from it for this long tries again.
 */
const QUIET_MS = 250;

export interface Load {
  readonly sent: () => number;
  readonly failures: () => readonly string[];
  /** Stops sending and waits for what is under way. */
  stop(): Promise<void>;
}

/** @param isRight whether an answer is the app's own */
export function startLoad(
  port: number,
  options: { keepAlive: number; fresh: number; path?: string; isRight?: (status: number, body: string) => boolean },
): Load {
  const isRight = options.isRight ?? ((status: number) => status === 200);
  const failures: string[] = [];
  let sent = 0;
  let running = true;
  // A process that is up is not listening yet on a busy machine: the load begins with the first answer.
  let hasBegun = false;
  // When the last request was sent, not when its answer was seen: a client that stood still saw it late.
  const sentAt = new WeakMap<Agent, number>();
  const once = (agent: Agent | false): Promise<void> =>
    new Promise((resolve) => {
      sent++;
      const now = performance.now();
      const quietMs = agent === false ? 0 : now - (sentAt.get(agent) ?? now);
      if (agent !== false) sentAt.set(agent, now);
      const request = get(
        { host: '127.0.0.1', port, path: options.path ?? '/', agent, timeout: 20_000 },
        (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => {
            body += chunk;
          });
          response.on('end', () => {
            hasBegun = true;
            if (!isRight(response.statusCode ?? 0, body))
              failures.push(`status ${response.statusCode}: ${body.slice(0, 80)}`);
            resolve();
          });
          response.on('error', (error) => {
            failures.push(error.message);
            resolve();
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error('no answer within 20 s')));
      request.on('error', (error) => {
        if (request.reusedSocket && quietMs > QUIET_MS) return resolve(once(agent));
        if (!hasBegun && running && (error as NodeJS.ErrnoException).code === 'ECONNREFUSED') {
          setTimeout(() => resolve(once(agent)), 5);
          return;
        }
        const how = request.reusedSocket
          ? `a kept connection, quiet for ${Math.round(quietMs)} ms`
          : `a new connection, ${Math.round(performance.now() - now)} ms after it was begun`;
        failures.push(`${error.message} (${how})`);
        resolve();
      });
    });
  const client = async (agent: Agent | false): Promise<void> => {
    while (running) {
      await once(agent);
      // Load, not a flood: the machine's two cores also run the apps and the daemon.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (agent !== false) agent.destroy();
  };
  const clients = [
    ...Array.from({ length: options.keepAlive }, () => client(new Agent({ keepAlive: true, maxSockets: 1 }))),
    ...Array.from({ length: options.fresh }, () => client(false)),
  ];
  return {
    sent: () => sent,
    failures: () => failures,
    async stop() {
      running = false;
      await Promise.all(clients);
    },
  };
}
