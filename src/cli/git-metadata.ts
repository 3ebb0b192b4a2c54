/**
 * `versioning` of the record: looked up where PM2's own switch asks for it. It costs a few runs of git for each app, which
 * nobody should pay who does not look at it.
 */
import type { AppSpec } from '../core/terms.ts';
import type { Session } from './session.ts';
import type { Plan } from './start-plan.ts';

export async function withVersioning(plan: Plan, { env }: Pick<Session, 'env'>): Promise<Plan> {
  if (env.PM2_ENABLE_GIT_PARSING !== 'true') return plan;
  const { readVersioning } = await import('../integrations/git.ts');
  const looked = async (spec: AppSpec): Promise<AppSpec> => {
    const versioning = spec.declared.vizion === false ? null : await readVersioning(spec.cwd);
    return versioning === null ? spec : { ...spec, versioning };
  };
  const specs = await Promise.all(
    Object.entries(plan.specs).map(async ([key, spec]) => [key, await looked(spec)] as const),
  );
  return { ...plan, starts: await Promise.all(plan.starts.map(looked)), specs: Object.fromEntries(specs) };
}
