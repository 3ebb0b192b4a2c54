/** Full screen, git helpers, completion and the small commands. */
import type { Section } from '../row.ts';

export const sections: readonly Section[] = [
  {
    number: '1.16',
    title: 'Full screen',
    rows: [
      {
        row: '`monit`, `dashboard`, `dash`',
        verdict: 'different',
        how: 'the list, and below it log, graphs or details of the chosen process; custom metrics and metadata are in its details. 1 s, not 0.8 s; keys, no mouse',
        test: 'test/system/monit.test.ts · shows the processes and the log of the chosen one, and gives the terminal back',
      },
      {
        row: '`imonit`',
        verdict: 'different',
        how: 'the same as `monit`',
        test: 'test/system/monit.test.ts · into a pipe it prints the list once and ends',
      },
      {
        row: 'q, Esc, Ctrl-C',
        verdict: 'same',
        test: 'test/system/monit.test.ts · Ctrl-C gives the terminal back too',
      },
      {
        row: 'into a pipe',
        verdict: 'better',
        how: 'prints the list once and ends',
        test: 'test/system/monit.test.ts · into a pipe it prints the list once and ends',
      },
    ],
  },
  {
    number: '1.17',
    title: 'Git helpers',
    rows: [
      {
        row: '`pull <name>`',
        verdict: 'same',
        test: 'test/system/git.test.ts · pull takes what is new, runs post_update, and reloads; backward and forward step',
      },
      {
        row: '`pull <name> <commit>`',
        verdict: 'same',
        test: 'test/system/git.test.ts · pull takes what is new, runs post_update, and reloads; backward and forward step',
      },
      {
        row: '`backward`, `forward`',
        verdict: 'same',
        test: 'test/system/git.test.ts · pull takes what is new, runs post_update, and reloads; backward and forward step',
      },
      {
        row: '`post_update` of ecosystem.json, process.json, package.json',
        verdict: 'same',
        test: 'test/system/git.test.ts · pull takes what is new, runs post_update, and reloads; backward and forward step',
      },
      {
        row: 'a `post_update` that fails',
        verdict: 'better',
        how: 'the app is not reloaded, exit code 1',
        test: 'test/system/git.test.ts · nothing that was changed by hand is thrown away, and a post_update that fails keeps the old process',
      },
      {
        row: 'changes that are not committed',
        verdict: 'better',
        how: 'refused, nothing is thrown away',
        test: 'test/system/git.test.ts · nothing that was changed by hand is thrown away, and a post_update that fails keeps the old process',
      },
      {
        row: 'nothing to update: a message, exit code 0',
        verdict: 'same',
        test: 'test/system/git.test.ts · without a repository they say so and end with 0; an unknown process is a failure',
      },
      {
        row: 'an unknown process: exit code 1',
        verdict: 'same',
        test: 'test/system/git.test.ts · without a repository they say so and end with 0; an unknown process is a failure',
      },
      {
        row: 'only where `PM2_ENABLE_GIT_PARSING` was set',
        verdict: 'better',
        how: 'works in every repository, with or without an upstream',
        test: 'test/system/git.test.ts · a repository without an upstream steps back and forward too',
      },
      {
        row: '`versioning` of the record, with `PM2_ENABLE_GIT_PARSING`, not with `--no-vizion`',
        verdict: 'same',
        test: 'test/system/git.test.ts · versioning is in the record where it is asked for, without the password of the remote',
      },
    ],
  },
  {
    number: '1.19',
    title: 'Completion',
    rows: [
      {
        row: '`completion` prints a snippet between marks',
        verdict: 'same',
        test: 'test/system/completion.test.ts · install writes it once and uninstall takes it out, leaving the rest as it was',
      },
      {
        row: 'bash: commands, options, names of apps',
        verdict: 'same',
        test: 'test/system/completion.test.ts · bash: commands, options, names of apps, and words with a colon',
      },
      { row: 'zsh', verdict: 'same', test: 'test/system/completion.test.ts · zsh: commands and names of apps' },
      {
        row: 'fish',
        verdict: 'better',
        how: 'PM2 has none',
        test: 'test/system/completion.test.ts · fish: commands and names of apps',
      },
      {
        row: '`install`, `uninstall`',
        verdict: 'same',
        test: 'test/system/completion.test.ts · install writes it once and uninstall takes it out, leaving the rest as it was',
      },
      {
        row: 'a press of the key starts a daemon',
        verdict: 'better',
        how: 'it starts none',
        test: 'test/system/completion.test.ts · a press of the key starts no daemon',
      },
      {
        row: 'names of namespaces, and after more commands',
        verdict: 'better',
        how: 'namespaces too, and words with a colon are completed',
        test: 'test/system/completion.test.ts · bash: commands, options, names of apps, and words with a colon',
      },
    ],
  },
  {
    number: '1.23',
    title: 'Small commands',
    rows: [
      {
        row: '`slist`, `sysinfos`: the keys',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · slist has the keys of PM2',
      },
      {
        row: '`slist --tree`',
        verdict: 'same',
        test: 'test/system/small-commands.test.ts · slist shows the machine, as an object and as a tree',
      },
      {
        row: '`report`',
        verdict: 'same',
        test: 'test/system/small-commands.test.ts · report: daemon, program, system, list and the end of the log between fences',
      },
      {
        row: '`profile:cpu`, `profile:mem`',
        verdict: 'same',
        test: 'test/system/small-commands.test.ts · profile:cpu and profile:mem write a profile of the daemon into the folder',
      },
      {
        row: '`create`',
        verdict: 'better',
        how: '`create <sample>` needs no terminal',
        test: 'test/system/small-commands.test.ts · create writes a sample and starts it; without a terminal it says what to pass; it overwrites nothing',
      },
      {
        row: '`ecosystem`, `init`, `init simple`',
        verdict: 'same',
        test: 'test/system/small-commands.test.ts · ecosystem and init write a config that starts; simple too; not over one that is there',
      },
      {
        row: '`ecosystem` where there is a file',
        verdict: 'better',
        how: 'not overwritten without `--force`',
        test: 'test/differential/persistence.test.ts · ecosystem where there is a file already',
      },
      {
        row: '`examples`, `report`, `autoinstall`, `completion`: exit codes',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · words of this topic and their exit codes',
      },
      {
        row: '`monitor`, `unmonitor`',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · monitor and unmonitor mark entries by id, name and all',
      },
      {
        row: '`link`, `unlink`, `plus`, `register`, `login`, `logout`, `open`',
        verdict: 'different',
        how: 'there is no service behind Upkeep: accepted, said to be without effect, exit code 0',
        test: "test/system/small-commands.test.ts · words of the vendor's service are accepted, without effect, and say what there is instead",
      },
      {
        row: '`install-otel`, `uninstall-otel`',
        verdict: 'different',
        how: 'packages are never installed beside Upkeep; it says how to trace an app',
        test: "test/system/small-commands.test.ts · words of the vendor's service are accepted, without effect, and say what there is instead",
      },
      {
        row: '`deepUpdate` installs the newest version',
        verdict: 'different',
        how: 'says the two commands: replacing the installation is the package manager’s work',
        test: "test/system/small-commands.test.ts · words of the vendor's service are accepted, without effect, and say what there is instead",
      },
      {
        row: '`--trace`, `--v8`, `--event-loop-inspector`, `--deep-monitoring`, `--no-pmx`, `--no-vizion`',
        verdict: 'different',
        how: 'accepted; those of the vendor’s monitoring are without effect',
        test: 'test/system/small-commands.test.ts · options of PM2 that ask for its vendor’s monitoring are accepted',
      },
      {
        row: '`start --container`, `--dist`, `--image-name`, `--fresh`, `--node-version`, `--dockerdaemon`',
        verdict: 'same',
        test: 'test/system/small-commands.test.ts · start --container writes a Dockerfile and switches its tail, keeping what is above it',
      },
      {
        row: 'the Dockerfile of `--container` (8.8.7)',
        verdict: 'same',
        test: 'test/system/small-commands.test.ts · start --container writes a Dockerfile and switches its tail, keeping what is above it',
      },
    ],
  },
];
