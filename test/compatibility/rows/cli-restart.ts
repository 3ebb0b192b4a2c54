/** Commands that change what is registered. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const both = rowsOf('test/differential/cli-restart.test.ts');
const model = rowsOf('test/differential/process-model.test.ts');
const targets = rowsOf('test/differential/cli-targets.test.ts');

export const sections: readonly Section[] = [
  {
    number: '1.6',
    title: '`restart`, `reload`, `stop`, `delete`',
    rows: [
      both.same(
        'restart and reload count; what is stopped is started without a count',
        'restart counts, restart of what is stopped does not',
      ),
      both.same('stop of what is stopped succeeds', 'stop of what is stopped succeeds'),
      both.same('a restart resets created_at, keeps unique_id', 'the counters and the identity of a restart'),
      both.same('options given to restart change the app', 'restart takes'),
      both.same('… and to `start <existing>`', 'start of a registered name takes options over'),
      both.same('`null` takes an option away', 'restart with null takes an attribute away'),
      both.better('`null` for a number crashes', 'it takes it away', 'restart with null for a number'),
      both.same('what is off stays off', 'options that are off stay off at a restart'),
      both.same(
        'the environment is kept, `--update-env` takes the caller’s',
        'restart keeps the environment, --update-env takes it over',
      ),
      both.same('`--env` with a name is refused', 'restart and reload of a name with --env are refused'),
      both.same(
        'a cluster is reloaded one by one, each counted once',
        'reload of a cluster counts each once and ends online',
      ),
      both.same('… and each old process gets one SIGINT', 'a reload sends each old process one SIGINT'),
      both.better(
        'a second reload while one is on its way is refused by `reload.lock` for 30 s, unless `--force`',
        'there is no lock to be left behind: both end well, and the newest settings are what runs',
        'a reload while another is on its way',
      ),
      rowsOf('test/load/reload.test.ts').same(
        'reload of a file with changed settings',
        'a release behind a changed symlink, arguments of Node, environment, and the number of instances',
      ),
      both.same(
        'delete keeps the logs, removes the pid file; ids begin anew when nothing is left',
        'delete keeps the logs, removes the pid file, and ids begin anew',
      ),
      targets.same(
        'stop and delete of a file skip what is not there, exit 0',
        'config files for stop and delete skip what is not there',
      ),
      targets.same('configs on stdin', 'config texts on stdin for start, restart, stop and delete'),
    ],
  },
  {
    number: '1.7',
    title: '`scale`, `reset`, `sendSignal`',
    rows: [
      both.same(
        '`scale app 4`, `+1`, down: the oldest first; freed numbers are used again',
        'scale: up, more, down, the same',
      ),
      both.same('`scale` to the number there is: an error, exit 1', 'scale: up, more, down, the same'),
      both.better('`scale app -1` cannot be written', 'it removes one', 'scale to a negative difference'),
      both.same('`reset` by name, id, `all`', 'reset by name, id and all'),
      both.same('`sendSignal` by name and id', 'sendSignal by name and id'),
      both.same('a signal that is none: exit 1', 'sendSignal of a signal that is none'),
    ],
  },
  {
    number: '1.8',
    title: 'Commands for whole files',
    rows: [
      both.same(
        '`start`, `restart`, `startOrRestart`: start what is not there, restart the others',
        'of a file: twice',
      ),
      both.same('`reload`, `startOrReload`, `startOrGracefulReload`: … reload the others', 'of a file: twice'),
      both.same(
        '`instance_var` and `increment_var`',
        'a custom variable for the number of an instance, and one that counts',
      ),
    ],
  },
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
