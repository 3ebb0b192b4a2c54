/**
 * Quiet for a while, as during maintenance: what is raised then is seen and not sent, unless it still stands when the quiet is
 * over. Without it somebody who works on an app would turn alerts off, and forget to turn them on.
 */
import { isMeant } from './patterns.ts';
import type { Alert, Alerts, Change } from './state.ts';

/** More at once is a mistake of a script. */
export const MOST_MUTES = 100;

export interface Mute {
  /** Names of apps, with `*`, or `/regex/`; with `*` also what is about no app. */
  readonly apps: readonly string[];
  readonly sinceAt: number;
  readonly untilAt: number;
}

const isAbout = ({ apps }: Mute, { name }: Alert): boolean =>
  name === null ? apps.includes('*') : isMeant({ apps, except: [] }, name);

/** What is to be sent in spite of mutes. The end of an alert that had been told before is: somebody may wait for it. */
export function audible(mutes: readonly Mute[], changes: readonly Change[], now: number): readonly Change[] {
  if (mutes.length === 0) return changes;
  return changes.filter(({ what, alert }) => {
    const muting = mutes.filter((mute) => now < mute.untilAt && isAbout(mute, alert));
    return muting.length === 0 || (what === 'cleared' && muting.every(({ sinceAt }) => alert.raisedAt < sinceAt));
  });
}

/** Takes away the mutes that are over. @returns also what they hid and still stands: it is to be told now */
export function endMutes(
  mutes: readonly Mute[],
  alerts: Alerts,
  now: number,
): { readonly mutes: readonly Mute[]; readonly changes: readonly Change[] } {
  const left = mutes.filter(({ untilAt }) => now < untilAt);
  if (left.length === mutes.length) return { mutes, changes: [] };
  const over = mutes.filter((mute) => !left.includes(mute));
  const changes = Object.values(alerts.open).flatMap(({ alert }): readonly Change[] => {
    if (alert === null) return [];
    const wasHidden = over.some((mute) => isAbout(mute, alert) && alert.raisedAt >= mute.sinceAt);
    return wasHidden && !left.some((mute) => isAbout(mute, alert)) ? [{ what: 'raised', alert }] : [];
  });
  return { mutes: left, changes };
}
