/** The commands of starting and looking, one by one, and the sharp edges of process control. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const words = rowsOf('test/differential/cli-invocation.test.ts');
const start = rowsOf('test/differential/cli-start.test.ts');
const again = rowsOf('test/differential/cli-restart.test.ts');
const targets = rowsOf('test/differential/cli-targets.test.ts');
const listing = rowsOf('test/differential/cli-listing.test.ts');
const model = rowsOf('test/differential/process-model.test.ts');
const control = rowsOf('test/differential/process-control.test.ts');
const suite = rowsOf('test/differential/cli-suite.test.ts');
const sharp = rowsOf('test/system/sharp-edges.test.ts');
const policy = rowsOf('test/unit/core/restart-policy.test.ts');

export const sections: readonly Section[] = [
  {
    number: '1.4',
    title: 'Commands',
    rows: [
      start.same('`start`', "registers('a script', 'stay.js')"),
      targets.same('`stop`', "does('stop', 'web-2')"),
      targets.same('`restart`', "does('restart', 'web-1')"),
      targets.same('`reload`', "does('reload', 'front')"),
      targets.same('`delete`, `del`', "does('del', 'job')"),
      again.same('`startOrRestart`, `startOrReload`, `startOrGracefulReload`', 'of a file: twice'),
      again.same('`scale`', 'scale: up, more, down, the same'),
      again.same('`reset`', 'reset by name, id and all'),
      again.same('`sendSignal`', 'sendSignal by name and id'),
      listing.same('`list`, `ls`, `l`, `ps`, `status`', 'prints the table'),
      listing.same('`jlist`', 'jlist: the fields of a fork and their types'),
      listing.same('`prettylist`', 'prettylist is readable by Node, and begins as PM2 writes it'),
      listing.same('`describe`, `desc`, `info`, `show`', 'describe: the rows of PM2, in its order, with its values'),
      targets.same('`id`, `pid`', 'describe, pid and id by name and id'),
      words.same('`ping`', 'ping, id, pid and jlist print exactly'),
      words.same(
        'words that a command does not need are ignored, or refused where PM2 refuses them',
        "exits('prettylist', 'extra')",
      ),
    ],
  },
  {
    number: '9.3',
    title: 'Sharp edges: process control',
    rows: [
      sharp.better(
        '35. after stop and a restart of the file, `watch` is shown and nothing watches',
        'it watches again',
        'after a stop, a restart of the file watches again',
      ),
      sharp.better(
        '38. reload of an app that never listens waits for the whole listen_timeout',
        'it is over when the new process has stayed up',
        'the reload of an app that never listens is over when it has stayed up, and describes the new process',
      ),
      sharp.better(
        '40. the result of a reload describes the old workers',
        'the new ones',
        'the reload of an app that never listens is over when it has stayed up, and describes the new process',
      ),
      sharp.better(
        '47. what comes back as stopped has no pid',
        'it is 0',
        'resurrect completes what is there in part, and what was saved as stopped comes back so, with pid 0',
      ),
      rowsOf('test/system/bus.test.ts').better('48. delete is not told', 'it is', 'delete is told, after its exits'),
      rowsOf('test/majors/life.test.ts').better(
        '50. cluster workers run by the Node of the daemon',
        'each app by its own interpreter, in cluster mode too',
        'by its interpreter: shared, reloaded under load, drained',
      ),
      model.better(
        '29. restart of what waits fails; the dead pid is shown',
        'it starts; the pid is 0',
        'restart of what waits',
      ),
      suite.better(
        '30. `waiting restart` for ever',
        '`errored` or `stopped`',
        'a failing app with a delay and --no-autorestart',
      ),
      policy.better(
        '31. death by signal is exit code 0',
        'the signal has a field of its own, and stop_exit_codes does not hold it',
        'not when a signal ended it: the OOM killer is no clean end',
      ),
      model.same(
        '32. an exit with 0 is restarted, and errored in the end',
        'an exit with code 0 counts like any other',
      ),
      control.better('33. no stop signal per app', '`kill_signal`', 'a stop signal of its own for an app'),
      rowsOf('test/system/triggers.test.ts').same(
        '34. a stopped app is started by its schedule; both warn',
        'cron: a stop leaves the schedule, says so, and it starts the app again',
      ),
      rowsOf('test/system/triggers.test.ts').better(
        '36. a watcher for each entry',
        'one for each app',
        'watch: a changed, a new and a removed file restart',
      ),
      rowsOf('test/system/daemon.test.ts').better(
        '37. what was re-parented is missed',
        'what shares the session is ended as well',
        'a tree that ignores the signal is killed whole, and nothing is left',
      ),
      rowsOf('test/load/reload.test.ts').better(
        '39. a crashing new version replaces the old one',
        'the old one stays, and the reload fails',
        'a deploy that fails leaves the old generation serving',
      ),
      rowsOf('test/system/triggers.test.ts').better(
        '41. memory of the main process',
        'of the whole tree, and the reason is told',
        'memory: the limit counts the whole tree, and the reason is told',
      ),
      policy.better(
        '42. slow crash loops never end',
        'max_restarts ends within a minute end in errored',
        'counts ends within 60 s, so that a machine too slow for min_uptime is no way out',
      ),
      targets.better(
        '43. the first error ends the command; `reload a b` ignores b',
        'all are done, exit 1 if one failed',
        'several targets, the first is unknown',
      ),
      control.better(
        '44. after a restart, scale gives new instances the log file of the first',
        'each has its own',
        'log files of instances that scale adds after a restart',
      ),
      control.better(
        '45. names that end in `-<digits>` share files',
        'the id is appended',
        'apps whose names end in numbers have log files of their own',
      ),
      rowsOf('test/system/daemon.test.ts').better(
        '46. update ends all',
        'no request fails, no pid changes',
        'update replaces the daemon under running apps: no request fails, no pid changes',
      ),
      control.better('51. `process.argv[1]` is a wrapper', 'the script', 'process.argv[1] of a script'),
    ],
  },
];
