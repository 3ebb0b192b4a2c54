/**
 * What an init system has to know to bring one user's apps up at boot, in the words of no init system. Without it each
 * platform would guess home, user and paths in its own way.
 */
import { shellQuote } from '../../config/words.ts';

export interface BootService {
  /** Name of the service, in the form its platform wants. */
  readonly name: string;
  /** Whose apps they are, and that user's home folder. */
  readonly user: string;
  readonly userHome: string;
  /** Home of Upkeep, absolute. */
  readonly home: string;
  /** PATH of the daemon, and so of the apps. */
  readonly path: string;
  /** The script that starts, stops and reloads, absolute. */
  readonly wrapper: string;
  /** Start only when the network has an address. */
  readonly waitIp: boolean;
}

/** One thing to do to the machine. */
export type Step =
  | { readonly kind: 'run'; readonly command: readonly string[] }
  /** An empty file, with the folders above it. */
  | { readonly kind: 'touch'; readonly path: string }
  /** Nothing happens if it is not there. */
  | { readonly kind: 'remove'; readonly path: string };

export const run = (...command: string[]): Step => ({ kind: 'run', command });

export interface BootFile {
  readonly path: string;
  readonly mode: number;
  readonly text: string;
}

/** How to learn whether a service is enabled: by a command that succeeds, or by a link that is there. */
export type EnabledCheck =
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'links'; readonly folders: readonly string[]; readonly pattern: RegExp };

export interface Platform {
  readonly id: PlatformId;
  readonly words: readonly string[];
  /** The program whose presence gives the platform away. */
  readonly tool: string;
  defaultName(user: string): string;
  file(service: BootService): BootFile;
  /** After the file was written. */
  enable(service: BootService): readonly Step[];
  /** Before the file is removed, and after. */
  disable(service: BootService): { readonly before: readonly Step[]; readonly after: readonly Step[] };
  isEnabled(service: BootService): EnabledCheck;
}

export type PlatformId =
  | 'systemd'
  | 'systemd-user'
  | 'upstart'
  | 'systemv'
  | 'launchd'
  | 'rcd'
  | 'rcd-openbsd'
  | 'openrc'
  | 'smf';

/** Mode of a script. */
export const EXECUTABLE = 0o755;

/** A shell word that runs the wrapper; the verb is put behind it. */
export const callOf = ({ wrapper }: BootService): string => shellQuote(`exec /bin/sh ${shellQuote(wrapper)}`);

export const WRITTEN_BY = 'Written by `upkeep startup`, removed by `upkeep unstartup`.';
