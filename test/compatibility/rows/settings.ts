/** `set`, `get` and their kin, and what apps see of them. */
import type { Section } from '../row.ts';

const UNIT = 'test/unit/pm2/settings.test.ts';
const BOTH = 'test/differential/settings.test.ts';
const SYSTEM = 'test/system/settings.test.ts';

export const sections: readonly Section[] = [
  {
    number: '1.15',
    title: 'Settings',
    rows: [
      {
        row: '`set key value`: stored in `module_conf.json` of the home, as text, indented by 4',
        verdict: 'same',
        test: `${BOTH} · keys nest by dot and colon, and stay whole in quotes`,
      },
      {
        row: 'keys: `.` wins over `:`, a part in double quotes stays whole',
        verdict: 'same',
        test: `${UNIT} · %s is split as in PM2`,
      },
      {
        row: '`__proto__`, `constructor`, `prototype` as a part of a key',
        verdict: 'better',
        how: 'refused with exit code 1; PM2 7.0.4 stores it under the whole text and says 0',
        test: `${BOTH} · a key that reaches into JavaScript itself`,
      },
      {
        row: '`set app:key`: the app is restarted and has the value in its environment and its record',
        verdict: 'same',
        test: `${BOTH} · set restarts the app of that name, with the value in its record`,
      },
      {
        row: '`set app:key` for an app that is stopped',
        verdict: 'better',
        how: 'it stays stopped and has the value when it is started; PM2 starts it',
        test: `${BOTH} · set for an app that is stopped`,
      },
      {
        row: '`set` without a key opens `$VISUAL`, `$EDITOR` or vim',
        verdict: 'same',
        test: `${SYSTEM} · are edited in the editor of the user`,
      },
      { row: '`multiset "k v k2 v2"`', verdict: 'same', test: `${BOTH} · several values at once` },
      {
        row: 'values in double quotes keep the quotes',
        verdict: 'same',
        test: `${UNIT} · are split at spaces; double quotes hold a value together and stay, as in PM2`,
      },
      {
        row: '`get`, `get app`, `get app:key`; exit code 1 without a word for what is not there',
        verdict: 'same',
        test: `${BOTH} · get of a section, of a value, and of what is not there`,
      },
      {
        row: 'sections shown as commands that can be run again',
        verdict: 'better',
        how: 'nested values and values with spaces too, where PM2 shows `[object Object]` or no quotes',
        test: `${BOTH} · several keys of a section shown as commands that can be run again`,
      },
      {
        row: '`unset key`, `unset all`, exit code 0 for a key that was not set',
        verdict: 'same',
        test: `${BOTH} · unset takes one away, unset all everything`,
      },
      {
        row: 'what was unset',
        verdict: 'better',
        how: 'is gone from the environment at the next restart',
        test: `${SYSTEM} · say where a variable comes from, and go when they are unset`,
      },
      {
        row: 'an app gets its section as variables, over those of its config, and as JSON under its own name',
        verdict: 'same',
        test: `${BOTH} · an app gets its section as variables, over those of its config, and as JSON`,
      },
      {
        row: 'a file that cannot be read',
        verdict: 'better',
        how: 'it is told of and kept; apps start',
        test: `${SYSTEM} · that cannot be read are told of, kept, and keep no app from starting`,
      },
      {
        row: 'settings of `pm2-logrotate`',
        verdict: 'better',
        how: 'they set the rotation that is built in, at once and without a restart; `dateFormat`, `TZ`, `workerInterval` and `rotateModule` are said to have no effect',
        test: `${SYSTEM} · of pm2-logrotate set the rotation of apps that run`,
      },
    ],
  },
];
