/** Commands that change what is registered. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const both = rowsOf('test/differential/cli-restart.test.ts');
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
];
