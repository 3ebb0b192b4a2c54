/**
 * What a command has to work with: the caller's world, a place to write, and a client when it asks for one. Without it
 * each command would read the environment and open connections in its own way.
 */
import type { Client } from '../client/client.ts';
import { type ConnectOptions, connect } from '../client/index.ts';
import { homeFrom } from '../platform/paths.ts';
import { type Output, openOutput } from './output.ts';

export interface Session {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly home: string;
  readonly out: Output;
  /** Words after the first `--`; null: there was none. */
  readonly passthrough: readonly string[] | null;
  /** How the table is shown after a command that changed something. */
  readonly listing: Listing;
  /** The daemon of the home; it is started if there is none. One client for the whole command. */
  client(): Promise<Client>;
  /** A client, or null if no daemon lives. */
  existingClient(options?: Pick<ConnectOptions, 'anyProtocol'>): Promise<Client | null>;
  /** Ends what `client` opened. */
  close(): void;
}

export interface Listing {
  readonly isMini: boolean;
  readonly sort: string | null;
}

export interface SessionOptions {
  readonly silent: boolean;
  readonly noColor: boolean;
  readonly passthrough: readonly string[] | null;
  readonly listing: Listing;
  /** The command begins with the list. */
  readonly listAhead: boolean;
}

export function openSession(options: SessionOptions): Session {
  const { env } = process;
  const cwd = process.cwd();
  const home = homeFrom(env, cwd);
  const isSilent = options.silent || (env.UPKEEP_SILENT ?? '') !== '' || (env.PM2_SILENT ?? '') !== '';
  const out = openOutput({ silent: isSilent, noColor: options.noColor, env });
  const opened: Promise<Client>[] = [];
  const said = new Set<string>();
  /** Once, however many lines a command opens. */
  const onNote = (note: string): void => {
    if (!said.has(note)) out.warn(note);
    said.add(note);
  };
  const open = (more: ConnectOptions): Promise<Client> => {
    const opening = connect({ home, env, onNote, ...more });
    opened.push(opening);
    return opening;
  };
  let shared: Promise<Client> | null = null;
  return {
    env,
    cwd,
    home,
    out,
    passthrough: options.passthrough,
    listing: options.listing,
    client: () => {
      shared ??= open(options.listAhead ? { ahead: 'instance.list' } : {});
      return shared;
    },
    existingClient: (more) =>
      open({ startDaemon: false, ...more }).catch((error: { code?: string }) => {
        if (error.code === 'NO_DAEMON') return null;
        throw error;
      }),
    close: () => {
      for (const opening of opened) {
        opening.then(
          (client) => client.close(),
          () => {},
        );
      }
    },
  };
}
