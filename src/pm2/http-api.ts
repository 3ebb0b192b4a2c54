/**
 * PM2's HTTP API: the list of processes and figures of the machine as JSON, for whoever can reach it. Without it the
 * dashboards that were made for PM2 would have nothing to read.
 *
 * It asks for no token, and every user of the machine and every page in a browser on it can read it. So it listens on loopback
 * unless PM2_API_IPADDR names another address, is called by no foreign name, and tells environments only where that is asked for.
 */
import { createServer, type Server } from 'node:http';
import { cpus, freemem, hostname, loadavg, networkInterfaces, totalmem, uptime } from 'node:os';
import type { Client } from '../client/client.ts';
import { connect } from '../client/index.ts';
import { calledAs, isOwnName } from '../platform/called-as.ts';
import { DEFAULT_PORT } from './http-api-app.ts';
import { type JlistEntry, jlistEntry } from './jlist.ts';

const LOOPBACK = '127.0.0.1';

export interface HttpApi {
  readonly host: string;
  readonly port: number;
  /** Leave out each process's environment: so unless PM2_WEB_STRIP_ENV_VARS says false. */
  readonly strips: boolean;
}

/** @throws Error for a port that is none */
export function httpApiFrom(env: NodeJS.ProcessEnv): HttpApi {
  const named = [env.PM2_WEB_PORT, env.PM2_API_PORT].find((text) => text !== undefined && text !== '');
  const port = Number(named ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`the port of the HTTP API must be a number from 0 to 65535, not ${named}`);
  const host = env.PM2_API_IPADDR;
  const strips = env.PM2_WEB_STRIP_ENV_VARS;
  return {
    host: host === undefined || host === '' ? LOOPBACK : host,
    port,
    strips: strips !== 'false' && strips !== '0',
  };
}

/** The variables stand in `env` and, for those who read PM2's record, also beside it. */
function withoutEnvironment(entry: JlistEntry): JlistEntry {
  const { env, ...rest } = entry.pm2_env;
  const values = (env ?? {}) as Readonly<Record<string, unknown>>;
  const kept = Object.entries(rest).filter(([key, value]) => !Object.hasOwn(values, key) || values[key] !== value);
  return { ...entry, pm2_env: Object.fromEntries(kept) };
}

export function answer(processes: readonly JlistEntry[], strips: boolean): Readonly<Record<string, unknown>> {
  return {
    system_info: { hostname: hostname(), uptime: uptime() },
    monit: {
      loadavg: loadavg(),
      total_mem: totalmem(),
      free_mem: freemem(),
      cpu: cpus(),
      interfaces: networkInterfaces(),
    },
    processes: strips ? processes.map(withoutEnvironment) : processes,
  };
}

export function httpApiServer(client: Client, { strips, host }: HttpApi): Server {
  const names = new Set([hostname().toLowerCase(), host.toLowerCase()]);
  return createServer((request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, {
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Headers': 'Origin, X-Requested-With, Content-Type, Accept',
        'Content-Type': 'application/json; charset=utf-8',
      });
      response.end(JSON.stringify(body));
    };
    const called = calledAs(request.headers.host ?? '');
    if (called === null || !isOwnName(called.name, names))
      return send(400, { err: 'ask by the address of this machine' });
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/') return send(404, { err: '404' });
    client.describe().then(
      (details) =>
        send(
          200,
          answer(
            details.map((detail) => jlistEntry(detail, client.home)),
            strips,
          ),
        ),
      (error: Error) => send(503, { err: `the daemon does not answer: ${error.message}` }),
    );
  });
}

export async function serveHttpApi(env: NodeJS.ProcessEnv): Promise<void> {
  const api = httpApiFrom(env);
  const client = await connect({ env, startDaemon: false });
  const server = httpApiServer(client, api);
  server.once('error', (error: NodeJS.ErrnoException) => {
    process.stderr.write(`the HTTP API cannot listen on ${api.host}:${api.port}: ${error.code ?? error.message}\n`);
    process.exit(1);
  });
  server.listen(api.port, api.host, () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : api.port;
    process.stdout.write(`Web interface listening on ${api.host}:${port}\n`);
  });
}
