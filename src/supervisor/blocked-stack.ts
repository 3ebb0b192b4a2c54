/**
 * Looks from outside at what a Node process does whose event loop does not turn: has its inspector opened by SIGUSR1,
 * pauses it for a moment, reads the stack, lets it go on. Whatever is not certain beforehand is not done: the signal would
 * be the app's own, or end it.
 */
import { readFileSync } from 'node:fs';
import { onOneLine } from '../core/probe.ts';
import type { ProcessIdentity } from '../core/terms.ts';
import { listeningAddresses } from '../platform/ports.ts';
import { compareIdentity, readProcess, signalProcess } from '../platform/process.ts';
import { openWebSocket } from '../platform/web-socket.ts';

/** The inspector is up within this, and answers within this: a busy machine may take seconds for it. */
const OPEN_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 5_000;
const LOOK_MS = 25;
/** The inspector is opened between two steps of JavaScript; who has used no CPU for this long takes none. */
const IDLE_MS = 1_500;
const IDLE_CPU_MS = 20;
/** Whether a port is an inspector's is known within this: it has a thread of its own, which is not blocked. */
const INSPECTOR_ANSWERS_WITHIN_MS = 300;
const MOST_FRAMES = 20;
/** Closed from within while it is still blocked: any user of this machine could connect to it. */
const CLOSE_INSPECTOR =
  "(process.getBuiltinModule ? process.getBuiltinModule('node:inspector') : require('node:inspector')).close()";
const CLOSED_WITHIN_MS = 1_000;
/** `SIGUSR1` in the masks of /proc. */
const SIGUSR1_BIT = 1n << 9n;

export type StackLook =
  /** Innermost first, each as `function (file:line:column)`. */
  | { readonly kind: 'frames'; readonly frames: readonly string[] }
  /** Somebody has its inspector open: it may be blocked by a breakpoint. */
  | { readonly kind: 'inspected' }
  | { readonly kind: 'unavailable'; readonly why: string };

const unavailable = (why: string): StackLook => ({ kind: 'unavailable', why });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const WAITS = unavailable('it runs no JavaScript: it waits in a call to the system, or in native code');
const TURNED = unavailable('it turned again before its stack was read');

/**
 * @param isStill false: it was heard of meanwhile, and its stack is that of something else
 * @param closeInspector asks its runtime to close the inspector when it turns; called before the inspector is opened and after
 */
export async function lookAtStack(
  identity: ProcessIdentity,
  isStill: () => boolean,
  closeInspector: () => void,
): Promise<StackLook> {
  const before = loopbackPorts(identity.pid);
  const inspectors = await Promise.all(before.map((port) => inspectorPath(port)));
  if (inspectors.some((path) => path !== null)) return { kind: 'inspected' };
  const why = whyNotSignalled(identity.pid);
  if (why !== null) return unavailable(why);
  // Waits in its line until it turns: should this daemon die now, the inspector is closed all the same.
  closeInspector();
  if (signalProcess(identity, 'SIGUSR1') !== 'sent') return unavailable('it could not be signalled');
  try {
    const found = await findInspector(identity, before, isStill);
    if (!isStill()) return TURNED;
    if (found === null) return unavailable('its inspector did not open');
    if (found === 'idle') return WAITS;
    return await readStack(found.port, found.path, isStill);
  } finally {
    closeInspector();
  }
}

/** Ports of loopback on which the process listens. */
const loopbackPorts = (pid: number): number[] =>
  listeningAddresses([pid]).flatMap((address) => {
    const port = /^127\.0\.0\.1:(\d+)$/.exec(address)?.[1];
    return port === undefined ? [] : [Number(port)];
  });

