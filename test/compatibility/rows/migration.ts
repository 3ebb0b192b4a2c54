/** The way over from PM2, for which PM2 itself has nothing. */
import type { Section } from '../row.ts';

const IMPORT = 'test/system/import.test.ts';
const TAKEOVER = 'test/differential/takeover.test.ts';

export const sections: readonly Section[] = [
  {
    number: '9.5',
    title: 'The way over',
    rows: [
      {
        row: 'the saved list is one format, tied to internals',
        verdict: 'better',
        how: '`import pm2` reads what PM2 7 wrote, `resurrect` too',
        test: `${TAKEOVER} · registers what PM2 has saved, as PM2 itself wrote it`,
      },
      {
        row: 'the saved list and the settings of another home',
        verdict: 'better',
        how: '`import pm2` registers the apps, merges the settings, and says what it leaves and why',
        test: `${IMPORT} · registers apps, takes settings that are not set here, and says what it leaves and why`,
      },
      {
        row: 'a list that was edited by hand',
        verdict: 'better',
        how: 'read as a value; nothing of it is run',
        test: `${IMPORT} · reads a list that is JavaScript only as a value, and runs nothing of it`,
      },
      {
        row: 'moving a cluster app to another supervisor',
        verdict: 'better',
        how: '`takeover` boots it first and gives it its port when PM2 lets go of it',
        test: `${TAKEOVER} · moves a cluster app: it is booted here first, and gets its port when PM2 lets go of it`,
      },
      {
        row: 'moving any other app, and back',
        verdict: 'better',
        how: '`takeover` and `takeover --back`, with the gap of each app',
        test: `${TAKEOVER} · moves a fork app with a port, and brings it back`,
      },
      {
        row: 'an app that does not come up here',
        verdict: 'better',
        how: 'it is given back to PM2',
        test: `${TAKEOVER} · gives an app back that does not come up here, and moves the others`,
      },
      {
        row: 'modules are fetched and run with the rights of the daemon; metrics may run a package manager during `start`',
        verdict: 'better',
        how: 'only `install` fetches anything',
        test: 'test/system/modules.test.ts · that is built in is not installed',
      },
    ],
  },
];
