/** What PM2's own tests assert of starting, restarting and stopping. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const start = rowsOf('test/differential/cli-start.test.ts');
const again = rowsOf('test/differential/cli-restart.test.ts');
const targets = rowsOf('test/differential/cli-targets.test.ts');
const words = rowsOf('test/differential/cli-invocation.test.ts');
const model = rowsOf('test/differential/process-model.test.ts');
const suite = rowsOf('test/differential/cli-suite.test.ts');
const load = rowsOf('test/load/reload.test.ts');

export const sections: readonly Section[] = [
  {
    number: '8.1',
    title: "PM2's own tests: starting",
    rows: [
      start.same(
        '1. the same script again needs force or another name',
        'the same script again is refused, but not with -f or another name',
      ),
      start.same(
        '2. by name, id and path after a stop; online ones are restarted',
        'after a stop, the script, its name and its id start it again',
      ),
      start.same('3. several scripts, several targets', 'several scripts at once'),
      suite.same('4. a single object, an array, unknown keys', 'a single object is a file, too'),
      suite.same(
        '5. names that begin with digits, names that are numbers',
        'an app whose name is a number is meant before the id',
      ),
      start.same('6. a whole shell command', 'registers a shell command in quotes'),
      start.same('7. commands of PATH; interpreters by extension', 'registers a program found in PATH'),
      start.same('8. arguments behind `--`, for each of several scripts', 'several scripts at once'),
      suite.same('9. ES modules in both modes', 'ES modules, in fork and in cluster mode, and after a restart'),
      suite.same('10. python: instances are forks', 'several instances of a python script are forks'),
      suite.same('10. an interpreter with arguments', 'an interpreter with arguments of its own'),
      words.better(
        '12. `-i -100`: one process, in fork mode',
        'one, in cluster mode',
        'a negative number of instances',
      ),
      rowsOf('test/unit/config/cpu-quota.test.ts').better(
        '12. `max` counts the CPUs of the machine',
        'those that a control group allows',
        'the tightest on the way up holds',
      ),
      model.same('16. no-autorestart and stop_exit_codes', '--stop-exit-codes: stopped, not counted'),
      model.same('17. an app that throws is restarted', 'an app that dies at once is errored after 16 runs'),
      model.same('18. wait_ready: launching, then online', 'wait_ready: launching until it says so'),
      model.better(
        '20. unique_id stays; a clone has the first one’s',
        'each clone has its own',
        'unique_id: stable over restarts, new for clones',
      ),
      words.same('23. an unknown user starts nothing', "exits('start', 'stay.js', '--uid', 'no-such-user')"),
      model.better(
        '24. started from inside an app: none of its attributes, but its namespace',
        'not its namespace either',
        'calls from inside an app',
      ),
      rowsOf('test/helpers/faithful.ts').same(
        '25. a script sees itself as from the shell',
        'programs see themselves, print and end as from the shell',
      ),
      suite.same('26. NODE_PATH', 'NODE_PATH is honoured, in fork and in cluster mode'),
    ],
  },
  {
    number: '8.2',
    title: "PM2's own tests: restart, reload, stop, delete",
    rows: [
      targets.same('1. all, by script, by name: each once', "does('restart', 'tell.js')"),
      again.same('2. reload of a fork is a restart', 'restart counts, restart of what is stopped does not'),
      again.same('3. a reload sends each old process one SIGINT', 'a reload sends each old process one SIGINT'),
      again.same('4. restart after a stop is not counted', 'restart counts, restart of what is stopped does not'),
      again.same('5. reset', 'reset by name, id and all'),
      words.same('6. unknown names and ids, and all of nothing: not 0', 'exit code:'),
      targets.same('7. patterns', "does('restart', '/web-[12]/')"),
      targets.same('8. namespaces', "does('stop', 'back')"),
      model.same('9. kill_timeout: stopping, then stopped', 'while it is stopping the status says so'),
      model.same('10. shutdown_with_message', 'shutdown_with_message: the message, no signal'),
      model.same('11. restart_delay', 'restart_delay: waiting restart in between'),
      model.same('12. errored, and mended', 'errored is left by restart, and comes back'),
      model.same('13. back-off', 'back-off: the delay is shown and grows'),
      again.same('14. attributes by restart', 'restart takes'),
      again.same(
        '15. the environment with and without `--update-env`',
        'restart keeps the environment, --update-env takes it over',
      ),
      again.better(
        '17. the lock of reload',
        'none: a later reload raises the target of the one that is on its way',
        'a reload while another is on its way',
      ),
      load.better(
        '18. the old process goes when the new one is ready',
        'and not before the first of a generation has stayed ready for min_healthy',
        'an app that boots for 8 s, and one with requests of 1 s',
      ),
      targets.same('19. delete by id, name, namespace, script, file, stdin', "does('delete', '0', '2')"),
      rowsOf('test/system/daemon.test.ts').same(
        '20. SIGTERM ends the daemon',
        'SIGTERM to the daemon stops the apps and keeps the list',
      ),
      start.same('21. the pid file of `-p`', '-p, -o, -e and -l name the files'),
      rowsOf('test/system/triggers.test.ts').same(
        '22. max_memory_restart',
        'memory: the limit counts the whole tree, and the reason is told',
      ),
    ],
  },
  {
    number: '8.3.1',
    title: "PM2's own tests: files",
    rows: [
      suite.same('1. array, apps, comments, JS, YAML: the same apps', 'a file of the shape'),
      suite.better(
        '1. the key pm2: delete by the file fails',
        'it deletes',
        'a file with the key pm2: start and restart, then delete',
      ),
      again.same('2. restart and reload of nothing are a start', 'of a file: twice'),
      suite.same('3. `--only`', 'restart --only of a file touches only that app'),
      start.same('4. malformed files start nothing', 'malformed config files start nothing'),
      again.same('5. startOrRestart, startOrReload', 'of a file: twice'),
      again.same(
        '12. numbers of instances over scale; a variable that counts',
        'a custom variable for the number of an instance, and one that counts',
      ),
    ],
  },
];