/** A process that does not catch the signal would be ended by it; a stopped one would get it later. */
function whyNotSignalled(pid: number): string | null {
  if (process.platform !== 'linux') return null;
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return 'its state cannot be read';
  }
  const state = /^State:\s+(\w)/m.exec(status)?.[1];
  if (state === 'T' || state === 't') return 'it is stopped by a signal or a debugger';
  const caught = BigInt(`0x${/^SigCgt:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return (caught & SIGUSR1_BIT) === 0n ? 'it does not open its inspector on SIGUSR1' : null;
}

async function findInspector(
  identity: ProcessIdentity,
  before: readonly number[],
  isStill: () => boolean,
): Promise<{ port: number; path: string } | 'idle' | null> {
  const begin = performance.now();
  const end = begin + OPEN_WITHIN_MS;
  const cpuMs = readProcess(identity.pid)?.cpuMs ?? 0;
  while (performance.now() < end && isStill() && compareIdentity(identity) === 'same') {
    for (const port of loopbackPorts(identity.pid)) {
      if (before.includes(port)) continue;
      const path = await inspectorPath(port);
      if (path !== null) return { port, path };
    }
    const isIdle = (readProcess(identity.pid)?.cpuMs ?? 0) - cpuMs < IDLE_CPU_MS;
    if (isIdle && performance.now() - begin > IDLE_MS) return 'idle';
    await pause(LOOK_MS);
  }
  return null;
}

/** The path of an inspector's WebSocket; null: there is none at this port. */
async function inspectorPath(port: number): Promise<string | null> {
  const { get } = await import('node:http');
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/json/list', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > 65_536) asked.destroy();
      });
      response.on('error', () => {});
      response.on('end', () => resolve(pathIn(text)));
    });
    const timer = setTimeout(() => asked.destroy(), INSPECTOR_ANSWERS_WITHIN_MS);
    asked.on('error', () => {});
    asked.on('close', () => {
      clearTimeout(timer);
      resolve(null);
    });
  });
}

function pathIn(text: string): string | null {
  try {
    const targets = JSON.parse(text) as readonly { readonly type?: string; readonly webSocketDebuggerUrl?: string }[];
    const url = targets.find((target) => target.type === 'node')?.webSocketDebuggerUrl;
    return url === undefined ? null : new URL(url).pathname;
  } catch {
    return null;
  }
}

interface InspectorMessage {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly scriptId?: string;
    readonly url?: string;
    readonly callFrames?: readonly PausedFrame[];
  };
}

interface PausedFrame {
  readonly functionName?: string;
  readonly location?: { readonly scriptId?: string; readonly lineNumber?: number; readonly columnNumber?: number };
}

/** Pauses it where it is. Were it to pause later, the end of the line would let it go on. */
function readStack(port: number, path: string, isStill: () => boolean): Promise<StackLook> {
  return new Promise((resolve) => {
    let result = WAITS;
    let timer = setTimeout(() => line.close(), ANSWER_WITHIN_MS);
    let lastId = 0;
    let closingId: number | null = null;
    /** URLs by script. */
    const scripts = new Map<string, string>();
    const line = openWebSocket('127.0.0.1', port, path, {
      onOpen() {
        order('Debugger.enable');
        order('Debugger.pause');
      },
      onText(text) {
        const { id, method, params } = JSON.parse(text) as InspectorMessage;
        if (closingId !== null && id === closingId) line.close();
        if (method === 'Debugger.scriptParsed') scripts.set(params?.scriptId ?? '', params?.url ?? '');
        if (method !== 'Debugger.paused') return;
        const frames = (params?.callFrames ?? []).slice(0, MOST_FRAMES).map((frame) => frameText(frame, scripts));
        if (frames.length > 0) result = isStill() ? { kind: 'frames', frames } : TURNED;
        order('Debugger.resume');
        order('Debugger.disable');
        closingId = order('Runtime.evaluate', { expression: CLOSE_INSPECTOR, includeCommandLineAPI: true });
        clearTimeout(timer);
        timer = setTimeout(() => line.close(), CLOSED_WITHIN_MS);
      },
      onClose() {
        clearTimeout(timer);
        resolve(result);
      },
    });
    const order = (method: string, params: object = {}): number => {
      lastId++;
      line.send(JSON.stringify({ id: lastId, method, params }));
      return lastId;
    };
  });
}

function frameText({ functionName, location }: PausedFrame, scripts: ReadonlyMap<string, string>): string {
  const name = functionName === undefined || functionName === '' ? '(anonymous)' : functionName;
  const line = (location?.lineNumber ?? 0) + 1;
  const column = (location?.columnNumber ?? 0) + 1;
  return onOneLine(`${name} (${fileOf(scripts.get(location?.scriptId ?? '') ?? '')}:${line}:${column})`);
}

function fileOf(url: string): string {
  if (!url.startsWith('file://')) return url === '' ? 'unknown' : url;
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return url;
  }
}
