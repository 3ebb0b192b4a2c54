/**
 * The form of every method of the API: the host and the arguments without the callback. Without one form the callback and
 * promise ways could not be made for all of them in one place.
 */
import type { Host } from './host.ts';

export type Operation = (host: Host, ...args: readonly unknown[]) => Promise<unknown>;

export type Operations = Readonly<Record<string, Operation>>;
