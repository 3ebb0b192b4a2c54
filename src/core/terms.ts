/**
 * The glossary: the plain types that every room speaks. Without one place for them each layer
 * would invent its own shape for an app, and the words of the docs would drift from the code.
 *
 * Instants end in `At` (ms since the epoch), durations in `Ms`, sizes in `Bytes`.
 */

/** How an app's processes are run: one program each, or several that share their ports. */
export type ExecMode = 'fork' | 'cluster';

/** The two streams of a program. */
export type StreamName = 'out' | 'err';

/** When and how often an app is restarted after it ended by itself. */
export interface RestartRules {
  /** Restart after an end that nobody asked for. Default true. */
  readonly autorestart: boolean;
  /** A life shorter than this is unstable. Default 1000. */
  readonly minUptimeMs: number;
  /** Unstable ends (in a row, or ends within 60 s) before giving up; null never gives up. Default 16; null if a delay is set. */
  readonly maxRestarts: number | null;
  /** Fixed wait before every automatic restart. Default 0. */
  readonly restartDelayMs: number;
  /** First wait of the exponential backoff; null turns it off. Wins over `restartDelayMs`. */
  readonly backoffInitialMs: number | null;
  /** The backoff never waits longer. Default 15000. */
  readonly backoffMaxMs: number;
  /** A life at least this long starts the backoff anew. Default 30000. */
  readonly backoffResetMs: number;
  /** Exit codes after which the app stays down. */
  readonly stopExitCodes: readonly number[];
}

/** How an app is asked to end, and how long it may take. */
export interface StopRules {
  /** Signal that asks for the end, e.g. `SIGINT` (the default). */
  readonly signal: string;
  /** After this the whole tree gets SIGKILL. Default 1600. */
  readonly killTimeoutMs: number;
  /** While its runtime reports work in flight, an app may drain this long. Default 30000; an explicit `kill_timeout` is a hard limit. */
  readonly drainTimeoutMs: number;
  /** Signal all descendants, not only the main process. Default true. */
  readonly tree: boolean;
  /** Ask by the message `shutdown` over the agent line instead of the signal. Default false. */
  readonly withMessage: boolean;
}

/** When a started process counts as ready. */
export interface ReadinessRules {
  /** Ready only when the app says `process.send('ready')`. Default false. */
  readonly waitReady: boolean;
  /** How long `waitReady` or the probe may take. Default 3000, with a probe 60000. */
  readonly listenTimeoutMs: number;
  /** How long a successor of a process that listens may take to listen. Default 60000, or `listen_timeout` if it is given. */
  readonly succeedWithinMs: number;
  /** Ready only when the readiness probe has passed, whatever else it does or says. Absent: false. */
  readonly probed?: boolean;
}

/** How `reload`, and what else replaces processes, goes about it. */
export interface ReloadRules {
  /** `start-first`: the new process is ready before the old one is asked to end. Default: so in cluster mode and with `listen`, else `stop-first`. */
  readonly order: 'start-first' | 'stop-first';
  /** The first process of a generation must stay ready this long before its predecessor goes. Default 5000. */
  readonly minHealthyMs: number;
  /** Processes that are replaced at a time. Default 1. */
  readonly maxSurge: number;
}

/** What a probe looks at. A host of null: the instance itself, however it is reached. */
export type ProbeCheck =
  | {
      readonly kind: 'http';
      readonly secure: boolean;
      readonly host: string | null;
      /** null: where the instance listens. */
      readonly port: number | null;
      /** With the query. */
      readonly path: string;
      /** Status codes that pass; null: 200 to 399. */
      readonly status: readonly number[] | null;
    }
  | { readonly kind: 'tcp'; readonly host: string | null; readonly port: number }
  /** A program, found in the app's PATH, and its arguments; exit code 0 passes. */
  | { readonly kind: 'exec'; readonly command: readonly string[] };

/** A check that is made again and again, and how its results count. */
export interface ProbeRules {
  readonly check: ProbeCheck;
  /** From the end of one check to the begin of the next. Default 10000. */
  readonly intervalMs: number;
  /** A check that takes longer has failed. Default 1000. */
  readonly timeoutMs: number;
  /** Failures in a row after which the probe fails. Default 3. */
  readonly failureThreshold: number;
  /** Passes in a row after which it passes. Default 1. */
  readonly successThreshold: number;
  /** Failures of a process younger than this do not count, until a check has passed. Default 0. */
  readonly startPeriodMs: number;
}

