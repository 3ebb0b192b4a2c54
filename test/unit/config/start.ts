/**
 * Short ways to one spec or to the mistakes of a config. Without them every test would unwrap results.
 */

import type { Context } from '../../../src/config/context.ts';
import { type ToSpecsOptions, toSpecs } from '../../../src/config/normalise.ts';
import type { RawApp } from '../../../src/config/validate.ts';
import type { Failure } from '../../../src/core/errors.ts';
import type { AppSpec } from '../../../src/core/terms.ts';

export async function specsOf(
  apps: readonly RawApp[],
  context: Context,
  options: ToSpecsOptions = {},
): Promise<{ specs: readonly AppSpec[]; notes: readonly string[] }> {
  const result = await toSpecs(apps, options, context);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

export async function specOf(app: RawApp, context: Context, options: ToSpecsOptions = {}): Promise<AppSpec> {
  const [spec] = (await specsOf([app], context, options)).specs;
  if (spec === undefined) throw new Error('no spec');
  return spec;
}

export async function failureOf(
  apps: readonly RawApp[],
  context: Context,
  options: ToSpecsOptions = {},
): Promise<Failure> {
  const result = await toSpecs(apps, options, context);
  if (result.ok) throw new Error('expected a failure');
  return result.failure;
}
