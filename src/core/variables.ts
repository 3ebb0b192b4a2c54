/**
 * The environment of a process as one list, each variable with where its value comes from. Without one rule for which layer
 * wins, what is shown could differ from what the process has.
 */
import type { EnvLayers } from './terms.ts';

export interface SourcedVariable {
  readonly name: string;
  readonly value: string;
  /** `caller`, `upkeep`, or of the config what declares it: `env`, `env_production`, … (`config`, if that is not known). */
  readonly source: string;
}

/** By name. */
export function sourcedVariables(
  layers: EnvLayers,
  instanceEnv: Readonly<Record<string, string>>,
): readonly SourcedVariable[] {
  const sources = [
    ['caller', layers.inherited],
    ['config', layers.declared],
    ['upkeep', instanceEnv],
  ] as const;
  // Later layers win, and a variable stands where its value comes from.
  const found = new Map<string, SourcedVariable>();
  for (const [source, layer] of sources)
    for (const [name, value] of Object.entries(layer))
      found.set(name, { name, value, source: source === 'config' ? (layers.origins?.[name] ?? source) : source });
  return [...found.keys()].sort().flatMap((name) => found.get(name) ?? []);
}
