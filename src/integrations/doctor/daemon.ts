/**
 * The daemon as it runs: its version, what brings it back, and whether the end of a login would take it along. Without it the
 * one thing that everything hangs on would be the one thing that nobody looks at.
 */

import { commandOf } from '../../platform/ports.ts';
import { ProcessTable } from '../../platform/process-table.ts';
import type { Hello } from '../../protocol/control.ts';
import { type Finding, findingsOf, type Read } from './finding.ts';

export interface DaemonFacts {
  /** null: none runs. */
  readonly daemon: Hello | null;
  readonly version: string;
  /** What the daemon itself has to say. */
  readonly notes: readonly string[];
  readonly read: Read;
  /** Pid of a PM2 daemon of the same user; null: none. */
  readonly pm2Pid: number | null;
  /** Settings of logind that are in force, as text; null: there is none. */
  readonly logind: string | null;
}

const { good, warning, problem } = findingsOf('Daemon');

export function checkDaemon(facts: DaemonFacts): readonly Finding[] {
  const { daemon, notes, pm2Pid } = facts;
  return [
    ...(daemon === null ? [good('no daemon runs: the next command starts one')] : running(daemon, facts)),
    ...notes.map((note) => warning(note, 'see daemon.log in the home')),
    ...(pm2Pid === null
      ? []
      : [warning(`PM2 runs as well (pid ${pm2Pid})`, '`upkeep takeover --dry-run` shows the way over')]),
  ];
}

function running(daemon: Hello, facts: DaemonFacts): readonly Finding[] {
  const findings =
    daemon.version === facts.version
      ? [good(`the daemon runs, version ${daemon.version}, pid ${daemon.pid}`)]
      : [
          warning(
            `the daemon is of version ${daemon.version}, this command of ${facts.version}`,
            '`upkeep update` brings it to this one, without touching an app',
          ),
        ];
  return [...findings, ...guard(daemon.pid), ...session(daemon.pid, facts)];
}

/** The shell that starts the next daemon. */
function guard(pid: number): readonly Finding[] {
  const hasGuard = new ProcessTable().tree(pid, null).some((entry) => commandOf(entry.pid)?.includes('guard.sh'));
  return hasGuard
    ? [good('its guard waits to bring it back')]
    : [problem('it has no guard: nothing would bring it back', '`upkeep update` starts a new one, with a guard')];
}

/** systemd-logind ends what a user has started from a shell when the user goes, if it is told to. */
function session(pid: number, { read, logind }: DaemonFacts): readonly Finding[] {
  const scope = /session-[^/\n]+\.scope/.exec(read(`/proc/${pid}/cgroup`) ?? '')?.[0];
  if (scope === undefined) return [];
  return /^\s*KillUserProcesses\s*=\s*(yes|true|1|on)\s*$/im.test(logind ?? '')
    ? [
        problem(
          `the daemon belongs to a login (${scope}), and logind ends what is left of one: all apps end at logout`,
          '`upkeep startup`, then `upkeep kill` and start its service; or `loginctl enable-linger` with a user unit',
        ),
      ]
    : [];
}