/** How it is known whether an instance works. */
export interface HealthRules {
  /** null: no such probe. */
  readonly readiness: ProbeRules | null;
  readonly liveness: ProbeRules | null;
  /** An event loop that does not turn for longer is reported with its stack; null: not watched. Default 5000. */
  readonly eventLoopLimitMs: number | null;
  /** It is restarted, too. Default false. */
  readonly eventLoopRestart: boolean;
}

/** What is kept of ends that nobody wanted. */
export interface CrashRules {
  /** Records kept of the app, the oldest go first; 0: none are made. Default 20. */
  readonly keep: number;
  /** Node writes a heap snapshot when it is about to run out of heap. Default false. */
  readonly heapSnapshot: boolean;
}

/** Where an app's output goes. Paths are absolute and without the instance suffix. */
export interface LogRules {
  /** null: no file for this stream. */
  readonly outFile: string | null;
  readonly errorFile: string | null;
  /** A further file with both streams; null: none. */
  readonly combinedFile: string | null;
  /** All instances share one file (no `-<id>` suffix). */
  readonly merge: boolean;
  /** `json`: one object a line. Default `raw`. */
  readonly format: 'raw' | 'json';
  /** day.js tokens put before each line; null: none. */
  readonly dateFormat: string | null;
  /** Output is read and dropped: no file, no followers. */
  readonly disabled: boolean;
  /** A file that would grow past this is rotated; 0: never. Default 10 MiB. */
  readonly maxSizeBytes: number;
  /** A file older than this is rotated; 0: never. */
  readonly maxAgeMs: number;
  /** Rotated files kept for each file; the oldest goes first. Default 10. */
  readonly keep: number;
  /** gzip rotated files. Default true. */
  readonly compress: boolean;
}

/** Restart when files change. Paths and patterns are relative to the app's cwd or absolute. */
export interface WatchRules {
  readonly paths: readonly string[];
  /** Globs, or `/regex/` written as a string, that are not watched. */
  readonly ignore: readonly string[];
  /** Wait after the first change; more changes meanwhile count as one. */
  readonly delayMs: number;
  /** chokidar: look at the files every so often instead of asking the kernel. */
  readonly usePolling: boolean;
  readonly followSymlinks: boolean;
}

/**
 * The environment as a function of its sources; later layers win.
 * What the child gets is `inherited < declared < the few variables of the instance`.
 */
export interface EnvLayers {
  /** The environment of whoever gave the command, after `filter_env`. */
  readonly inherited: Readonly<Record<string, string>>;
  /** `env`, then `env_<name>` of the config. */
  readonly declared: Readonly<Record<string, string>>;
  /** Where each declared variable comes from: `env`, `env_production`, `deploy.production.env`, …; absent in lists of before. */
  readonly origins?: Readonly<Record<string, string>>;
}

/** Everything that is to be known of an app to run it. Produced by `config/normalise`, kept by the daemon. */
export interface AppSpec {
  readonly name: string;
  readonly namespace: string;
  readonly execMode: ExecMode;
  /** An addition to the supervisor itself, as PM2's modules are: `all` does not mean it, and `save` leaves it out. Absent: false. */
  readonly isModule?: boolean;
  /** Number of processes, at least 1. */
  readonly instances: number;
  /** Absolute path of the script or program (PM2: `pm_exec_path`). */
  readonly script: string;
  /** Arguments of the script. */
  readonly args: readonly string[];
  /** Absolute path of the interpreter, or null: the script is executed itself. */
  readonly interpreter: string | null;
  /** As the user would write it: `node`, `python3`, `none`, `/opt/x/bin/node`. */
  readonly interpreterName: string;
  readonly interpreterArgs: readonly string[];
  /** The program is Node, so that it can take the runtime. */
  readonly isNode: boolean;
  /** Preload the runtime (Node only). Default true. */
  readonly runtime: boolean;
  /** The runtime tells of the inside: measures, exceptions, abilities. Absent: true. */
  readonly inside?: boolean;
  /** Source maps in stack traces (Node only). Default true. */
  readonly sourceMaps: boolean;
  /** Absolute. */
  readonly cwd: string;
  readonly env: EnvLayers;
  /** Variable that holds the instance number. Default `NODE_APP_INSTANCE`. */
  readonly instanceVar: string;
  /** Variable that counts up from its configured value with each instance; null: none. */
  readonly incrementVar: string | null;
  /** Run as; null: as the daemon. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** Who gave the command. */
  readonly username: string;
  /** Absolute, without the instance suffix; null: `<home>/pids/<name>-<id>.pid`. */
  readonly pidFile: string | null;
  /** false: registered, not started, until somebody starts it. */
  readonly autostart: boolean;
  readonly restart: RestartRules;
  readonly stop: StopRules;
  readonly readiness: ReadinessRules;
  readonly reload: ReloadRules;
  /** Sockets that the program inherits; absent: none. */
  readonly listen?: readonly DeclaredSocket[];
  /** Absent in lists of before: the defaults (`core/probe`). */
  readonly health?: HealthRules;
  readonly log: LogRules;
  /** Absent: the defaults (`core/crash`). */
  readonly crash?: CrashRules;
  /** null: not watched. */
  readonly watch: WatchRules | null;
  /** croner pattern, local time; null: none. */
  readonly cron: string | null;
  /** Restart when the whole tree's resident memory passes this; null: no limit. */
  readonly maxMemoryBytes: number | null;
  /** `version` of the nearest package.json, or `N/A`. */
  readonly version: string;
  /**
   * The validated options as the user gave them (canonical snake_case keys, without `env*`),
   * from which an update of single options makes a new spec, and which `jlist` shows.
   */
  readonly declared: Readonly<Record<string, unknown>>;
  /** Of its folder, where somebody asked for it; absent: not looked up, or no repository. */
  readonly versioning?: Versioning;
}

