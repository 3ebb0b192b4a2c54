/**
 * Everything of one process for its page, without what nobody should see over a shoulder. Without the cuts here the secrets of an
 * app would stand in the history of a browser.
 */
import type { Client } from '../../client/client.ts';
import { UpkeepError } from '../../core/errors.ts';
import { MASK, maskedValue } from '../../core/secrets.ts';
import { sourcedVariables } from '../../core/variables.ts';
import type { InstanceDetail } from '../../protocol/control.ts';
import type { InstancePage, Variable } from '../api.ts';

/** By its id alone: a target could also be the name of another app. */
export async function detailOf(client: Client, id: number): Promise<InstanceDetail> {
  const named = await client.describe(id).catch((error: unknown) => {
    if (error instanceof UpkeepError && error.code === 'NOT_FOUND') return [];
    throw error;
  });
  const found = named.find((one) => one.id === id) ?? (await client.describe()).find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new UpkeepError({
    code: 'NOT_FOUND',
    message: `no process has the id ${id}`,
    hint: 'it may have been deleted',
  });
}

function environmentOf({ spec, instanceEnv }: InstanceDetail): readonly Variable[] {
  return sourcedVariables(spec.env, instanceEnv).map(({ name, value, source }) => {
    const shown = maskedValue(name, value);
    return { name, value: shown === MASK ? null : shown, origin: source };
  });
}

export async function instancePage(client: Client, id: number): Promise<InstancePage> {
  const detail = await detailOf(client, id);
  const why = (await client.why(id)).find(({ instance }) => instance.id === id);
  if (why === undefined)
    throw new UpkeepError({ code: 'NOT_FOUND', message: `the process ${id} has just been deleted` });
  return {
    detail: { ...detail, spec: { ...detail.spec, env: { inherited: {}, declared: {} } }, instanceEnv: {} },
    why,
    environment: environmentOf(detail),
    configDiff: (detail.changedSinceStart ?? []).map(({ key, before, after }) => ({
      key,
      started: before,
      now: after,
    })),
  };
}
