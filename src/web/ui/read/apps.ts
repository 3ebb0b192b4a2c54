/** Processes by app. Without it ten instances of one app would be ten things to look at. */

import { resolveTargets } from '../../../core/targets.ts';
import type { InstanceView } from '../../../protocol/control.ts';

export interface AppView {
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly instances: readonly InstanceView[];
}

export function appsOf(instances: readonly InstanceView[]): readonly AppView[] {
  const apps = new Map<string, InstanceView[]>();
  for (const instance of instances) {
    const group = apps.get(instance.appKey);
    if (group === undefined) apps.set(instance.appKey, [instance]);
    else group.push(instance);
  }
  return [...apps].map(([key, group]) => ({
    key,
    name: group[0]?.name ?? key,
    namespace: group[0]?.namespace ?? '',
    instances: group.sort((a, b) => a.slot - b.slot || a.id - b.id),
  }));
}

const entries = (all: readonly InstanceView[]) =>
  all.map(({ id, name, namespace, isModule }) => ({ id, name, namespace, script: '', isModule: isModule === true }));

/** What a command with this target would touch. */
export function touchedBy(target: string, all: readonly InstanceView[]): readonly InstanceView[] {
  const ids = new Set(resolveTargets([target], entries(all)).ids);
  return all.filter(({ id }) => ids.has(id));
}

/** Words that mean this app: its name, or the id of its only process where another app has that name, too. */
export function targetOf(app: AppView, all: readonly InstanceView[]): string {
  const isMeant = touchedBy(app.name, all).every(({ appKey }) => appKey === app.key);
  const [only] = app.instances;
  return isMeant || app.instances.length > 1 || only === undefined ? app.name : String(only.id);
}

/** `api`, or `api/2` of several. */
export const labelOf = ({ name, slot }: InstanceView, isOneOfSeveral: boolean): string =>
  isOneOfSeveral ? `${name}/${slot}` : name;
