/** What the user is about to do: asked for anywhere on the page, confirmed in one place. */
import type { Action } from '../../api.ts';
import { Store } from '../store.ts';

export interface Wish {
  readonly verb: Action['verb'];
  readonly target: string;
  /** As the page names it. */
  readonly label: string;
}

export const wish = new Store<Wish | null>(null);

export const VERBS: Readonly<
  Record<Action['verb'], { readonly name: string; readonly doing: string; readonly what: string }>
> = {
  start: {
    name: 'Start',
    doing: 'Starting',
    what: 'Processes that are down are started; those that run are left alone.',
  },
  restart: {
    name: 'Restart',
    doing: 'Restarting',
    what: 'Each process is asked to end, finishes what it is answering, and is started anew.',
  },
  reload: {
    name: 'Reload',
    doing: 'Reloading',
    what: 'A new process is started beside each old one; only when it is ready does the old one go. If it fails, the old one stays.',
  },
  stop: {
    name: 'Stop',
    doing: 'Stopping',
    what: 'Processes are asked to end and stay down until they are started again.',
  },
  delete: {
    name: 'Delete',
    doing: 'Deleting',
    what: 'Processes are ended and taken off the list. Their log files stay. This cannot be undone here.',
  },
  reset: { name: 'Reset counters', doing: 'Resetting', what: 'The count of restarts begins at 0 again.' },
  scale: {
    name: 'Scale',
    doing: 'Scaling',
    what: 'The number of processes of this app is changed; those that are there already go on.',
  },
};
