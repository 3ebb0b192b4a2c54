/**
 * What clients see of apps and instances. Kept apart from the objects that do the work, so that the protocol can stay
 * as it is while they change.
 */
import { deadlineOf, type Instance, reasonOf, runningOf, type State, statusWord } from '../core/instance.ts';
import { instancePaths } from '../core/log-paths.ts';
import type { HealthView, InstanceDetail, InstanceView } from '../protocol/control.ts';
import type { Load } from '../protocol/observation.ts';
import type { Runner } from '../supervisor/runner.ts';
import { identityEnv } from './instance-env.ts';
import type { App } from './registry.ts';
import type { Usage } from './sampler.ts';

export function instanceView(
  app: App,
  runner: Runner,
  usage: Usage,
  logBytesLost: number,
  health: HealthView | null,
  load: Load | null,
): InstanceView {
  const { state, ledger } = runner.instance;
  const { spec, slot } = runner;
  const running = runningOf(state);
  return {
    id: slot.id,
    appKey: slot.appKey,
    name: spec.name,
    namespace: spec.namespace,
    slot: slot.number,
    execMode: spec.execMode,
    version: spec.version,
    username: spec.username,
    watching: app.watching,
    ...(spec.isModule === true ? { isModule: true } : {}),
    status: statusWord(state, spec.readiness),
    state: state.kind,
    reason: reasonOf(state),
    pid: running?.process.pid ?? 0,
    keeperPid: running === null ? 0 : runner.keeperPid,
    incarnation: ledger.incarnation,
    uniqueId: slot.uniqueId,
    createdAt: ledger.createdAt,
    startedAt: running?.launchedAt ?? ledger.lives[0]?.startedAt ?? 0,
    dueAt: deadlineOf(state),
    restarts: ledger.restarts,
    unstableRestarts: ledger.history.unstable,
    previousDelayMs: ledger.history.previousDelayMs,
    lastExit: ledger.lives[0]?.exit ?? null,
    memoryBytes: usage.memoryBytes,
    cpuPercent: usage.cpuPercent,
    logBytesLost,
    nodeVersion: runner.nodeVersion,
    generation: runner.generation,
    readiness: readinessOf(state),
    health,
    load,
  };
}

function readinessOf(state: State): InstanceView['readiness'] {
  switch (state.kind) {
    case 'starting':
      return 'starting';
    case 'ready':
      return state.unready === undefined ? 'ready' : 'unready';
    case 'draining':
    case 'killing':
      return 'draining';
    default:
      return null;
  }
}

export function instanceDetail(view: InstanceView, runner: Runner, home: string): InstanceDetail {
  return {
    ...view,
    spec: runner.spec,
    paths: instancePaths(runner.spec, runner.slot.id, home),
    instanceEnv: identityEnv(runner.slot, runner.spec, home),
    ...(runner.slot.monitored === undefined ? {} : { monitored: runner.slot.monitored }),
  };
}

const AFTER_WORDS = { down: 'left down', launch: 'started again', judge: 'judged by its restart rules' } as const;

/** What happens next, in words. */
export function nextOf(instance: Instance, now: number): string {
  const { state } = instance;
  const seconds = Math.max(0, Math.ceil(((deadlineOf(state) ?? now) - now) / 100) / 10);
  switch (state.kind) {
    case 'down':
      return 'nothing, until it is started by a command, its schedule or a daemon that starts anew';
    case 'failed':
      return 'nothing: it was given up. `upkeep restart` tries again, after the cause is mended';
    case 'backoff':
      return `it is started again in ${seconds} s`;
    case 'launching':
      return `its launch reports back, or is given up in ${seconds} s`;
    case 'starting':
      return `it becomes ready, or is judged in ${seconds} s`;
    case 'ready':
      return 'it runs until it ends or is told to; then its restart rules decide';
    case 'draining':
      return `it ends by itself, or is killed in ${seconds} s; then it is ${AFTER_WORDS[state.after.kind]}`;
    case 'killing':
      return `it is gone, or is given up in ${seconds} s`;
    case 'reaping':
      return 'what it left behind is ended, then its restart rules decide';
    case 'unknown':
      return `it is looked at again in ${seconds} s; it is not signalled before it can be verified`;
  }
}
