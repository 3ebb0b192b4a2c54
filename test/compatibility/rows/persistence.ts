/** The saved list. */
import type { Section } from '../row.ts';

export const sections: readonly Section[] = [
  {
    number: '1.12',
    title: 'The saved list',
    rows: [
      {
        row: '`save` writes `dump.pm2`, the one before becomes `dump.pm2.bak`',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · save writes a file, and a second one keeps the first as a backup',
      },
      { row: '`dump` is `save`', verdict: 'same', test: 'test/differential/persistence.test.ts · dump is save' },
      {
        row: 'what scripts read in `dump.pm2`',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · what scripts read in the saved file',
      },
      {
        row: 'the environment is in it',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · the environment is in the saved file',
      },
      {
        row: 'an empty list is not written over another; a file that is absent is made',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · an empty list: nothing is lost, nothing fails',
      },
      {
        row: '`save --force`',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · an empty list is saved by --force',
      },
      {
        row: '`FORCE` in the environment',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · an empty list is saved by FORCE in the environment',
      },
      {
        row: '`resurrect`',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · resurrect brings everything back: names, modes, instances',
      },
      {
        row: 'stopped entries come back stopped',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · what was stopped comes back stopped',
      },
      {
        row: 'arguments, environment, log paths come back',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · arguments, variables and log paths come back',
      },
      {
        row: '`resurrect` adds nothing to what is there',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · resurrect adds nothing to what is there',
      },
      {
        row: 'an app of which some instances are missing',
        verdict: 'better',
        how: 'the missing ones are started; PM2 leaves the app as it is',
        test: 'test/differential/persistence.test.ts · resurrect of an app of which some instances are missing',
      },
      {
        row: 'a dump that is broken: the backup',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · a saved file that is broken: its backup is taken',
      },
      {
        row: 'a dump that is missing: the backup',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · a saved file that is missing: its backup is taken',
      },
      {
        row: 'both broken: both are deleted, nothing is started',
        verdict: 'better',
        how: 'they are set aside, not deleted, and the list that Upkeep keeps beside them is taken',
        test: 'test/differential/persistence.test.ts · file and backup broken',
      },
      {
        row: 'both removed: nothing is started',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · both files removed: nothing comes back',
      },
      {
        row: 'a dump that another program wrote or changed',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · a saved file that another program wrote is what comes back',
      },
      { row: '`cleardump`', verdict: 'same', test: 'test/differential/persistence.test.ts · cleardump' },
      {
        row: '`save`, `resurrect`, `cleardump`, `kill` take no words',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · words that these commands do not take',
      },
      {
        row: 'autodump is dead',
        verdict: 'better',
        how: 'the setting `pm2:autodump` works: saved after every change',
        test: 'test/system/persistence.test.ts · pm2:autodump saves after every change, and a kill does not empty it',
      },
      {
        row: 'a daemon that is ended by a signal saves',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · ${signal} to the daemon: the list is saved, everything ends',
      },
      {
        row: '`kill` does not save',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · kill does not save',
      },
      {
        row: '`update` saves, restarts everything, and counts restarts anew',
        verdict: 'better',
        how: 'no app is restarted, so nothing has to be saved',
        test: 'test/system/daemon.test.ts · update replaces the daemon under running apps: no request fails, no pid changes',
      },
      {
        row: 'restarts are counted anew',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · restarts are counted anew after resurrect',
      },
    ],
  },
  {
    number: '8.6',
    title: 'What PM2 tests of persistence and the daemon',
    rows: [
      {
        row: '1. save, and save again',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · save writes a file, and a second one keeps the first as a backup',
      },
      {
        row: '2. resurrect: running, broken, missing, both broken',
        verdict: 'better',
        how: 'as PM2; what is broken is kept aside',
        test: 'test/differential/persistence.test.ts · file and backup broken',
      },
      {
        row: '3. an empty list',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · an empty list is saved by --force',
      },
      {
        row: '4. kill, then resurrect',
        verdict: 'same',
        test: 'test/system/persistence.test.ts · pm2:autodump saves after every change, and a kill does not empty it',
      },
      {
        row: '5. update keeps processes',
        verdict: 'better',
        how: 'the very processes',
        test: 'test/system/daemon.test.ts · update replaces the daemon under running apps: no request fails, no pid changes',
      },
      {
        row: '12. `monitor`, `unmonitor` by id, name, all',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · monitor and unmonitor mark entries by id, name and all',
      },
      {
        row: '12. bad keys of `link`, `plus` break nothing',
        verdict: 'same',
        test: "test/system/small-commands.test.ts · words of the vendor's service are accepted, without effect, and say what there is instead",
      },
    ],
  },
  {
    number: '9.5',
    title: 'Persistence, daemon, security: the sharp edges',
    rows: [
      {
        row: '64. crashes and `kill` lose the list; autodump is dead',
        verdict: 'better',
        how: 'autodump works; the list of a daemon that crashes is never lost, as its successor takes over',
        test: 'test/system/persistence.test.ts · pm2:autodump saves after every change, and a kill does not empty it',
      },
      {
        row: '65. the dump is not written in one step',
        verdict: 'better',
        how: 'written beside, synced, renamed',
        test: 'test/system/persistence.test.ts · a save that fails leaves what was saved before as it was',
      },
      {
        row: '66. partial sets are not completed',
        verdict: 'better',
        how: 'they are',
        test: 'test/differential/persistence.test.ts · resurrect of an app of which some instances are missing',
      },
      {
        row: '68. one format tied to internals',
        verdict: 'better',
        how: 'a versioned file of our own, and PM2’s beside it, read and written',
        test: 'test/differential/persistence.test.ts · each reads the list that the other has saved',
      },
      {
        row: '69. sockets with mode 0775',
        verdict: 'better',
        how: 'a home is 0700, its sockets 0600',
        test: 'test/system/daemon.test.ts · only the owner can reach a home',
      },
      {
        row: '69. the dump holds secrets',
        verdict: 'better',
        how: '0600',
        test: 'test/system/persistence.test.ts · the saved files are for their owner alone',
      },
      {
        row: '70. the daemon inherits folder and environment of whoever starts it',
        verdict: 'better',
        how: 'a fixed folder and a few variables',
        test: 'test/unit/client/client.test.ts · gives it no secrets and no options for Node',
      },
      {
        row: '71. telemetry',
        verdict: 'better',
        how: 'none: nothing leaves the machine',
        test: "test/system/small-commands.test.ts · words of the vendor's service are accepted, without effect, and say what there is instead",
      },
      {
        row: '72. `kill` without a daemon starts one',
        verdict: 'better',
        how: 'it does nothing and succeeds',
        test: 'test/system/daemon.test.ts · kill without a daemon starts none, and succeeds',
      },
      {
        row: '67. resurrect counts restarts anew and gives new unique ids',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · restarts are counted anew after resurrect',
      },
      {
        row: '69. the group of the user may steer the daemon: sockets are 0775',
        verdict: 'better',
        how: 'the home is 0700 and its sockets are 0600',
        test: 'test/system/sharp-edges.test.ts · the home, its sockets and all that holds environments are for this user alone',
      },
      {
        row: 'an entry of a dump that makes no sense',
        verdict: 'better',
        how: 'it costs only itself',
        test: 'test/system/persistence.test.ts · an entry of dump.pm2 that cannot be started costs only itself, and is named',
      },
    ],
  },
];
