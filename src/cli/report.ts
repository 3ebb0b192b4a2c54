/**
 * What became of a command, instance by instance, in words and as an exit code. Without it `start` could say "done"
 * of an app that lies dead.
 */
import type { Outcome, Report } from '../protocol/control.ts';
import { plain, plainLine } from './render/words.ts';
import type { Session } from './session.ts';

export const labelOf = ({ name, id }: { readonly name: string; readonly id: number }): string =>
  `${plain(name)} (${id})`;

/** How a start was found to be up. */
export function spokenUp({ up, pid, status }: Outcome): string {
  if (up === null) return pid === 0 ? `is ${status}` : `is ${status}, pid ${pid}`;
  const addresses = up.addresses.length > 0 ? `listening on ${up.addresses.map(plain).join(', ')}` : null;
  if (up.how === 'listening') return `is up: ${addresses ?? 'listening'}, pid ${pid}`;
  if (up.how === 'ready' || up.how === 'probe') {
    const how = up.how === 'ready' ? 'said that it is ready' : 'its readiness probe passes';
    return `is up: ${how}${addresses === null ? '' : `, ${addresses}`}, pid ${pid}`;
  }
  return `is up: alive, ${addresses ?? 'not listening'}, pid ${pid}`;
}

/** @param done what is said of an instance that nothing is wrong with; null: how it came up. */
export function showReport(session: Session, report: Report, done: string | null): number {
  const { out } = session;
  let code = 0;
  for (const outcome of report.outcomes) {
    if (outcome.failure === null) {
      out.info(`${labelOf(outcome)} ${done ?? spokenUp(outcome)}`);
      continue;
    }
    code = 1;
    // Its message names the instance; a target that matched nothing has no instance.
    out.failure({ message: plain(outcome.failure.message), hint: outcome.failure.hint });
    for (const line of outcome.lastLines) out.machineError(`    ${plainLine(line, out.hasColor)}\n`);
  }
  for (const note of report.notes) out.warn(plain(note));
  return code;
}
