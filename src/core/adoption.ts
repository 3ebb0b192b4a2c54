/**
 * The verdict over what an earlier daemon left: from evidence to what must be true of a recorded process. Without
 * it a new daemon would start a second copy of what still runs, or take a stranger for its own.
 */

import { REBOOTED } from './crash.ts';
import { exitFromShellStatus } from './exit.ts';
import type { State } from './instance.ts';
import { runningOf } from './instance.ts';
import type { Exit } from './terms.ts';

/** What can be seen of a recorded life. */
export interface Evidence {
  /** The record was written in the present boot of the machine. */
  readonly sameBoot: boolean;
  /** The life FIFO has a writer: only a living keeper with a living program holds one. `missing`: no such FIFO. */
  readonly life: 'held' | 'released' | 'missing';
  /** What the keeper wrote. */
  readonly pid: number | null;
  readonly exitStatus: number | null;
  /** The recorded process, by pid and start time. */
  readonly process: 'same' | 'gone' | 'unreadable' | 'none-recorded';
  /** Processes that carry this life's token though nobody recorded them. */
  readonly strays: readonly number[];
}

export type Verdict =
  /** Nothing of it can run. */
  | { readonly kind: 'idle' }
  /** Its keeper is about to report the pid. */
  | { readonly kind: 'still-launching' }
  | { readonly kind: 'launched'; readonly pid: number }
  /** It lives, with its keeper. */
  | { readonly kind: 'reattach' }
  /** It lives; its keeper does not. */
  | { readonly kind: 'reattach-keeperless'; readonly pid: number | null }
  | { readonly kind: 'ended'; readonly exit: Exit }
  /** The launch had not begun, or died before its program did. */
  | { readonly kind: 'never-launched' }
  | { readonly kind: 'unverifiable'; readonly why: string };

export function adopt(state: State, evidence: Evidence): Verdict {
  if (state.kind === 'down' || state.kind === 'backoff') return { kind: 'idle' };
  if (state.kind === 'reaping')
    return evidence.sameBoot ? { kind: 'ended', exit: state.exit } : { kind: 'ended', exit: REBOOTED };
  const isLaunching = state.kind === 'launching';
  if (!isLaunching && runningOf(state) === null) return { kind: 'idle' };
  if (!evidence.sameBoot) return isLaunching ? { kind: 'never-launched' } : { kind: 'ended', exit: REBOOTED };
  if (evidence.exitStatus !== null) return { kind: 'ended', exit: exitFromShellStatus(evidence.exitStatus) };
  return isLaunching ? adoptLaunch(evidence) : adoptRunning(evidence);
}

const UNSEEN: Exit = { kind: 'unknown', why: 'it ended while neither its keeper nor a daemon lived' };

function adoptLaunch(evidence: Evidence): Verdict {
  if (evidence.life === 'held')
    return evidence.pid === null ? { kind: 'still-launching' } : { kind: 'launched', pid: evidence.pid };
  const stray = evidence.strays[0];
  if (evidence.strays.length > 1)
    return { kind: 'unverifiable', why: `several processes carry its token: ${evidence.strays.join(', ')}` };
  if (stray !== undefined) return { kind: 'reattach-keeperless', pid: stray };
  return evidence.pid === null ? { kind: 'never-launched' } : { kind: 'ended', exit: UNSEEN };
}

function adoptRunning(evidence: Evidence): Verdict {
  // The keeper may be between the end of the program and its writing of the status: it will report.
  if (evidence.life === 'held') return { kind: 'reattach' };
  switch (evidence.process) {
    case 'same':
      return { kind: 'reattach-keeperless', pid: null };
    case 'unreadable':
      return { kind: 'unverifiable', why: 'the system does not say whose its pid is' };
    case 'gone':
    case 'none-recorded':
      return { kind: 'ended', exit: UNSEEN };
  }
}
