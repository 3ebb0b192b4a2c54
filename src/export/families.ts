/**
 * Readings as families of metrics. Without this one list Prometheus and OTLP would each tell of other things, under names that do
 * not meet.
 */
import type { Readings } from '../protocol/observation.ts';
import type { Family } from './family.ts';
import { nodeFamilies } from './node-families.ts';
import { customFamilies, processFamilies } from './process-families.ts';
import { appFamilies, daemonFamilies, hostFamilies } from './summary-families.ts';

/** Families that hold something. Every name is there once. */
export function familiesOf(readings: Readings): readonly Family[] {
  const owned = readings.processes.map((process) => ({ process, owner: { kind: 'process', process } as const }));
  return [
    ...daemonFamilies(readings),
    ...hostFamilies(readings),
    ...appFamilies(readings.processes),
    ...processFamilies(owned),
    ...nodeFamilies(owned),
    ...customFamilies(owned),
  ].filter((family) => family.points.length > 0);
}
