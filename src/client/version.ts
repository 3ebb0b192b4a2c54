/**
 * The version of this package as the bundler wrote it in. Without it a client could not tell that the daemon it
 * talks to is an older one.
 */
declare const __UPKEEP_VERSION__: string | undefined;

export const VERSION: string = typeof __UPKEEP_VERSION__ === 'string' ? __UPKEEP_VERSION__ : '0.0.0-source';
