/**
 * What a daemon in the foreground has from the one who started it: where the apps' lines go, whom it tells its end, and
 * when it ends by itself. Without one place for it the starter, the daemon, and the next daemon after a crash would each
 * read the variable in their own way.
 */

/** Holds a `Foreground` as JSON. The guard hands it to the next daemon with new descriptors. */
export const FOREGROUND_VARIABLE = 'UPKEEP_FOREGROUND';

/**
 * How lines look on the console. `raw`: as they are, stderr to stderr. All others go to stdout together: `json` one object
 * a line, `keys` key=value, `prefixed` with the id and name before each.
 */
export type ConsoleStyle =
  | { readonly kind: 'raw' }
  | { readonly kind: 'json' }
  | { readonly kind: 'keys' }
  | {
      readonly kind: 'prefixed';
      /** day.js tokens put first; null: none. */
      readonly timestamp: string | null;
      /** `0|api` as PM2's `logs`, or `api-0` as its `pm2-dev`. */
      readonly label: 'id|name' | 'name-id';
      readonly hasColor: boolean;
    };

export interface Foreground {
  readonly style: ConsoleStyle;
  readonly out: number;
  readonly err: number;
  /** Lines for the starter: `pid <number>` of each daemon, `alive` now and then, and last `exit <code>`. */
  readonly status: number;
  /** End when no app runs any more and nothing will bring one back. */
  readonly autoExit: boolean;
  /** What happens to apps is told on stderr. */
  readonly tellsEvents: boolean;
  /** Scripts of helpers that do not keep the daemon from ending. */
  readonly helpers: readonly string[];
}

/** Descriptors that the starter gives: after stdin and the daemon's own log. */
export const FIRST_FOREGROUND_FD = 3;

export function readForeground(env: NodeJS.ProcessEnv): Foreground | null {
  const text = env[FOREGROUND_VARIABLE];
  return text === undefined || text === '' ? null : (JSON.parse(text) as Foreground);
}
