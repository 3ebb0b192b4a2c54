/**
 * The shape of an app's spec, as it comes from a client or from a file. Specs are made by our own config room, but a message
 * and a file can hold anything: what passes here can be run, listed and stored without another look.
 */
import {
  amount,
  anything,
  byKind,
  flag,
  isRecord,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  orAbsent,
  orNull,
  type Shape,
  text,
  whole,
} from './shape.ts';
import type { AppSpec } from './terms.ts';

/** As many as `scale` makes. */
export const MOST_INSTANCES = 10_000;
/** uid_t and gid_t. */
const LARGEST_ID = 0xffff_ffff;

const signal: Shape = (value, at) =>
  typeof value === 'string' && /^SIG[A-Z0-9]{1,12}$/.test(value) ? null : `${at} must be the name of a signal`;

/** Absolute, as all paths of a spec are. */
const path: Shape = (value, at) =>
  typeof value === 'string' && value.startsWith('/') && !value.includes('\0') ? null : `${at} must be an absolute path`;

const probe = object({
  check: byKind({
    http: {
      secure: flag,
      host: orNull(text),
      port: orNull(whole(0, 65_535)),
      path: text,
      status: orNull(listOf(whole(0, 999))),
    },
    tcp: { host: orNull(text), port: whole(0, 65_535) },
    exec: { command: listOf(text) },
  }),
  intervalMs: amount,
  timeoutMs: amount,
  failureThreshold: whole(1),
  successThreshold: whole(1),
  startPeriodMs: amount,
});

const socket = object({
  text,
  name: text,
  backlog: whole(0),
  socket: object({
    address: orNull(text),
    port: whole(-1, 65_535),
    addressType: oneOf(4, 6, -1, 'udp4', 'udp6'),
    flags: whole(0),
    index: whole(0),
  }),
});

const shape = object({
  name: text,
  namespace: text,
  execMode: oneOf('fork', 'cluster'),
  isModule: orAbsent(flag),
  instances: whole(1, MOST_INSTANCES),
  script: text,
  args: listOf(text),
  interpreter: orNull(text),
  interpreterName: text,
  interpreterArgs: listOf(text),
  isNode: flag,
  runtime: flag,
  inside: orAbsent(flag),
  sourceMaps: flag,
  cwd: path,
  env: object({ inherited: mapOf(text), declared: mapOf(text), origins: orAbsent(mapOf(text)) }),
  instanceVar: text,
  incrementVar: orNull(text),
  uid: orNull(whole(0, LARGEST_ID)),
  gid: orNull(whole(0, LARGEST_ID)),
  username: text,
  pidFile: orNull(path),
  autostart: flag,
  restart: object({
    autorestart: flag,
    minUptimeMs: amount,
    maxRestarts: orNull(amount),
    restartDelayMs: amount,
    backoffInitialMs: orNull(amount),
    backoffMaxMs: amount,
    backoffResetMs: amount,
    stopExitCodes: listOf(number),
  }),
  stop: object({ signal, killTimeoutMs: amount, drainTimeoutMs: amount, tree: flag, withMessage: flag }),
  readiness: object({ waitReady: flag, listenTimeoutMs: amount, succeedWithinMs: amount, probed: orAbsent(flag) }),
  reload: object({ order: oneOf('start-first', 'stop-first'), minHealthyMs: amount, maxSurge: whole(1) }),
  listen: orAbsent(listOf(socket)),
  health: orAbsent(
    object({
      readiness: orNull(probe),
      liveness: orNull(probe),
      eventLoopLimitMs: orNull(amount),
      eventLoopRestart: flag,
    }),
  ),
  log: object({
    outFile: orNull(path),
    errorFile: orNull(path),
    combinedFile: orNull(path),
    merge: flag,
    format: oneOf('raw', 'json'),
    dateFormat: orNull(text),
    disabled: flag,
    maxSizeBytes: amount,
    maxAgeMs: amount,
    keep: amount,
    compress: flag,
  }),
  crash: orAbsent(object({ keep: amount, heapSnapshot: flag })),
  watch: orNull(
    object({
      paths: listOf(text),
      ignore: listOf(text),
      delayMs: amount,
      usePolling: flag,
      followSymlinks: flag,
    }),
  ),
  cron: orNull(text),
  maxMemoryBytes: orNull(amount),
  version: text,
  declared: mapOf(anything),
  versioning: orAbsent(mapOf(anything)),
});

/** What is wrong with a spec, or null. */
export function specProblem(value: unknown, at: string): string | null {
  const name = isRecord(value) && typeof value.name === 'string' ? value.name.slice(0, 60) : null;
  const wrong = shape(value, at);
  return wrong === null || name === null ? wrong : `${wrong} (${JSON.stringify(name)})`;
}

/** Throws on what is none: for files, which are read whole or set aside. */
export function asSpec(value: unknown, at: string): AppSpec {
  const wrong = specProblem(value, at);
  if (wrong !== null) throw new SyntaxError(wrong);
  return value as AppSpec;
}
