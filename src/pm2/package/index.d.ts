/**
 * Types of `upkeep/pm2`, and of the package `pm2` as Upkeep answers it. Each method takes a Node callback, or gives a promise
 * without one.
 */
export type ProcessStatus =
  | 'online'
  | 'stopping'
  | 'stopped'
  | 'launching'
  | 'errored'
  | 'one-launch-status'
  /** At run time the word has a blank: `waiting restart`. */
  | 'waiting_restart';

export type Platform = 'ubuntu' | 'centos' | 'redhat' | 'gentoo' | 'systemd' | 'darwin' | 'amazon';

/** Options of an app, as in a config file. Durations are milliseconds. */
export interface StartOptions {
  /** Default: the file name of the script without its extension. */
  name?: string;
  namespace?: string;
  /** Path of the script, relative to `cwd`; or a command. */
  script?: string;
  args?: string | string[];
  /** Folder in which the app runs. Default: that of the caller. */
  cwd?: string;
  /** Default: by the extension of the script. */
  interpreter?: string;
  interpreter_args?: string | string[];
  node_args?: string | string[];
  node_version?: string;
  exec_mode?: string;
  /** Processes of the app. Default 1. */
  instances?: number;
  /** Variables, over those of the caller. */
  env?: { [key: string]: string };
  filter_env?: boolean | string | string[];
  increment_var?: string;
  instance_var?: string;
  port?: number;
  /** Start even if the same script runs under the same name. Default false. */
  force?: boolean;
  autostart?: boolean;
  /** Restart after an end that nobody asked for. Default true. */
  autorestart?: boolean;
  /** Codes after which the app stays down. */
  stop_exit_codes?: number[];
  max_restarts?: number;
  min_uptime?: number;
  restart_delay?: number;
  exp_backoff_restart_delay?: number;
  /** Bytes, or text with a unit: `300M`. */
  max_memory_restart?: number | string;
  // biome-ignore lint/suspicious/noExplicitAny: programs give what their own types say
  cron?: any;
  cron_restart?: string;
  kill_timeout?: number;
  shutdown_with_message?: boolean;
  wait_ready?: boolean;
  listen_timeout?: number;
  treekill?: boolean;
  watch?: boolean | string[];
  ignore_watch?: string[];
  watch_delay?: number;
  output?: string;
  error?: string;
  out_file?: string;
  error_file?: string;
  log_file?: string;
  log_date_format?: string;
  log_type?: string;
  merge_logs?: boolean;
  disable_logs?: boolean;
  time?: boolean;
  /** Path of the pid file. */
  pid?: string;
  uid?: string | number;
  gid?: string | number;
  vizion?: boolean;
  pmx?: boolean;
  automation?: boolean;
  // biome-ignore-start lint/suspicious/noExplicitAny: programs give what their own types say
  execute_command?: any;
  write?: any;
  source_map_support?: any;
  disable_source_map_support?: any;
  // biome-ignore-end lint/suspicious/noExplicitAny: the same
  container?: boolean;
  dist?: boolean;
  image_name?: string;
  fresh?: boolean;
  dockerdaemon?: boolean;
}

export interface ReloadOptions {
  /** Take over the caller's environment. Default false. */
  updateEnv?: boolean;
}

export interface ServeOptions {
  spa?: boolean;
  ftp?: boolean;
  basic_auth_username?: string;
  basic_auth_password?: string;
  monitor?: string;
}

export interface InstallOptions {
  tarball?: boolean;
  install?: boolean;
  docker?: boolean;
  v1?: boolean;
  safe?: boolean | number;
}

interface Monit {
  /** Resident bytes of the whole tree. */
  memory?: number;
  /** Percent of one core. */
  cpu?: number;
}

