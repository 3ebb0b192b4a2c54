/**
 * How many processes, in which mode, and whether they share their log files. Without PM2's own way of
 * deriving these, an unchanged config would write to other files and share other ports.
 */
import { baseName } from '../core/path-text.ts';
import type { ExecMode } from '../core/terms.ts';
import type { Values } from './options.ts';
import type { Program } from './program.ts';

export interface Layout {
  readonly execMode: ExecMode;
  readonly instances: number;
  readonly mergeLogs: boolean;
  readonly notes: readonly string[];
}

/** Is the runtime loaded into the app's processes? */
export const wantsRuntime = (values: Values): boolean => values.runtime !== false;

/** PM2's two switches for the agent that it loads into apps. */
export const wantsInside = (values: Values): boolean => values.pmx !== false && values.automation !== false;

export function layoutOf(values: Values, program: Program, cpus: number, fixed: ExecMode | undefined): Layout {
  const wanted = fixed ?? wantedMode(values, program);
  const isPossible = wanted === 'fork' || (program.isNode && wantsRuntime(values));
  const execMode = isPossible ? wanted : 'fork';
  return {
    execMode,
    instances: countOf(values.instances, cpus),
    mergeLogs: values.merge_logs ?? mergesByDefault(values.instances, execMode),
    notes: [...(isPossible ? [] : [notPossible(program)]), ...(withoutRuntime(values, program) ? [NO_RUNTIME] : [])],
  };
}

const NO_RUNTIME =
  'the runtime is turned off: a stop does not wait for requests, its ports are not held while it restarts, ' +
  'and what it has printed just before process.exit may be lost';

const withoutRuntime = (values: Values, { isNode }: Program): boolean => isNode && !wantsRuntime(values);

const notPossible = ({ isNode }: Program): string =>
  `cluster mode needs ${isNode ? 'the runtime' : 'Node'}; its processes run in fork mode instead`;

function wantedMode(values: Values, { isNode, interpreter }: Program): ExecMode {
  if (values.execute_command === true) return 'fork';
  if (values.exec_mode !== undefined) return values.exec_mode;
  const isBun = interpreter !== null && baseName(interpreter) === 'bun';
  return values.instances !== undefined && (isNode || isBun) ? 'cluster' : 'fork';
}

function countOf(instances: number | undefined, cpus: number): number {
  if (instances === undefined) return 1;
  return Math.max(1, instances > 0 ? instances : cpus + instances);
}

/** One plain process writes to unsuffixed files, and so do all of `max`; a stated number does not. */
function mergesByDefault(instances: number | undefined, execMode: ExecMode): boolean {
  return instances === undefined ? execMode === 'fork' : instances === 0;
}
