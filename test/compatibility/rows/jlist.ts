/** `jlist`. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const both = rowsOf('test/differential/cli-listing.test.ts');
const TEST = 'test/unit/pm2/jlist.test.ts';

export const sections: readonly Section[] = [
  {
    number: '5.1',
    title: '`jlist`, an entry',
    rows: [
      both.same('the fields of every entry and their types: fork', 'jlist: the fields of a fork and their types'),
      both.same('… and cluster', 'jlist: the fields of a cluster and their types'),
      both.same('values of a plain app', "values('a plain fork')"),
      both.same('values: memory, restarts, kill and listen time-outs', "values('limits',"),
      both.same('values: restart_delay, cron_restart, autorestart', "values('restarts',"),
      both.same('values: back-off, treekill, shutdown_with_message', "values('back-off and stop',"),
      both.same('values: pm_log_path, merge_logs, log_type, time', "values('logs',"),
      both.same('values: vizion, automation, disable_logs', "values('what is off',"),
      both.same('values: watch, ignore_watch, watch_delay in ms', "values('watching',"),
      both.same('`pid` 0, memory and cpu 0, and the exit code of what is stopped', 'jlist: a stopped entry'),
      both.same(
        'PM2_HOME, and the caller’s variables in `env` and flattened',
        'jlist: the environment stands in `env` and flattened',
      ),
      both.better(
        'one stop_exit_codes of the command line is a number, `cwd` is as it was written',
        'always a list; an absolute path, so that an update from another folder means the same',
        'jlist: stop_exit_codes, cwd, and the Node version without the agent',
      ),
      rowsOf('test/differential/process-model.test.ts').better(
        'the old pid is shown while it waits to be restarted',
        '0',
        'restart of what waits',
      ),
      {
        row: 'the fields of an entry and of its record',
        verdict: 'same',
        test: `${TEST} · has the fields that scripts read`,
      },
      {
        row: 'a variable of the environment stands in `env` and flattened on the record',
        verdict: 'same',
        test: `${TEST} · shows variables twice: in env and flattened`,
      },
      {
        row: 'a variable named like a field of the record overwrites the field',
        verdict: 'better',
        how: 'it is shown inside `env` only, and the field keeps its value',
        test: `${TEST} · never lets a variable take the place of a field`,
      },
      {
        row: '`exit_code` of a death by signal is 0',
        verdict: 'better',
        how: 'it still is, and `exit_signal` names the signal',
        test: `${TEST} · tells a death by signal in a field of its own`,
      },
    ],
  },
];
