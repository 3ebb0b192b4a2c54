/** Modules. */
import type { Section } from '../row.ts';

const TEST = 'test/system/modules.test.ts';

export const sections: readonly Section[] = [
  {
    number: '1.15.1',
    title: 'Modules',
    rows: [
      {
        row: '`install`: npm, into `modules/` of the home; defaults of the package where nothing is set; recorded in `module-db-v2`',
        verdict: 'same',
        test: `${TEST} · gets its defaults, keeps what was set, and outlives the apps and the daemon`,
      },
      {
        row: 'a table of their own; `pmx_module` in the record',
        verdict: 'same',
        test: `${TEST} · gets its defaults, keeps what was set, and outlives the apps and the daemon`,
      },
      {
        row: 'spared by `stop all` and `delete all`, left out by `save`, stopped by name, started by every new daemon',
        verdict: 'same',
        test: `${TEST} · gets its defaults, keeps what was set, and outlives the apps and the daemon`,
      },
      {
        row: '`install .`: started from its folder and watched',
        verdict: 'same',
        test: `${TEST} · of the own folder is started and watched`,
      },
      {
        row: 'archives: several apps as `<module>:<app>`, recorded in `tar-modules`, no doubles',
        verdict: 'same',
        test: `${TEST} · comes from an archive, with several apps under its name`,
      },
      {
        row: '`package [folder]`',
        verdict: 'same',
        test: `${TEST} · comes from an archive, with several apps under its name`,
      },
      {
        row: '`pm2:registry`, `module:update`',
        verdict: 'same',
        test: `${TEST} · is installed and updated from the registry that is set`,
      },
      { row: '`--safe [ms]`', verdict: 'same', test: `${TEST} · that does not stay up is rolled back by --safe` },
      {
        row: 'an installation that fails',
        verdict: 'better',
        how: 'the version before is put back and runs, without `--safe` too',
        test: `${TEST} · whose installation fails leaves the one before`,
      },
      {
        row: '`uninstall name`, `uninstall all`, exit code 1 for what is not installed',
        verdict: 'same',
        test: `${TEST} · gets its defaults, keeps what was set, and outlives the apps and the daemon`,
      },
      {
        row: 'names of modules in all notations',
        verdict: 'same',
        test: 'test/unit/pm2/module-name.test.ts · %s is %s',
      },
      {
        row: '`install pm2-logrotate`, `typescript`, `profiler` and other additions',
        verdict: 'better',
        how: 'what they do is built in, and said so; nothing is fetched',
        test: `${TEST} · that is built in is not installed`,
      },
      {
        row: '`module:generate`',
        verdict: 'different',
        how: 'writes a small sample itself instead of cloning a repository',
        test: `${TEST} · of the own folder is started and watched`,
      },
      {
        row: '`publish`',
        verdict: 'different',
        how: '`npm publish` and nothing else: version, commits and tags are left to their owner',
        test: `${TEST} · is published by npm, which says why it cannot be`,
      },
    ],
  },
];
