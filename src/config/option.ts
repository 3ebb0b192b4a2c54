/**
 * The shape of a row in the option table: what an option may hold and how the command line spells it.
 * Without a typed row the config reader, the CLI, the JSON Schema and the docs would drift apart.
 */

/** One address of `listen` as a config file may write it. */
export interface ListenEntry {
  readonly address: string;
  readonly name?: string;
  readonly backlog?: number;
}

/** What each kind of option holds once it was read. */
export interface KindValue {
  readonly text: string;
  /** Not empty, no control characters; a number is taken as its digits. */
  readonly name: string;
  readonly boolean: boolean;
  readonly integer: number;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds. */
  readonly duration: number;
  /** A text is split at white space, honouring quotes. */
  readonly list: readonly string[];
  readonly exitCodes: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  readonly object: Readonly<Record<string, unknown>>;
  readonly execMode: 'fork' | 'cluster';
  /** 0: one for each CPU; negative: that many fewer than CPUs. */
  readonly instances: number;
  /** Name or number of a user or group. */
  readonly account: string | number;
  /** A cron pattern, or `0`: off. */
  readonly cron: string;
  readonly signal: string;
  readonly booleanOrText: boolean | string;
  readonly booleanOrList: boolean | string | readonly string[];
  /** Addresses to listen on, each with its settings. */
  readonly sockets: readonly ListenEntry[];
  /** As it was given, in snake_case; `readProbe` makes rules of it. */
  readonly probe: Readonly<Record<string, unknown>>;
}

export type Kind = keyof KindValue;

/** One spelling on the command line. */
export interface Flag {
  /** As commander takes it: `-n, --name <name>`, `--watch [path]`, `--no-autorestart`. */
  readonly flags: string;
  /** What the flag means when it stands without a value; absent: true (`--no-…`: false). `undefined` in an optional one: nothing. */
  readonly bare?: string | boolean;
  /** Given several times, the values add up to a list. */
  readonly repeatable?: true;
  /** A plain number on the command line counts seconds, though the option counts milliseconds. */
  readonly unit?: 'seconds';
}

export interface Option {
  /** Canonical name, in snake_case. Its camelCase form is accepted too. */
  readonly name: string;
  readonly kind: Kind;
  /** Other names, in the order in which they win if several are given. */
  readonly aliases?: readonly string[];
  /** In words or as a value, for the docs. */
  readonly default?: string | number | boolean;
  readonly unit?: 'ms' | 'bytes';
  readonly min?: number;
  readonly max?: number;
  /** The only texts allowed. */
  readonly choices?: readonly string[];
  readonly flags?: readonly Flag[];
  /** Variables of the caller that stand in for a missing value, the first that is set wins. */
  readonly variables?: readonly string[];
  /** Those variables win over what the app's own options say. */
  readonly variablesWin?: true;
  /** One sentence. */
  readonly help: string;
  /** `none`: accepted and kept, but without effect in Upkeep. Default `full`. */
  readonly support?: 'full' | 'none';
  /** Whoever sets it expects something that does not come, and is told. */
  readonly isMissed?: true;
}
