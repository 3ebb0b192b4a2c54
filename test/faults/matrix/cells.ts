/**
 * The fault matrix as data: who is hit, by what, when, which cells make no sense and why, and what each may cost. Without
 * the reasons a cell that is left out would look like one that passed.
 */

export const VICTIMS = ['daemon', 'guard', 'keeper', 'pump', 'worker', 'group', 'all'] as const;
export type Victim = (typeof VICTIMS)[number];

export const FAULTS = [
  'kill',
  'stop',
  'exception',
  'fds',
  'memory',
  'full-disk',
  'read-only',
  'slow-disk',
  'clock',
  'pid-wrapped',
  'deleted',
] as const;
export type Fault = (typeof FAULTS)[number];

export const MOMENTS = ['idle', 'starting', 'reloading', 'draining', 'rotating', 'saving', 'upgrading'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Cell {
  readonly victim: Victim;
  readonly fault: Fault;
  readonly moment: Moment;
}

export const nameOf = ({ victim, fault, moment }: Cell): string => `${victim}/${fault}/${moment}`;

/** What the words mean, for the page. */
export const VICTIM_MEANING: Readonly<Record<Victim, string>> = {
  daemon: 'the daemon',
  guard: 'the shell that waits to become the next daemon',
  keeper: "the shell that is an app's parent",
  pump: 'the log thread inside the daemon',
  worker: "an app's process",
  group: "the keeper and its app's process, as one process group",
  all: 'daemon, guard and all keepers at once',
};

export const FAULT_MEANING: Readonly<Record<Fault, string>> = {
  kill: 'SIGKILL; the thread is terminated',
  stop: 'SIGSTOP for 10 s, then SIGCONT; the thread sleeps for 10 s',
  exception: 'an exception that nobody catches, thrown from outside',
  fds: 'no further descriptor can be opened, for 3 s',
  memory: 'memory is taken until the limit ends it: of a control group, of the heap for the thread',
  'full-disk': 'a small tmpfs, filled to the last byte for 3 s',
  'read-only': 'a read-only mount over it, for 3 s',
  'slow-disk': 'every call that names or syncs a file is held up, for 5 s',
  clock: 'the time of day goes a day forward, then a day back, then is right again',
  'pid-wrapped': 'it is killed, and a stranger has its pid before anybody looks (of all: the pids of daemon and guard)',
  deleted: 'its folder is deleted',
};

/** Which part of the home the faults of disks hit. */
export const FOLDER: Partial<Readonly<Record<Victim, '' | 'logs' | 'run' | 'files'>>> = {
  /** All that lies in the home itself, with logs and run left alone. */
  daemon: 'files',
  pump: 'logs',
  keeper: 'run',
  all: '',
};

type Excluded = Partial<Readonly<Record<Fault, string>>>;

const NO_DISK = 'it neither reads nor writes a file';
const DISKS = { 'full-disk': NO_DISK, 'read-only': NO_DISK, 'slow-disk': NO_DISK, deleted: NO_DISK };
const SLEEPS = 'it sleeps in one read: it allocates nothing, and opens nothing';
const SHELL = 'a shell script throws no exceptions';
const NO_CLOCK = 'it never asks for the time';

/** Cells that make no sense, whatever the moment. */
export const EXCLUDED: Readonly<Record<Victim, Excluded>> = {
  daemon: {},
  guard: { exception: SHELL, fds: SLEEPS, memory: SLEEPS, clock: NO_CLOCK, ...DISKS },
  keeper: {
    exception: SHELL,
    fds: SLEEPS,
    memory: SLEEPS,
    clock: NO_CLOCK,
    'pid-wrapped': 'its number names the session of its app: the kernel gives it to nobody while the app lives',
  },
  pump: {
    fds: 'descriptors belong to the whole process: see daemon',
    'pid-wrapped': 'a thread has no pid that anybody keeps',
  },
  worker: { ...DISKS },
  group: {
    exception: 'only its process can throw: see worker',
    fds: 'only its process opens anything: see worker',
    clock: 'only its process asks for the time: see worker',
    ...DISKS,
  },
  all: { exception: 'of these only the daemon can throw: see daemon' },
};

/** Single moments that make no sense. */
export const EXCLUDED_MOMENTS: readonly (Cell & { readonly why: string })[] = [
  {
    victim: 'all',
    fault: 'deleted',
    moment: 'upgrading',
    why: 'while no daemon lives the home is all that one leaves to the next: with it the list is gone',
  },
];

/** @returns why there is no such cell, or, without a moment, none of that victim and fault; null: there is */
export const whyExcluded = ({ victim, fault, moment }: Pick<Cell, 'victim' | 'fault'> & Partial<Cell>): string | null =>
  EXCLUDED[victim][fault] ??
  EXCLUDED_MOMENTS.find((cell) => cell.victim === victim && cell.fault === fault && cell.moment === moment)?.why ??
  null;

export const allCells = (): Cell[] =>
  VICTIMS.flatMap((victim) => FAULTS.flatMap((fault) => MOMENTS.map((moment) => ({ victim, fault, moment }))));

export interface Bound {
  /** Requests. */
  readonly failed: number;
  readonly lines: number;
  /** From the fault, or from its end where it lasts, until the list is answered with everything in it. */
  readonly inChargeMs: number;
}

/** Clients of the load, of which each has at most one request under way. */
export const CLIENTS = { keepAlive: 3, fresh: 3 } as const;
export const LINE_BYTES = 64;
const IN_FLIGHT = CLIENTS.keepAlive + CLIENTS.fresh;
/** What is between `read` and `write` at most. */
const CHUNK_LINES = (64 * 1024) / LINE_BYTES;
/** A new daemon is in charge within half a second on an idle machine; the matrix runs on machines that are anything but. */
const USUAL: Bound = { failed: 0, lines: 0, inChargeMs: 30_000 };

const LOSES_CHUNK = { lines: CHUNK_LINES };
/** What waits in memory for the disk of a log goes with a daemon that is replaced meanwhile. */
const LOSES_BACKLOG = { lines: (256 * 1024) / LINE_BYTES };
/** A process that ends without leave takes what it was answering with it. */
const LOSES_IN_FLIGHT = { failed: IN_FLIGHT };
/** Node accepts what it has no descriptor for, and closes it at once: the new connections of 3 s, one every 5 ms for each client. */
const CLOSES_NEW = { failed: CLIENTS.fresh * 600 };

type Bounds = Partial<Readonly<Record<Fault, Partial<Bound>>>>;

export const BOUNDS: Readonly<Record<Victim, Bounds>> = {
  daemon: { kill: LOSES_CHUNK, exception: LOSES_CHUNK, memory: LOSES_CHUNK, 'pid-wrapped': LOSES_CHUNK },
  guard: {},
  keeper: {},
  pump: { kill: LOSES_CHUNK, memory: LOSES_CHUNK, 'full-disk': LOSES_BACKLOG },
  worker: {
    stop: LOSES_IN_FLIGHT,
    kill: LOSES_IN_FLIGHT,
    exception: LOSES_IN_FLIGHT,
    fds: CLOSES_NEW,
    memory: LOSES_IN_FLIGHT,
    'pid-wrapped': LOSES_IN_FLIGHT,
  },
  group: { stop: LOSES_IN_FLIGHT, kill: LOSES_IN_FLIGHT, memory: LOSES_IN_FLIGHT, 'pid-wrapped': LOSES_IN_FLIGHT },
  all: { 'full-disk': LOSES_BACKLOG, kill: LOSES_CHUNK, memory: LOSES_CHUNK, 'pid-wrapped': LOSES_CHUNK },
};

/** Daemon and guard end together: the sockets stay with the instances that listen, and others find the port in use. */
export const losesSockets = ({ victim, fault }: Pick<Cell, 'victim' | 'fault'>): boolean =>
  victim === 'all' && ['kill', 'memory', 'pid-wrapped'].includes(fault);

export const boundOf = ({ victim, fault }: Pick<Cell, 'victim' | 'fault'>): Bound => ({
  ...USUAL,
  ...BOUNDS[victim][fault],
});
