/**
 * When a process is asked for a sign of its event loop, and what silence means. Kept apart from the line and the timers,
 * so that a daemon that was late itself does not call its apps blocked.
 */

/** A process that turns is asked no more often than this: a hundred idle ones must cost next to nothing. */
const EVERY_MS = 10_000;
/** After one report of a life the next one waits this long, and then ever longer: some programs block by design. */
const FIRST_QUIET_MS = 60_000;
const LONGEST_QUIET_MS = 3_600_000;

export type Beat =
  | { readonly kind: 'resting'; readonly askAt: number }
  | { readonly kind: 'asked'; readonly askedAt: number; readonly reportAt: number }
  /** It was reported: only an answer ends this. */
  | { readonly kind: 'silent'; readonly askedAt: number };

export interface Heartbeat {
  readonly beat: Beat;
  /** Number of the last question. */
  readonly asked: number;
  readonly reports: number;
  /** No report before this. */
  readonly quietUntil: number;
}

/** Questions of many processes fall together: one wake-up of the daemon for all of them. */
const nextAskAt = (now: number, limitMs: number): number => {
  const everyMs = Math.min(EVERY_MS, 2 * limitMs);
  return (Math.floor(now / everyMs) + 1) * everyMs;
};

export const newHeartbeat = (now: number, limitMs: number): Heartbeat => ({
  beat: { kind: 'resting', askAt: nextAskAt(now, limitMs) },
  asked: 0,
  reports: 0,
  quietUntil: 0,
});

export function dueAtOf({ beat }: Heartbeat): number | null {
  if (beat.kind === 'silent') return null;
  return beat.kind === 'resting' ? beat.askAt : beat.reportAt;
}

/** To be called when `dueAtOf` has come. */
export function onDue(
  heartbeat: Heartbeat,
  limitMs: number,
  now: number,
): { readonly heartbeat: Heartbeat; readonly act: 'ask' | 'report' | null } {
  const { beat, asked, reports } = heartbeat;
  const dueAt = dueAtOf(heartbeat);
  if (dueAt === null || now < dueAt) return { heartbeat, act: null };
  if (beat.kind === 'resting') {
    const reportAt = Math.max(now + limitMs, heartbeat.quietUntil);
    return {
      heartbeat: { ...heartbeat, asked: asked + 1, beat: { kind: 'asked', askedAt: now, reportAt } },
      act: 'ask',
    };
  }
  const quietMs = Math.min(LONGEST_QUIET_MS, FIRST_QUIET_MS * 2 ** reports);
  const silent: Beat = { kind: 'silent', askedAt: beat.kind === 'asked' ? beat.askedAt : now };
  return {
    heartbeat: { ...heartbeat, beat: silent, reports: reports + 1, quietUntil: now + quietMs },
    act: 'report',
  };
}

/** @returns for how long it was silent, if that was reported */
export function onAnswer(
  heartbeat: Heartbeat,
  n: number,
  limitMs: number,
  now: number,
): { readonly heartbeat: Heartbeat; readonly silentMs: number | null } {
  const { beat } = heartbeat;
  if (beat.kind === 'resting' || n !== heartbeat.asked) return { heartbeat, silentMs: null };
  const resting: Beat = { kind: 'resting', askAt: nextAskAt(now, limitMs) };
  return { heartbeat: { ...heartbeat, beat: resting }, silentMs: beat.kind === 'silent' ? now - beat.askedAt : null };
}

/** The question got lost: nothing can be said until the next one. */
export function onLost(heartbeat: Heartbeat, limitMs: number, now: number): Heartbeat {
  return { ...heartbeat, beat: { kind: 'resting', askAt: nextAskAt(now, limitMs) } };
}
