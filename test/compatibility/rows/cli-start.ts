/** `start`. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const both = rowsOf('test/differential/cli-start.test.ts');
const words = rowsOf('test/differential/cli-invocation.test.ts');

export const sections: readonly Section[] = [
  {
    number: '1.5',
    title: '`start`',
    rows: [
      both.same('`start`: the ecosystem.config.js of the folder', 'the default config file of the folder'),
      words.same('… and without one an error, exit 1', 'exit code:'),
      both.same('`start app.js`, with or without its extension, by a relative path', 'a script without its extension'),
      both.same('`-- a b`: arguments of the script, in order, with blanks', 'arguments behind --'),
      both.same('`start "cd x && node y"`: through bash', 'registers a shell command in quotes'),
      both.better(
        '`start "node y z"`: through bash as well, which then gets the signals',
        'a command that needs no shell is run without one, and a Node script gets the runtime',
        'a command in quotes that needs no shell',
      ),
      both.same('a program found in PATH', 'registers a program found in PATH'),
      both.same(
        'python and shell scripts get their interpreters',
        'registers python and shell scripts with their interpreters',
      ),
      both.same('several scripts in one command', 'several scripts at once'),
      both.same('a config file with `--only` and `--env`', '--only and --env of a config file'),
      both.same(
        'an existing name or id that is online: a restart',
        'start of what is online by name or id restarts it',
      ),
      both.same(
        '… that is stopped: started, not counted',
        'after a stop, the script, its name and its id start it again',
      ),
      both.same(
        'the same script and name again: refused, unless `-f`',
        'the same script again is refused, but not with -f or another name',
      ),
      both.same(
        'the same name with another script: a second app',
        'a second app of the same name with another script is registered',
      ),
      both.same('a config file a second time: a restart', 'a config file started twice restarts'),
      rowsOf('test/differential/cli-targets.test.ts').same(
        'a config on stdin',
        'config texts on stdin for start, restart, stop and delete',
      ),
      words.same(
        'a script, program or interpreter that is not there, a bad option or cron, an unknown user: exit 1',
        'exit code:',
      ),
      both.better(
        'exit 0 as soon as it is spawned',
        'waits until it listens, says that it is ready, or has been up for min_uptime; what dies at once is exit 1 with its last lines',
        'an app that dies at once',
      ),
      both.different(
        'of a config file whose first app cannot be started, the others are started; exit 1',
        'nothing is started before all of the file is known to be right; exit 1 either way',
        'an app of the file that cannot start does not keep the others down',
      ),
      both.same('a malformed file starts nothing, exit 1', 'malformed config files start nothing'),
      both.same('unknown keys do not stop a file', 'unknown keys of a config file do not stop it'),
      both.same('`--no-autostart` registers without starting', '--no-autostart registers without starting'),
      both.same(
        'what the app sees: arguments, folder, name, id, number, status, restarts',
        'what the app sees: arguments, folder, number and id',
      ),
      both.same(
        '`--node-args`, `--interpreter`, `--interpreter-args`, `--cwd`, `-i`, `-x`',
        'two instances in fork mode',
      ),
    ],
  },
  {
    number: '4.10',
    title: 'Files of the home',
    rows: [
      both.same('`pids/<name>-<id>.pid`, removed with the process', 'files of the home: pid file and logs'),
      both.same('`logs/<name>-out.log`, `logs/<name>-error.log`', 'files of the home: pid file and logs'),
      rowsOf('test/unit/core/log-paths.test.ts').better(
        'a name that ends in `-<digits>` loses them in its files, so that two apps share them',
        'the id is appended',
        'appends the id to names that end in digits, so that they do not collide',
      ),
      both.same(
        '`PM2_DEFAULT_LOG_PATH` and `PM2_DEFAULT_PID_PATH` move them',
        'PM2_DEFAULT_LOG_PATH and PM2_DEFAULT_PID_PATH move the files',
      ),
      rowsOf('test/system/daemon.test.ts').better(
        'sockets with mode 775',
        'only the owner reaches the home and its sockets',
        'only the owner can reach a home',
      ),
    ],
  },
];
