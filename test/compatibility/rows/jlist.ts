/** `jlist`. */
import type { Section } from '../row.ts';

const TEST = 'test/unit/pm2/jlist.test.ts';

export const sections: readonly Section[] = [
  {
    number: '5.1',
    title: '`jlist`, an entry',
    rows: [
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
