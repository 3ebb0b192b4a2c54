/**
 * Every kind of event that a home can tell, what it is about and which figures it carries. Without one table a reader of
 * the event stream would have to find the kinds in the sources, and a new one would stand in no document.
 */

/** What an event is about: one process, an app with all its processes, or the home. */
export type EventSubject = 'process' | 'app' | 'home';

/** Figures beside the reason, for programs. */
export type EventDetails = Readonly<Record<string, string | number | boolean | null>>;

export interface EventKindRow {
  readonly about: EventSubject;
  /** What has happened. */
  readonly meaning: string;
  /** What `reason` says. */
  readonly reason: string;
  /** Keys of `details`, with what they say. */
  readonly details?: Readonly<Record<string, string>>;
}

const GENERATION = { generation: 'number of the generation of the app’s config' };
const OF_RELOAD = { ...GENERATION, trigger: 'what asked for it' };
const OF_ALERT = {
  alert: 'number of the alert',
  rule: 'the rule, as in `upkeep alerts`',
  severity: '`info`, `warning` or `critical`',
};
const OF_DESTINATION = { destination: 'its name' };

export const EVENT_KINDS = {
  started: { about: 'process', meaning: 'a process was started', reason: 'what it was started for' },
  ready: { about: 'process', meaning: 'it is ready, or ready again', reason: 'how that is known' },
  'not-ready': { about: 'process', meaning: 'it runs, and was not ready in time', reason: 'what was waited for' },
  unready: { about: 'process', meaning: 'its readiness probe fails', reason: 'why the check failed' },
  'not-live': { about: 'process', meaning: 'it is restarted because it does not work', reason: 'what was found' },
  blocked: { about: 'process', meaning: 'its event loop does not turn', reason: 'for how long, and the stack' },
  unblocked: { about: 'process', meaning: 'its event loop turns again', reason: 'after how long' },
  stopping: { about: 'process', meaning: 'it was asked to end', reason: 'by whom or what for' },
  killed: { about: 'process', meaning: 'it did not end in time and got SIGKILL', reason: 'which time' },
  cut: { about: 'process', meaning: 'work in flight was cut off by that', reason: 'which work' },
  exited: {
    about: 'process',
    meaning: 'a process ended',
    reason: 'its exit code or signal',
    details: {
      asked: '`false`: nobody had asked for it',
      code: 'exit code; `null`: it had none',
      signal: 'signal that ended it; `null`: none',
      lived: 'milliseconds since its start',
      crash: 'the crash record that is made of it, if one is',
    },
  },
  'backing-off': { about: 'process', meaning: 'it waits before the next start', reason: 'why, and how long' },
  'launch-failed': { about: 'process', meaning: 'it could not be started, and will be tried again', reason: 'why' },
  errored: { about: 'process', meaning: 'it stays down: its restarts were given up', reason: 'why' },
  stopped: { about: 'process', meaning: 'it is down and stays so', reason: 'by whom, or which rule' },
  deleted: { about: 'process', meaning: 'it was taken out of the list', reason: 'by what' },
  adopted: { about: 'process', meaning: 'a new daemon took it up, running', reason: 'how it was found' },
  'runtime-unheard': {
    about: 'process',
    meaning: 'its runtime is of a build that this daemon does not understand',
    reason: 'both protocols, and what that means',
  },
  recovered: {
    about: 'process',
    meaning: 'it was found without an entry in the list, or without its folder',
    reason: 'where',
  },
  unverified: { about: 'process', meaning: 'it cannot be said whose the process is; it is left alone', reason: 'why' },
  'keeper-lost': { about: 'process', meaning: 'its keeper was killed', reason: 'what that means' },
  'stop-failed': { about: 'process', meaning: 'a replaced process could not be ended', reason: 'why' },
  'crash-record-failed': {
    about: 'process',
    meaning: 'no crash record could be made of its end',
    reason: 'the error, and how often that has happened under this daemon',
  },
  'collect-failed': {
    about: 'process',
    meaning: 'the folder of a life that is over could not be removed; the next daemon tries again',
    reason: 'the error',
  },
  'record-failed': {
    about: 'process',
    meaning: 'its record could not be written, or could not be understood and was set aside',
    reason: 'the error',
  },
  'pid-file-failed': { about: 'process', meaning: 'its pid file could not be written', reason: 'the error' },
  'awaiting-port': { about: 'process', meaning: 'it waits for a port that somebody else has', reason: 'the port' },
  'port-free': { about: 'process', meaning: 'that port has become free', reason: 'the port' },
  'memory-limit': {
    about: 'process',
    meaning: 'it used more than `max_memory_restart` and is replaced',
    reason: 'both figures',
    details: { used: 'bytes', limit: 'bytes' },
  },
  'schedule-due': { about: 'app', meaning: 'its `cron_restart` was due', reason: 'the pattern' },
  'schedule-failed': { about: 'app', meaning: 'its schedule cannot be used', reason: 'why' },
  'file-changed': { about: 'app', meaning: 'a watched file changed, and it is restarted', reason: 'the file' },
  'watch-failed': { about: 'app', meaning: 'its files cannot be watched', reason: 'why' },
  'config-changed': {
    about: 'app',
    meaning: 'a start, restart or reload gave it other options',
    reason: 'the names of what changed; values are not told',
    details: { keys: 'the names, separated by commas', ...GENERATION },
  },
  scaled: {
    about: 'app',
    meaning: 'its number of processes changed',
    reason: 'both numbers',
    details: { from: 'processes before', to: 'processes now' },
  },
  'reload-begun': { about: 'app', meaning: 'a reload began', reason: 'what asked for it', details: OF_RELOAD },
  reloaded: { about: 'app', meaning: 'a reload is done', reason: 'what asked for it', details: OF_RELOAD },
  'reload-failed': {
    about: 'app',
    meaning: 'a reload failed; the old processes serve on',
    reason: 'why',
    details: OF_RELOAD,
  },
  'reload-resumed': {
    about: 'app',
    meaning: 'a reload that a daemon did not live to finish goes on',
    reason: 'the generation',
    details: GENERATION,
  },
  'log-lost': {
    about: 'home',
    meaning: 'a log file cannot be written: what its programs print is lost once 256 KiB wait',
    reason: 'the file, and why',
    details: { path: 'the file', full: '`true`: the disk is full' },
  },
  'log-recovered': {
    about: 'home',
    meaning: 'it can be written again',
    reason: 'how much was lost',
    details: { path: 'the file' },
  },
  'log-thread-restarted': {
    about: 'home',
    meaning: 'the thread that writes logs ended and was started again',
    reason: 'why',
  },
  'disk-budget': {
    about: 'home',
    meaning: 'rotated logs were deleted to hold the disk budget; told at most once an hour',
    reason: 'how many, and the budget',
    details: { files: 'deleted since it was last told', bytes: 'their size', budget: 'bytes' },
  },
  'disk-budget-exceeded': {
    about: 'home',
    meaning: 'the logs in use are larger than the disk budget, and nothing is left to delete',
    reason: 'both figures',
    details: { used: 'bytes', budget: 'bytes' },
  },
  'disk-budget-held': { about: 'home', meaning: 'the logs are within the disk budget again', reason: 'both figures' },
  'daemon-started': {
    about: 'home',
    meaning: 'a daemon began',
    reason: 'its pid, and how many processes it found',
    details: { pid: 'of the daemon', version: 'of Upkeep' },
  },
  'home-made-anew': {
    about: 'home',
    meaning: 'the home, or part of it, had been deleted, and was written again',
    reason: 'what was missing',
  },
  'daemon-lost': { about: 'home', meaning: 'the daemon before it had ended without a word', reason: 'what is known' },
  'daemon-updated': { about: 'home', meaning: 'the daemon makes room for another version', reason: 'the command' },
  'daemon-ended': { about: 'home', meaning: 'the daemon ends, and its apps with it', reason: 'by what' },
  'guard-replaced': { about: 'home', meaning: 'the guard had ended and was replaced', reason: 'its pid' },
  'alerts-changed': { about: 'home', meaning: 'alerts were configured, or turned off', reason: 'what is on now' },
  'alert-raised': { about: 'process', meaning: 'an alert was raised', reason: 'why', details: OF_ALERT },
  'alert-cleared': { about: 'process', meaning: 'an alert is over', reason: 'why', details: OF_ALERT },
  'alert-unsent': {
    about: 'home',
    meaning: 'a destination of alerts does not take them; they are kept and tried again',
    reason: 'the error',
    details: OF_DESTINATION,
  },
  'alert-sent-again': {
    about: 'home',
    meaning: 'that destination takes them again',
    reason: '',
    details: OF_DESTINATION,
  },
  'alert-given-up': {
    about: 'home',
    meaning: 'alerts were dropped: their destination did not take them for a day, or too many waited',
    reason: 'how many',
    details: { ...OF_DESTINATION, dropped: 'their number' },
  },
} as const satisfies Readonly<Record<string, EventKindRow>>;

export type EventKind = keyof typeof EVENT_KINDS;
