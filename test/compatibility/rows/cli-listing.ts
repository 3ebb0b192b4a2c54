/** The table, the blocks, `describe`. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const both = rowsOf('test/differential/cli-listing.test.ts');
const unit = rowsOf('test/unit/cli/list.test.ts');

export const sections: readonly Section[] = [
  {
    number: '1.9',
    title: 'Lists',
    rows: [
      both.same(
        'the columns of the full table, their order and widths',
        'the table: columns, their widths, and the cells that do not change',
      ),
      both.same('the table of an empty list', 'the head and the borders of the table of an empty list'),
      both.same('`list`, `ls`, `l`, `ps`, `status`', 'prints the table'),
      unit.same(
        'a narrower layout where the terminal is too narrow',
        'fits a terminal of %i columns with %i columns of its own',
      ),
      unit.same(
        'uptime in units that are used from two of them on, `0` unless online',
        'shows no uptime and no pid of what does not run',
      ),
      unit.same('sizes as `32.5mb`, cpu as `1.2%`', 'shows all columns in a pipe'),
      both.same('`-m`: a block of `label : value` lines for each process, by id', 'the blocks of -m'),
      both.same(
        '`describe`: the rows, their order and values',
        'describe: the rows of PM2, in its order, with its values',
      ),
      both.same(
        '`describe`: max memory restart, cron restart, entire log path where they are set',
        'describe: rows that stand there only when they are set',
      ),
      both.same('`describe` of what is stopped', 'describe of what is stopped'),
      both.better(
        '`describe` crashes when node_args was taken away',
        'it does not; and it says why a process is in its state, its restart and stop rules, and its last exit',
        'describe of what is stopped',
      ),
      both.same(
        '`prettylist`: the list as Node inspects it, so that scripts can count lines of it',
        'prettylist: how often',
      ),
      both.same(
        '`prettylist` and `jlist` end without a line end',
        'prettylist is readable by Node, and begins as PM2 writes it',
      ),
      rowsOf('test/differential/cli-invocation.test.ts').same(
        '`id`: `[ 0, 1 ]` or `[]`; `pid`: one a line, or an empty line',
        'ping, id, pid and jlist print exactly',
      ),
    ],
  },
];
