/** Commands and signals for the daemon itself. */
import type { Section } from '../row.ts';

const CONTROL = 'test/system/no-daemon.test.ts';
const DAEMON = 'test/system/daemon.test.ts';
const BOTH = 'test/differential/companions.test.ts';

export const sections: readonly Section[] = [
  {
    number: '1.1.9',
    title: '`--no-daemon`',
    rows: [
      {
        row: 'the daemon runs in the foreground, the command runs, then all lines are shown',
        verdict: 'same',
        test: `${CONTROL} · runs the command, shows lines with the time, and Ctrl-C stops the apps first`,
      },
      {
        row: 'lines have the time as HH:mm:ss before them',
        verdict: 'same',
        test: `${BOTH} · lines have the time, the id and the name before them`,
      },
      {
        row: 'Ctrl-C leaves fork children running',
        verdict: 'better',
        how: 'it stops the apps first, and waits for them',
        test: `${CONTROL} · runs the command, shows lines with the time, and Ctrl-C stops the apps first`,
      },
      {
        row: 'accepted before and behind the command; behind `--` it is the script’s',
        verdict: 'same',
        test: `${CONTROL} · stands before the command too, is the script’s own behind --, and a mistake ends it with 1`,
      },
      {
        row: 'if a daemon is there it attaches, and ends when that one ends',
        verdict: 'same',
        test: `${CONTROL} · with a daemon there it only attaches, and ends when that one ends`,
      },
      {
        row: 'interrupted while it is attached, the apps stay',
        verdict: 'same',
        test: `${CONTROL} · Ctrl-C while it is attached leaves the apps alone`,
      },
    ],
  },
  {
    number: '1.18',
    title: 'Daemon control',
    rows: [
      {
        row: "`ping` prints `{ msg: 'pong' }`",
        verdict: 'same',
        test: `${CONTROL} · ping starts one and prints its reply`,
      },
      {
        row: '`kill` deletes every entry, ends the daemon, removes its pid file and sockets, prints two `[v]` lines',
        verdict: 'better',
        how: 'it waits until the daemon has ended, not three seconds at most, and says what could not be stopped',
        test: `${CONTROL} · kill stops all, says so in two lines, and removes the pid file and the sockets`,
      },
      {
        row: '`kill` without a daemon starts one and kills it, exit 0',
        verdict: 'better',
        how: 'it starts none; the two lines and the exit code are there',
        test: `${CONTROL} · kill without a daemon starts none and ends with 0`,
      },
      {
        row: '`update` dumps, kills, starts and resurrects; restart counts become 0',
        verdict: 'better',
        how: 'the processes go on, with their pids and counts',
        test: `${CONTROL} · update keeps the processes and their counts`,
      },
      {
        row: '`update` while a service is under load',
        verdict: 'better',
        how: 'no request fails',
        test: `${DAEMON} · update replaces the daemon under running apps: no request fails, no pid changes`,
      },
      {
        row: 'an uncaught error in the daemon: it is logged, and a new one runs `update`',
        verdict: 'better',
        how: 'the guard starts the next one under running apps',
        test: 'test/faults/daemon-kill.test.ts · times under load: no request fails, no pid changes, no line is lost or doubled',
      },
    ],
  },
  {
    number: '4.13.1',
    title: 'Signals to the daemon, and what it has of its starter',
    rows: [
      {
        row: 'SIGTERM, SIGINT, SIGQUIT: dump, end all apps, exit 0',
        verdict: 'better',
        how: 'the next daemon starts what was up',
        test: `${DAEMON} · SIGTERM to the daemon stops the apps and keeps the list; the next daemon starts what was up`,
      },
      {
        row: 'SIGHUP is ignored; SIGUSR2 opens the log files anew',
        verdict: 'same',
        test: `${CONTROL} · the daemon ignores SIGHUP, opens log files anew at SIGUSR2, and lives in / without the caller’s secrets`,
      },
      {
        row: 'the daemon has the working directory and the environment of whoever started it',
        verdict: 'better',
        how: 'it lives in / with a few variables',
        test: `${CONTROL} · the daemon ignores SIGHUP, opens log files anew at SIGUSR2, and lives in / without the caller’s secrets`,
      },
      {
        row: 'a daily version check, a banner, an agent that speaks to the vendor',
        verdict: 'better',
        how: 'none',
        test: 'test/unit/no-telemetry.test.ts · no source names a host to speak to',
      },
    ],
  },
];
