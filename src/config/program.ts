/**
 * What is executed for an app, and where it is looked for. Without these words the finders of files,
 * commands and npm scripts would each describe a program in another way.
 */

export interface Program {
  /** Absolute. */
  readonly script: string;
  readonly args: readonly string[];
  readonly interpreter: string | null;
  readonly interpreterName: string;
  readonly interpreterArgs: readonly string[];
  readonly isNode: boolean;
  /** Absolute; another than the app's if the script belongs elsewhere. */
  readonly cwd: string;
  /** Variables that this way of running needs. */
  readonly env: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  /** The file behind the user's `script`, if that named one by its path. */
  readonly scriptFile: string | null;
}

export type Found<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Where an app's program is looked for. */
export interface Place {
  /** The app's folder, absolute. */
  readonly cwd: string;
  /** Did the user name the folder? */
  readonly isCwdGiven: boolean;
  /** The folder of the config file, tried second; null: there is no file. */
  readonly configFolder: string | null;
  /** The app's PATH. */
  readonly path: string;
}
