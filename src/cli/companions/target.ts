/**
 * The one target of `upkeep-runtime` and `upkeep-dev`, made into apps. Without it each of them would tell a script from a
 * config file in its own way.
 */
import type { AppSpec } from '../../core/terms.ts';
import { appsOfFile, appsOfScripts } from '../apps.ts';
import { type Flags, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import type { Session } from '../session.ts';
import { isConfigWord } from '../targets.ts';

/** @throws UpkeepError for a script that is not there, a config that cannot be read, or one without apps */
export async function appsOf(session: Session, target: string, given: Flags): Promise<readonly AppSpec[]> {
  const { env, ...rest } = given;
  if (await isConfigWord(target)) {
    // `--env` alone chooses nothing.
    const specs = await appsOfFile(session, target, typeof env === 'string' && env !== '' ? given : rest);
    if (specs.length === 0) {
      const only = textFlag(given, 'only');
      throw mistake(
        `there are no apps in ${target}${only === null ? '' : ` that --only ${only} names`}: nothing to start`,
      );
    }
    return specs;
  }
  if (env !== undefined) session.out.warn('--env chooses env_<name> of a config file: for a script it means nothing');
  return appsOfScripts(session, [target], rest);
}

/** PM2 reads only the first word; what else was written is at least told. */
export function tellUnused(session: Session, unused: readonly string[]): void {
  if (unused.length > 0)
    session.out.warn(`not understood and passed over: ${unused.join(' ')} (arguments of the script stand after --)`);
}