interface Pm2Env {
  pm_cwd?: string;
  pm_out_log_path?: string;
  pm_err_log_path?: string;
  exec_interpreter?: string;
  /** When it was launched, in milliseconds since the epoch. */
  pm_uptime?: number;
  unstable_restarts?: number;
  restart_time?: number;
  status?: ProcessStatus;
  instances?: number | 'max';
  pm_exec_path?: string;
}

/** A process as `list` and `describe` show it. */
export interface ProcessDescription {
  name?: string;
  pid?: number;
  pm_id?: number;
  monit?: Monit;
  pm2_env?: Pm2Env;
}

export interface Command {
  locked?: boolean;
  // biome-ignore-start lint/suspicious/noExplicitAny: as programs know it
  metadata?: any;
  started_at?: any;
  finished_at?: any;
  error?: any;
  // biome-ignore-end lint/suspicious/noExplicitAny: the same
}

/** A process as the commands for it answer. */
export interface Proc {
  name?: string;
  vizion?: boolean;
  autorestart?: boolean;
  exec_mode?: string;
  exec_interpreter?: string;
  pm_exec_path?: string;
  pm_cwd?: string;
  instances?: number;
  node_args?: string[];
  pm_out_log_path?: string;
  pm_err_log_path?: string;
  pm_pid_path?: string;
  status?: string;
  pm_uptime?: number;
  // biome-ignore-start lint/suspicious/noExplicitAny: as programs know it
  axm_actions?: any[];
  axm_monitor?: any;
  axm_dynamic?: any;
  // biome-ignore-end lint/suspicious/noExplicitAny: the same
  vizion_running?: boolean;
  created_at?: number;
  pm_id?: number;
  restart_time?: number;
  unstable_restarts?: number;
  started_inside?: boolean;
  command?: Command;
  // biome-ignore lint/suspicious/noExplicitAny: as programs know it
  versioning?: any;
  exit_code?: number;
}

// biome-ignore-start lint/suspicious/noExplicitAny: as programs know them
type ErrCallback = (err: Error) => void;
type ErrProcCallback = (err: Error, proc: Proc) => void;
type ErrProcDescCallback = (err: Error, processDescription: ProcessDescription) => void;
type ErrProcDescsCallback = (err: Error, processDescriptionList: ProcessDescription[]) => void;
type ErrResultCallback = (err: Error, result: any) => void;
type ErrBusCallback = (err: Error, bus: any) => void;

/** What `connect` answers. */
interface Connection {
  /** The daemon was started for this call. */
  new_pm2_instance: boolean;
  rpc_socket_file: string;
  pub_socket_file: string;
  pm2_home: string;
  daemon_mode?: boolean;
}

/** What commands answer that change processes: one item each. */
interface Item {
  name?: string;
  namespace?: string;
  pm_id?: number;
  pid?: number;
  process?: { pid?: number };
  status?: string;
  restart_time?: number;
  pm2_env: { [key: string]: any };
}

interface Success {
  success: boolean;
}

/** An error of the API. */
export interface Pm2Error extends Error {
  /** Of a closed set: `NOT_FOUND`, `ALREADY_EXISTS`, `BAD_CONFIG`, … */
  readonly code: string;
  /** What to try. */
  readonly hint?: string;
  /** One for each mistake. */
  readonly errors: readonly Error[];
}

export interface Bus {
  /** `*` in the pattern stands for any text, which the listener gets first. */
  on(pattern: string, listener: (...args: any[]) => void): this;
  once(pattern: string, listener: (...args: any[]) => void): this;
  off(pattern: string, listener?: (...args: any[]) => void): this;
  close(): void;
}

/** A target is a name, an id, a namespace, `'/pattern/'`, the path of a script or config file, or `'all'`. */
type Target = string | number;
type Apps = StartOptions | StartOptions[] | { apps: StartOptions[] };

