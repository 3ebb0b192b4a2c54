/**
 * Makes one check of a probe: a request, a connection or a program, and never longer than its time. It only looks; what
 * the result means is decided in `core/probe`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { type CheckResult, onOneLine } from '../core/probe.ts';
import type { ProbeCheck } from '../core/terms.ts';
import { startAs } from '../platform/as-user.ts';
import { endSession } from './session.ts';

/** Where an instance is reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Of what a program says, this much is kept for the reason. */
const LONGEST_OUTPUT = 2_048;
const LONGEST_REASON = 200;

const PASSED: CheckResult = { ok: true };
const failed = (why: string): CheckResult => ({ ok: false, why });
const late = (timeoutMs: number): CheckResult => failed(`no answer within ${timeoutMs} ms`);

type Http = Extract<ProbeCheck, { kind: 'http' }>;

export async function checkHttp(
  check: Http,
  at: Address,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  // Loaded by who has such a probe, and by nobody else.
  const { request } = check.secure ? await import('node:https') : await import('node:http');
  if (signal.aborted) return failed('given up');
  return new Promise((resolve) => {
    const asked = request({
      host: at.host,
      port: at.port,
      path: check.path,
      // A connection of its own, that ends: nothing is left open in the app.
      agent: false,
      headers: { host: hostHeader(check, at), 'user-agent': 'upkeep-probe', connection: 'close' },
      // It is asked by its address, for which no certificate is made.
      ...(check.secure ? { rejectUnauthorized: false } : {}),
      signal,
    });
    const timer = setTimeout(() => {
      resolve(late(timeoutMs));
      asked.destroy();
    }, timeoutMs);
    asked.on('response', (response: IncomingMessage) => {
      const { statusCode: status = 0 } = response;
      const isRight = check.status === null ? status >= 200 && status < 400 : check.status.includes(status);
      resolve(isRight ? PASSED : failed(`status ${status}`));
      response.resume();
      response.on('error', () => {});
    });
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(failed(error.code ?? error.message)));
    // The body may take the rest of the time; then it is cut.
    asked.on('close', () => clearTimeout(timer));
    asked.end();
  });
}

function hostHeader(check: Http, at: Address): string {
  const host = check.host ?? '127.0.0.1';
  return `${host.includes(':') ? `[${host}]` : host}:${check.port ?? at.port}`;
}

export function checkTcp(at: Address, timeoutMs: number, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: at.host, port: at.port, signal });
    const settle = (result: CheckResult): void => {
      clearTimeout(timer);
      resolve(result);
      socket.destroy();
    };
    const timer = setTimeout(() => settle(late(timeoutMs)), timeoutMs);
    socket.on('connect', () => settle(PASSED));
    socket.on('error', (error: NodeJS.ErrnoException) => settle(failed(error.code ?? error.message)));
  });
}

/** A program in the app's own surroundings. */
export interface ExecOrder {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly uid: number | null;
  readonly gid: number | null;
}

export function checkExec(order: ExecOrder, timeoutMs: number, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    const { command, env, account } = startAs(order, order.command, order.env);
    const [program = '', ...args] = command;
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        cwd: order.cwd,
        env,
        // A session of its own, by which everything that it starts is found.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        ...account,
      });
    } catch (error) {
      resolve(failed((error as Error).message));
      return;
    }
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-LONGEST_OUTPUT);
      });
    const settle = (result: CheckResult): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      // What it left running may hold the pipes.
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(result);
    };
    const end = (result: CheckResult): void => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) endSession(child.pid);
      settle(result);
    };
    const giveUp = (): void => end(failed('given up'));
    const timer = setTimeout(() => end(failed(`did not end within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', giveUp, { once: true });
    child.on('error', (error: NodeJS.ErrnoException) =>
      settle(failed(`cannot run ${order.command[0]}: ${error.code}`)),
    );
    child.on('exit', (code, by) => {
      const how = code === null ? `ended by ${by}` : `exit code ${code}`;
      const said = onOneLine(output.trim().split('\n').at(-1) ?? '').slice(0, LONGEST_REASON);
      settle(code === 0 ? PASSED : failed(said === '' ? how : `${how}: ${said}`));
    });
  });
}