/** The git repository that an app runs from, in PM2's words. */
export interface Versioning {
  readonly type: 'git';
  readonly url: string | null;
  readonly revision: string;
  readonly comment: string;
  /** null: no branch is checked out. */
  readonly branch: string | null;
  /** ISO, of the commit. */
  readonly update_time: string;
  readonly unstaged: boolean;
  /** Local commits that the upstream has not. */
  readonly ahead: boolean;
  readonly remote: string | null;
  readonly remotes: readonly string[];
  readonly next_rev: string | null;
  readonly prev_rev: string | null;
  readonly repo_path: string;
}

/** What a program listens on, in Node's own terms. */
export interface SocketAddress {
  /** null: any address, IPv6 first; for a unix socket its path. */
  readonly address: string | null;
  /** 0: any port; -1: a unix socket. */
  readonly port: number;
  /** 4, 6, -1 for a unix socket, `udp4`, `udp6`. */
  readonly addressType: number | string;
  /** Flags of the bind, e.g. IPv6-only. */
  readonly flags: number;
  /** Tells several sockets on "any port" apart. */
  readonly index: number;
}

/** A socket that the daemon binds and every process of an app inherits, from descriptor 3 on. */
export interface DeclaredSocket {
  /** As a user writes it: `127.0.0.1:3000`, `unix:/run/api.sock`, `udp:5353`. */
  readonly text: string;
  readonly socket: SocketAddress;
  /** What `LISTEN_FDNAMES` calls it. Default `unknown`. */
  readonly name: string;
  /** Connections that may wait in the kernel; of no meaning for datagrams. Default 511. */
  readonly backlog: number;
}

/** ENOTSUP as libuv gives it: the daemon's Node cannot hold sockets, and the app binds by itself. */
export const NOT_SUPPORTED = -95;

/** Who a process is beyond doubt: a pid alone is reused by the kernel. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in the kernel's own unit (clock ticks on Linux, seconds elsewhere), as text. */
  readonly startTime: string;
  /** Boot of the machine in which `startTime` means anything. */
  readonly bootId: string;
}

/** How a process ended. */
export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string; readonly number: number }
  /** Nobody saw it: its keeper was killed, or the machine was restarted. */
  | { readonly kind: 'unknown'; readonly why: string };

/** One ended life of an instance, newest first in a history. */
export interface Life {
  readonly incarnation: number;
  readonly pid: number | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exit: Exit;
  /** What the supervisor made of it, in words. */
  readonly verdict: string;
  /** Nobody had wanted that end. Absent: somebody had, or an earlier version did not note it. */
  readonly crashed?: true;
}

/** PM2's words for a state, which scripts read. */
export type StatusWord = 'online' | 'launching' | 'stopping' | 'stopped' | 'errored' | 'waiting restart';

/** A line of a program's output with where it came from. */
export interface LogLine {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly stream: StreamName;
  /** When the pump read it. */
  readonly at: number;
  /** Without the line end; bytes that are not UTF-8 are shown as U+FFFD. */
  readonly text: string;
}