/** Finds the daemon, and starts it if there is none. Other methods do so by themselves. */
export function connect(noDaemonMode?: boolean): Promise<Connection>;
export function connect(errback: ErrCallback): void;
/** @param noDaemonMode the daemon, and its apps, end with this program */
export function connect(noDaemonMode: boolean, errback: ErrCallback): void;
/** Ends the line to the daemon, so that this program can end. Apps go on. */
export function disconnect(): Promise<void>;
export function disconnect(errback: () => void): void;

/** Answers once the processes are launched; `wait_ready`: once they are ready. */
export function start(what: string | Apps, options?: StartOptions): Promise<Item[]>;
export function start(options: StartOptions | StartOptions[], errback: ErrProcCallback): void;
export function start(scriptOrConfig: string, errback: ErrProcCallback): void;
export function start(script: string, options: StartOptions, errback: ErrProcCallback): void;
export function start(script: string, jsonConfigFile: string, errback: ErrProcCallback): void;

export function restart(target: Target | Apps, options?: ReloadOptions): Promise<Item[]>;
export function restart(target: Target, options: ReloadOptions, errback: ErrProcCallback): void;
export function restart(target: Target, errback: ErrProcCallback): void;
/** Replaces each process by a new one, which is ready before the old one goes. */
export function reload(target: Target | Apps, options?: ReloadOptions): Promise<Item[]>;
export function reload(target: Target, errback: ErrProcCallback): void;
export function reload(target: Target, options: ReloadOptions, errback: ErrProcCallback): void;
export function stop(target: Target | Apps): Promise<Item[]>;
export function stop(target: Target, errback: ErrProcCallback): void;
declare function remove(target: Target | Apps): Promise<Item[]>;
declare function remove(target: Target, errback: ErrProcCallback): void;

export { remove as delete };
/** @param count `4`, `'+2'`, `'-1'` */
export function scale(name: string, count: number | string): Promise<Success>;
export function scale(name: string, count: number | string, errback: ErrResultCallback): void;
export function reset(target: Target): Promise<Success>;
export function reset(target: Target, errback: ErrResultCallback): void;

export function list(): Promise<ProcessDescription[]>;
export function list(errback: ErrProcDescsCallback): void;
export function describe(target: Target): Promise<ProcessDescription[]>;
export function describe(target: Target, errback: ErrProcDescsCallback): void;
export function getProcessIdByName(name: string): Promise<number[]>;
export function getProcessIdByName(name: string, errback: (err: Error, ids: number[]) => void): void;
export function getPID(name?: string): Promise<number[]>;
export function getPID(name?: string, errback?: ErrProcCallback): void;
export function getVersion(): Promise<string>;
export function getVersion(errback: (err: Error, version: string) => void): void;
export function ping(): Promise<{ msg: string }>;
export function ping(errback: ErrResultCallback): void;
export function env(id: Target): Promise<{ [name: string]: string }>;
export function env(id: Target, errback?: ErrCallback): void;

/** Stops every process and ends the daemon. */
export function kill(): Promise<Success>;
export function kill(errback: ErrResultCallback): void;
export function killDaemon(): Promise<Success>;
export function killDaemon(errback: ErrProcDescCallback): void;
/** Replaces the daemon by the one of this package; apps go on. */
export function update(): Promise<Success>;
export function update(errback: ErrResultCallback): void;
export function dump(force?: boolean): Promise<Success>;
export function dump(force: boolean, errback: ErrResultCallback): void;
export function dump(errback: ErrResultCallback): void;
export function resurrect(): Promise<ProcessDescription[]>;
export function resurrect(errback: ErrResultCallback): void;
export function clearDump(): Promise<Success>;
export function clearDump(errback: ErrResultCallback): void;
export function flush(target?: Target): Promise<ProcessDescription[]>;
export function flush(target: Target, errback: ErrResultCallback): void;
export function reloadLogs(): Promise<Record<string, never>>;
export function reloadLogs(errback: ErrResultCallback): void;

