/**
 * The shape of a family of metrics: a name, a kind, a unit, and the points of everything that is measured so. Without it what is
 * pulled and what is pushed could not be made of the same readings.
 *
 * Names and units are OpenTelemetry's (`upkeep.process.cpu`, `s`); what Prometheus calls them is made of these by rule.
 */
import type { Histogram, ProcessReadings } from '../protocol/observation.ts';

export type Labels = readonly (readonly [name: string, value: string])[];

/** Whose value it is. */
export type Owner =
  | { readonly kind: 'process'; readonly process: ProcessReadings }
  | { readonly kind: 'app'; readonly name: string; readonly namespace: string }
  | { readonly kind: 'daemon' };

export interface Point {
  readonly owner: Owner;
  readonly labels: Labels;
  readonly value: number;
}

export interface HistogramPoint {
  readonly owner: Owner;
  readonly labels: Labels;
  readonly histogram: Histogram;
}

/** UCUM: seconds, bytes, a ratio, degrees Celsius; or no unit. */
export type Unit = 's' | 'By' | '1' | 'Cel' | '';

interface FamilyHead {
  readonly name: string;
  readonly unit: Unit;
  readonly help: string;
}

export type Family =
  /** A value that goes up and down. */
  | (FamilyHead & { readonly kind: 'gauge'; readonly points: readonly Point[] })
  /** A sum that only grows, until its process starts anew. */
  | (FamilyHead & { readonly kind: 'counter'; readonly points: readonly Point[] })
  /** Always 1: what is of interest stands in its labels. */
  | (FamilyHead & { readonly kind: 'info'; readonly points: readonly Point[] })
  | (FamilyHead & { readonly kind: 'histogram'; readonly points: readonly HistogramPoint[] });

export const NO_LABELS: Labels = [];
