/**
 * Asks the next daemon what came of a reload whose own daemon did not live to say it. Without it a deploy that went well
 * would be reported as failed, because its daemon was replaced on the way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UpkeepError } from '../core/errors.ts';
import type { Methods, Report } from '../protocol/control.ts';
import type { OpenLine } from './follow.ts';

const LOOK_MS = 50;
/** The guard brings a daemon back within a second; after this long nobody will. */
const GIVE_UP_MS = 10_000;

/** @throws `lost`, the error with which the first daemon went, if it had not begun or nobody can say */
export async function reloadOutcome(
  open: OpenLine,
  params: Methods['app.reloaded']['params'],
  lost: UpkeepError,
): Promise<Report> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  while (Date.now() < giveUpAt) {
    try {
      const line = await open(() => {});
      try {
        const report = await line.request('app.reloaded', params);
        if (report === null) break;
        return { ...report, notes: [...report.notes, 'the daemon was replaced meanwhile; the next one finished it'] };
      } finally {
        line.close();
      }
    } catch (error) {
      if (!(error instanceof UpkeepError) || error.code !== 'NO_DAEMON') break;
    }
    await sleep(LOOK_MS);
  }
  throw lost;
}
