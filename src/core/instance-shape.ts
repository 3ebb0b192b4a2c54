/**
 * The shape of a recorded instance, as an earlier daemon left it. A record that is valid JSON and nothing more would otherwise
 * end every daemon that reads it.
 */
import { amount, byKind, flag, listOf, number, object, oneOf, orAbsent, orNull, text, whole } from './shape.ts';

const exit = byKind({
  code: { code: number },
  signal: { signal: text, number },
  unknown: { why: text },
});

export const identity = object({ pid: whole(1), startTime: text, bootId: text });

const running = object({ incarnation: whole(0), process: identity, launchedAt: number, keeperLost: flag });

const after = byKind({
  down: { reason: text },
  launch: { reason: text, countsAsRestart: flag },
  judge: { reason: text, unstable: flag },
});

const state = byKind({
  down: { reason: text },
  launching: { incarnation: whole(0), begun: flag, sinceAt: number, reason: text, after: orNull(after) },
  starting: { running, readyBy: orNull(number) },
  ready: { running, how: text, readyAt: number, unready: orAbsent(text) },
  draining: { running, sinceAt: number, killAt: orNull(number), after },
  killing: { running, giveUpAt: number, after },
  reaping: {
    incarnation: whole(0),
    pid: orNull(whole(0)),
    launchedAt: number,
    endedAt: number,
    exit,
    after: orNull(after),
    deadlineAt: number,
  },
  backoff: { untilAt: orNull(number), reason: text },
  failed: { reason: text, holdover: orNull(object({ running, after })) },
  unknown: { running, reason: text, recheckAt: number, after: orNull(after) },
});

const life = object({
  incarnation: whole(0),
  pid: orNull(number),
  startedAt: number,
  endedAt: number,
  exit,
  verdict: text,
  crashed: orAbsent(oneOf(true)),
});

const shape = object({
  state,
  ledger: object({
    incarnation: whole(0),
    restarts: amount,
    history: object({ unstable: amount, recentEndsAt: listOf(number), previousDelayMs: amount }),
    createdAt: orNull(number),
    lives: listOf(life),
  }),
});

/** What is wrong with it, or null. */
export const instanceProblem = (value: unknown, at: string): string | null => shape(value, at);
