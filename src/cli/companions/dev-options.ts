/**
 * What `upkeep-dev` sets where a config says nothing: watched, restarted a second after a crash. Without it a config would
 * have to be written twice, for development and for production.
 */
import { updateSpec } from '../../config/normalise.ts';
import type { AppSpec } from '../../core/terms.ts';
import { contextOf, unwrap } from '../apps.ts';
import type { Session } from '../session.ts';

const RESTART_DELAY_MS = 1_000;
const NEVER_WATCHED = ['**/.*', '**/.*/**', '**/node_modules', '**/node_modules/**'];

/** @param ignore paths by comma; null: as the config or the default says */
export async function developed(session: Session, spec: AppSpec, ignore: string | null): Promise<AppSpec> {
  const { declared } = spec;
  const ignored = (ignore ?? '').split(',').map((path) => path.trim());
  const patch = {
    ...(declared.watch === undefined || declared.watch === false ? { watch: true } : {}),
    ...(declared.restart_delay === undefined && declared.exp_backoff_restart_delay === undefined
      ? { restart_delay: RESTART_DELAY_MS }
      : {}),
    ...(ignore === null || declared.ignore_watch !== undefined
      ? {}
      : { ignore_watch: [...ignored.filter((path) => path !== ''), ...NEVER_WATCHED] }),
  };
  const { spec: updated, notes } = unwrap(await updateSpec(spec, patch, contextOf(session), { updateEnv: false }));
  for (const note of notes) session.out.warn(`${spec.name}: ${note}`);
  return updated;
}