/** What processes do, say and print, as it happens. */
export function launchBus(): Promise<Bus>;
export function launchBus(errback: ErrBusCallback): void;
export function sendSignalToProcessName(signal: string | number, target: Target): Promise<ProcessDescription[]>;
export function sendSignalToProcessName(signal: string | number, target: Target, errback: ErrResultCallback): void;
export function sendSignalToProcessId(signal: string | number, id: number): Promise<ProcessDescription[]>;
export function sendSignalToProcessId(signal: string | number, id: number, errback: ErrResultCallback): void;
/** The app gets the packet by `process.on('message')`. */
export function sendDataToProcessId(id: number, packet: object): Promise<Success & { data: any }>;
export function sendDataToProcessId(id: number, packet: object, cb: ErrResultCallback): void;
export function sendDataToProcessId(
  packet: { id: number; type: 'process:msg'; topic: true; data: object },
  cb?: ErrResultCallback,
): void;
export function sendLineToStdin(id: Target, line: string, separator?: string): Promise<{ pm_id: number; line: string }>;
export function sendLineToStdin(id: Target, line: string, separator?: string, errback?: ErrCallback): void;
export function attach(id: Target, separator?: string): Promise<void>;
export function attach(id: Target, separator?: string, errback?: ErrCallback): void;
/** Calls an action that apps offer; the answers are in `data.return`. */
export function trigger(
  target: Target,
  action: string,
  params?: any,
): Promise<{ at: number; process: any; data: any }[]>;
export function trigger(target: Target, action: string, params?: any, errback?: ErrCallback): void;
export function msgProcess(call: { id?: number; name?: string; msg: string; opts?: any; uuid?: string }): Promise<any>;
export function msgProcess(call: { id?: number; name?: string; msg: string; opts?: any }, cb: ErrResultCallback): void;
export function inspect(app_name: string, errback?: ErrCallback): any;
export function profile(type: 'cpu' | 'mem', time?: number, errback?: ErrCallback): any;
export function launchSysMonitoring(errback?: ErrCallback): any;

export function serve(path?: string, port?: number, options?: ServeOptions, errback?: ErrCallback): any;
export function startup(platform: Platform, errback: ErrResultCallback): void;
export function install(module_name: string, options?: InstallOptions, errback?: ErrCallback): any;
export function uninstall(module_name: string, errback?: ErrCallback): any;
export function get(key?: string, errback?: ErrCallback): any;
export function set(key: string, value: any, errback?: ErrCallback): any;
export function multiset(values: string, errback?: ErrCallback): any;
export function unset(key: string, errback?: ErrCallback): any;

/** What PM2's daemon offers by name. */
export interface RpcClient {
  executeRemote(method: string, arg?: any): Promise<any>;
  executeRemote(method: string, arg: any, cb: ErrResultCallback): void;
  getExposedMethods(): Promise<{ [name: string]: { name: string; params: string[] } }>;
  getExposedMethods(cb: ErrResultCallback): void;
  pingDaemon(cb: (isAlive: boolean) => void): void;
  start(cb: ErrResultCallback): void;
  killDaemon(cb: ErrResultCallback): void;
  launchBus(cb: ErrBusCallback): void;
  disconnectBus(cb: ErrResultCallback): void;
}

export const pm2_home: string;
export const cwd: string;
export const daemon_mode: boolean;
export const Client: RpcClient;

type Api = typeof import('./index.js');

/** An API object of its own: another home, another folder. */
export const custom: {
  new (options?: {
    /** Relative scripts and config files are looked up from here. Default: the folder of the program. */
    cwd?: string;
    /** Folder of the daemon. */
    pm2_home?: string;
    /** A home of its own below the folder for temporary files, and a daemon that ends with the program. */
    independent?: boolean;
    daemon_mode?: boolean;
    public_key?: string;
    secret_key?: string;
    machine_name?: string;
  }): Omit<Api, 'custom'>;
};
// biome-ignore-end lint/suspicious/noExplicitAny: the end of what programs know
