/**
 * What a Node app can be asked to do though it has no line of code for it: heap snapshots, profiles, an inspector. Each loads
 * what it needs when it is asked; files are written by the app's own process, where it may write.
 */

type Post = (method: string, params?: object) => Promise<Record<string, unknown>>;

interface Session {
  connect(): void;
  disconnect(): void;
  post(method: string, params: object | undefined, done: (error: Error | null, result: object) => void): void;
}

interface Recording {
  readonly session: Session;
  readonly post: Post;
  readonly startedAt: number;
}

/** Bytes between two samples of a heap profile. */
const SAMPLING_INTERVAL_BYTES = 32_768;

const recordings = new Map<'cpu' | 'heap', Recording>();

function open(): { readonly session: Session; readonly post: Post } {
  const { Session } = require('node:inspector') as unknown as { Session: new () => Session };
  const session = new Session();
  session.connect();
  const post: Post = (method, params) =>
    new Promise((resolve, reject) => {
      session.post(method, params, (error, result) => {
        if (error === null) resolve(result as Record<string, unknown>);
        else reject(error);
      });
    });
  return { session, post };
}

/** A file of its own below the folder for temporary files, or where `path` says. */
function fileFor(params: unknown, extension: string): string {
  const { path } = (params ?? {}) as { readonly path?: unknown };
  if (typeof path === 'string' && path !== '') return path;
  const { join } = require('node:path') as typeof import('node:path');
  const { tmpdir } = require('node:os') as typeof import('node:os');
  const at = new Date().toISOString().replace(/\D/g, '').slice(0, 17);
  // Nobody else can have put a link there.
  const chance = Math.random().toString(36).slice(2, 10);
  return join(tmpdir(), `${process.pid}-${at}-${chance}.${extension}`);
}

function write(path: string, profile: unknown): number {
  const { writeFileSync } = require('node:fs') as typeof import('node:fs');
  const text = JSON.stringify(profile);
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  return Buffer.byteLength(text);
}

async function begin(kind: 'cpu' | 'heap', params: unknown): Promise<object> {
  if (recordings.has(kind)) throw new Error(`a ${kind} profile is being taken already`);
  const { session, post } = open();
  recordings.set(kind, { session, post, startedAt: Date.now() });
  try {
    if (kind === 'cpu') {
      await post('Profiler.enable');
      await post('Profiler.start');
    } else {
      const { samplingInterval } = (params ?? {}) as { readonly samplingInterval?: unknown };
      await post('HeapProfiler.startSampling', {
        samplingInterval: typeof samplingInterval === 'number' ? samplingInterval : SAMPLING_INTERVAL_BYTES,
      });
    }
  } catch (error) {
    recordings.delete(kind);
    session.disconnect();
    throw error;
  }
  return {};
}

async function end(kind: 'cpu' | 'heap', params: unknown): Promise<object> {
  const recording = recordings.get(kind);
  if (recording === undefined) throw new Error(`no ${kind} profile is being taken`);
  recordings.delete(kind);
  const { session, post, startedAt } = recording;
  try {
    const { profile } = await post(kind === 'cpu' ? 'Profiler.stop' : 'HeapProfiler.stopSampling');
    const path = fileFor(params, kind === 'cpu' ? 'cpuprofile' : 'heapprofile');
    return { dump_file: path, dump_file_size: write(path, profile), duration: Date.now() - startedAt };
  } finally {
    session.disconnect();
  }
}

function dumpHeap(params: unknown): object {
  const { writeHeapSnapshot } = require('node:v8') as typeof import('node:v8');
  const { statSync } = require('node:fs') as typeof import('node:fs');
  const startedAt = Date.now();
  const path = writeHeapSnapshot(fileFor(params, 'heapsnapshot'));
  return { dump_file: path, dump_file_size: statSync(path).size, duration: Date.now() - startedAt };
}

/** On loopback only: who can connect can run code in the app. */
function inspect(): object {
  const inspector = require('node:inspector') as typeof import('node:inspector');
  if (inspector.url() === undefined) inspector.open(0, '127.0.0.1');
  return { url: inspector.url() ?? null };
}

const ABILITIES: Readonly<Record<string, (params: unknown) => object | Promise<object>>> = {
  'km:heapdump': dumpHeap,
  'km:cpu:profiling:start': (params) => begin('cpu', params),
  'km:cpu:profiling:stop': (params) => end('cpu', params),
  'km:heap:sampling:start': (params) => begin('heap', params),
  'km:heap:sampling:stop': (params) => end('heap', params),
  'internal:inspect': inspect,
};

export const abilityNames = (): string[] => Object.keys(ABILITIES);

/** Never fails: what went wrong is the answer. */
export async function perform(ability: string, params: unknown): Promise<object> {
  try {
    const act = Object.hasOwn(ABILITIES, ability) ? ABILITIES[ability] : undefined;
    if (act === undefined) throw new Error(`this runtime cannot ${ability}`);
    return { success: true, ...(await act(params)) };
  } catch (error) {
    return { success: false, err: error instanceof Error ? error.message : String(error) };
  }
}
