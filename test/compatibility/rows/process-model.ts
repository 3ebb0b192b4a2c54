/** Processes: statuses, ends, delays, stop, reload, ids. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const both = rowsOf('test/differential/cli-restart.test.ts');
const model = rowsOf('test/differential/process-model.test.ts');
const suite = rowsOf('test/differential/cli-suite.test.ts');

const policy = rowsOf('test/unit/core/restart-policy.test.ts');

export const sections: readonly Section[] = [
  {
    number: '4.1',
    title: 'Statuses and ends',
    rows: [
      model.same('stopped, with its exit code: `--no-autorestart`', '--no-autorestart: stopped, with its exit code'),
      model.same('stopped: a code of `stop_exit_codes`', '--stop-exit-codes: stopped, not counted'),
      model.same(
        'errored after `max_restarts` unstable runs, the first counted',
        'max_restarts 3: errored after the third run',
      ),
      model.same('… 16 by default', 'an app that dies at once is errored after 16 runs'),
      model.same('an exit with code 0 counts like any other', 'an exit with code 0 counts like any other'),
      model.same('errored is left by restart', 'errored is left by restart, and comes back'),
      model.same('waiting restart, and stop while it waits', 'restart_delay: waiting restart in between'),
      model.better(
        'restart of what waits fails, and the dead pid is shown',
        'it is started at once, and the pid is 0',
        'restart of what waits',
      ),
      model.same(
        'back-off: the delay grows and is shown as prev_restart_delay',
        'back-off: the delay is shown and grows',
      ),
      model.same('launching until `ready` with wait_ready', 'wait_ready: launching until it says so'),
      model.same('stopping while it is', 'while it is stopping the status says so'),
      model.same(
        'a process killed from outside is restarted and counted',
        'a kill from outside is counted as a restart',
      ),
      model.same('cron is turned off by `0`', 'cron: with 0 it is off'),
    ],
  },
  {
    number: '4.2',
    title: 'Transitions',
    rows: [
      suite.better(
        'a new app with autostart off is stopped, and can never be started',
        'start starts it',
        'start of an app that was registered with --no-autostart',
      ),
      suite.better(
        'an end that is final shows `waiting restart` for ever if a delay is set',
        '`stopped` or `errored`',
        'a failing app with a delay and --no-autorestart',
      ),
      both.same(
        'online: restart goes through stopped to online, restart_time + 1',
        'restart counts, restart of what is stopped does not',
      ),
      both.same(
        'stopped or errored: started, restart_time unchanged',
        'restart counts, restart of what is stopped does not',
      ),
      model.same('waiting restart: stop cancels it', 'restart_delay: waiting restart in between'),
      both.same('any: delete removes it', 'delete keeps the logs, removes the pid file, and ids begin anew'),
    ],
  },
  {
    number: '4.3',
    title: 'Unstable restarts',
    rows: [
      policy.same('an end before min_uptime is unstable', 'counts lives shorter than min_uptime'),
      policy.better(
        'ends that are further apart than min_uptime, or that come after 16 s, never end in errored',
        'max_restarts ends within a minute do as well, on a slow machine, too',
        'counts ends within 60 s, so that a machine too slow for min_uptime is no way out',
      ),
      policy.same('what ends rarely is never errored', 'leaves alone what ends rarely, however often'),
      rowsOf('test/faults/crash-loop.test.ts').same(
        'a manual restart forgives',
        'a restart forgives, and an app that was mended stays up',
      ),
      policy.better(
        'death by signal counts as code 0, so that `stop_exit_codes: [0]` keeps down what the OOM killer ended',
        'a signal is no exit code; jlist names it',
        'not when a signal ended it: the OOM killer is no clean end',
      ),
      model.different(
        'unstable_restarts counts an end that leads to no restart as well',
        'it counts ends after which a restart is decided on',
        '--no-autorestart: stopped, with its exit code',
      ),
    ],
  },
  {
    number: '4.4',
    title: 'Delays',
    rows: [
      policy.same('none by default, restart_delay always', 'none by default, a fixed one if set'),
      policy.same(
        'exp_backoff_restart_delay grows by half to 15 s and wins over restart_delay',
        'grow by half up to the cap, and win over the fixed one',
      ),
      policy.same('a long life begins it anew', 'begin anew after a long life'),
      policy.better(
        'many apps that wait come back at the same moment',
        'delays have jitter',
        'have jitter, never below the base and never above the cap',
      ),
    ],
  },
  {
    number: '4.5',
    title: 'Stop',
    rows: [
      model.same('SIGINT first', 'stop sends SIGINT'),
      model.same('SIGKILL after kill_timeout', 'kill_timeout: a deaf app is killed, and is stopped'),
      model.same(
        'shutdown_with_message: the message `shutdown`, no signal',
        'shutdown_with_message: the message, no signal',
      ),
      model.same('children end with it, unless treekill is off', 'treekill: children end with it, unless it is off'),
      rowsOf('test/system/daemon.test.ts').better(
        'what was re-parented is missed',
        'what shares the session of the process is ended as well',
        'a tree that ignores the signal is killed whole, and nothing is left',
      ),
    ],
  },
  {
    number: '4.6',
    title: 'Reload',
    rows: [
      both.same(
        'cluster: the new one first, then the old one ends',
        'reload of a cluster counts each once and ends online',
      ),
      both.same('fork, or not online: a restart', 'restart counts, restart of what is stopped does not'),
      rowsOf('test/load/reload.test.ts').better(
        'a new version that does not come up replaces the old one all the same',
        'the old process goes on, and the reload says why',
        'a deploy that fails leaves the old generation serving',
      ),
    ],
  },
  {
    number: '4.9',
    title: 'Ids and numbers',
    rows: [
      both.same(
        '`pm_id` counts up, and from 0 again when nothing is left',
        'delete keeps the logs, removes the pid file, and ids begin anew',
      ),
      model.better(
        'a clone made by scale has the unique_id of the first',
        'each has its own',
        'unique_id: stable over restarts, new for clones',
      ),
      both.same('the lowest free number is given to a new instance', 'scale: up, more, down, the same'),
      model.same('the child sees its own counts', 'the child sees its own counts'),
      model.better(
        'an app that is started from inside an app inherits its namespace variable',
        'it has its own',
        'calls from inside an app',
      ),
    ],
  },
];
