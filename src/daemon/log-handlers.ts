/**
 * The log methods of the control language. Lines go from the pump's thread to the follower through here, and a follower
 * that does not read is told what it missed instead of being waited for.
 */
import { truncateSync } from 'node:fs';
import { UpkeepError } from '../core/errors.ts';
import { instancePaths } from '../core/log-paths.ts';
import type { StreamName } from '../core/terms.ts';
import type { FilePosition } from '../protocol/control.ts';
import type { Peer } from '../protocol/peer.ts';
import type { Daemon } from './daemon.ts';
import { pick } from './outcomes.ts';

const matching = (daemon: Daemon, targets: readonly string[]): number[] => {
  const { runners, failure } = pick(daemon, targets);
  if (failure !== null && !targets.includes('all')) throw new UpkeepError(failure);
  return runners.map((runner) => runner.slot.id);
};

export async function followLogs(
  daemon: Daemon,
  peer: Peer,
  targets: readonly string[],
  streams: readonly StreamName[],
  slowBytes: number,
): Promise<{ positions: readonly FilePosition[] }> {
  const isAll = targets.includes('all');
  const follower = await daemon.pump.follow(
    { ids: isAll ? null : matching(daemon, targets), streams: [...streams] },
    (batch) => {
      peer.notify('logs.lines', batch);
      return peer.queuedBytes < slowBytes;
    },
  );
  // Who follows a name follows it also when its processes are others: after a delete and a start, or more instances.
  const onList = (): void => {
    if (!isAll) follower.update(pick(daemon, targets).runners.map((runner) => runner.slot.id));
  };
  daemon.listListeners.add(onList);
  peer.onDrain(() => follower.drained());
  peer.onClose(() => {
    daemon.listListeners.delete(onList);
    follower.close();
  });
  return { positions: follower.positions };
}

export async function flushLogs(daemon: Daemon, targets: readonly string[]): Promise<{ paths: readonly string[] }> {
  const ids = new Set(
    targets.length === 0 ? daemon.registry.runners.map((runner) => runner.slot.id) : matching(daemon, targets),
  );
  const paths = new Set<string>();
  for (const runner of daemon.registry.runners) {
    if (!ids.has(runner.slot.id)) continue;
    const { out, err, combined } = instancePaths(runner.spec, runner.slot.id, daemon.paths.home);
    for (const path of [out, err, combined]) if (path !== null) paths.add(path);
  }
  await daemon.pump.flush([...paths], targets.length === 0);
  if (targets.length === 0) {
    try {
      truncateSync(daemon.paths.daemonLog);
      paths.add(daemon.paths.daemonLog);
    } catch {
      // there is none yet
    }
  }
  return { paths: [...paths] };
}
