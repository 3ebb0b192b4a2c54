/** What the daemon does by itself. */
import type { Section } from '../row.ts';

export const sections: readonly Section[] = [
  {
    number: '4.13',
    title: 'Duties of the daemon',
    rows: [
      {
        row: 'rounds of `PM2_WORKER_INTERVAL`',
        verdict: 'same',
        test: 'test/system/small-commands.test.ts · the line below the list says how the machine fares, unless it is turned off',
      },
      {
        row: 'memory over `max_memory_restart`',
        verdict: 'better',
        how: 'the whole tree counts',
        test: 'test/system/triggers.test.ts · memory: the limit counts the whole tree, and the reason is told',
      },
      {
        row: 'host metrics: keys, units, shapes',
        verdict: 'same',
        test: 'test/unit/core/host.test.ts · has the keys and units of PM2',
      },
      {
        row: 'host metrics: never negative, percentages from 0 to 100',
        verdict: 'same',
        test: 'test/unit/core/host.test.ts · is never negative and never above 100 per cent, whatever the counters do',
      },
      {
        row: 'host metrics: a source that fails drops only its keys',
        verdict: 'same',
        test: 'test/unit/core/host.test.ts · leaves out only what cannot be read',
      },
      {
        row: 'the line below the list; `pm2:sysmonit`',
        verdict: 'same',
        test: 'test/system/small-commands.test.ts · the line below the list says how the machine fares, unless it is turned off',
      },
      {
        row: 'cron',
        verdict: 'same',
        test: 'test/system/triggers.test.ts · cron: restarts on schedule, also with seconds',
      },
      {
        row: 'watch',
        verdict: 'same',
        test: 'test/system/triggers.test.ts · watch: a changed, a new and a removed file restart; ignored ones do not; stop turns it off',
      },
      {
        row: 'SIGTERM, SIGINT, SIGQUIT: save, end everything, exit 0',
        verdict: 'better',
        how: 'the same, and the next daemon starts what was up without a `resurrect`',
        test: 'test/system/daemon.test.ts · SIGTERM to the daemon stops the apps and keeps the list; the next daemon starts what was up',
      },
      {
        row: 'SIGTERM, SIGINT, SIGQUIT, then `resurrect`',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · ${signal} to the daemon: the list is saved, everything ends',
      },
      {
        row: 'SIGHUP is ignored',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · SIGHUP to the daemon is ignored',
      },
      {
        row: 'SIGUSR2 opens log files anew',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · SIGUSR2 to the daemon opens files anew',
      },
      {
        row: 'SIGKILL of the daemon ends the apps',
        verdict: 'better',
        how: 'they do not notice; the next daemon takes them over',
        test: 'test/faults/daemon-kill.test.ts · times under load: no request fails, no pid changes',
      },
      {
        row: 'the daily look for a new version',
        verdict: 'better',
        how: 'none: nothing leaves the machine',
        test: "test/system/small-commands.test.ts · words of the vendor's service are accepted, without effect, and say what there is instead",
      },
    ],
  },
];
