/**
 * The apps as they are registered: whether each could be started again, and whether a boot would bring the same. Without it
 * a script that was moved would be missed at the next crash.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { InstanceDetail } from '../../protocol/control.ts';
import { type Finding, findingsOf } from './finding.ts';

const { good, warning, problem } = findingsOf('Apps');

export function checkApps(instances: readonly InstanceDetail[]): readonly Finding[] {
  const firsts = instances.filter((one) => instances.find(({ appKey }) => appKey === one.appKey) === one);
  const findings = [...firsts.flatMap(startable), ...instances.flatMap(state)];
  if (findings.length > 0 || firsts.length === 0) return findings;
  return [good(`${firsts.length} app${firsts.length === 1 ? '' : 's'} could be started again as registered`)];
}

function startable({ name, spec }: InstanceDetail): readonly Finding[] {
  const findings: Finding[] = [];
  const again = `it runs until it ends, and cannot be started again: mend that, or \`upkeep delete ${name}\``;
  if (!existsSync(spec.cwd)) findings.push(problem(`${name}: its folder ${spec.cwd} is not there`, again));
  if (!existsSync(spec.script)) findings.push(problem(`${name}: ${spec.script} is not there`, again));
  if (spec.interpreter !== null && isAbsolute(spec.interpreter) && !isExecutable(spec.interpreter))
    findings.push(problem(`${name}: its interpreter ${spec.interpreter} cannot be run`, again));
  return findings;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function state({ id, name, status, reason, unstableRestarts, logBytesLost }: InstanceDetail): readonly Finding[] {
  const findings: Finding[] = [];
  if (status === 'errored')
    findings.push(problem(`${name} (${id}) is given up: ${reason}`, `\`upkeep why ${id}\` tells its ends`));
  else if (unstableRestarts > 0)
    findings.push(
      warning(`${name} (${id}) has ended ${unstableRestarts} times soon after its start`, `\`upkeep why ${id}\``),
    );
  if (logBytesLost > 0)
    findings.push(
      warning(
        `${name} (${id}): ${logBytesLost} bytes of its log could not be written`,
        'see how much room is left where the logs lie',
      ),
    );
  return findings;
}

/** @param saved names with their number of processes, as `save` wrote them; null: nothing is saved */
export function checkSaved(
  instances: readonly InstanceDetail[],
  saved: readonly { readonly name: string; readonly instances: number }[] | null,
): readonly Finding[] {
  const apps = instances.filter((one) => one.slot === 0 && one.isModule !== true);
  if (apps.length === 0) return [];
  const advice = '`upkeep save`';
  if (saved === null) return [warning('nothing is saved: after a boot the list would be empty', advice)];
  const now = new Set(apps.map(({ name }) => name));
  const then = new Set(saved.map(({ name }) => name));
  const added = [...now].filter((name) => !then.has(name));
  const gone = [...then].filter((name) => !now.has(name));
  if (added.length === 0 && gone.length === 0) return [good('the saved list has the apps that are there')];
  const words = [
    ...(added.length > 0 ? [`without ${added.join(', ')}`] : []),
    ...(gone.length > 0 ? [`still with ${gone.join(', ')}`] : []),
  ];
  return [warning(`the saved list is ${words.join(' and ')}`, advice)];
}
