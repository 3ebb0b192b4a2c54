/** What words mean. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const both = rowsOf('test/differential/cli-targets.test.ts');

export const sections: readonly Section[] = [
  {
    number: '1.3',
    title: 'Targets',
    rows: [
      both.same(
        '`-`: a config on stdin, for start, restart, stop and delete',
        'config texts on stdin for start, restart, stop and delete',
      ),
      both.same(
        'a config file: every app in it, as far as `--only` goes',
        'config files for stop and delete skip what is not there',
      ),
      both.same('`all`', "does('restart', 'all')"),
      both.same('`/regex/`', "does('stop', '/eb-2$/')"),
      both.same('a name', "does('restart', 'web-1')"),
      both.same(
        'the path of a script, against the caller’s folder',
        'stop by a script path from another folder finds nothing',
      ),
      both.same('a namespace', "does('delete', 'front')"),
      both.same('a number: a name, then a namespace, then an id', 'a number means a name before it means an id'),
      both.same('script names that begin with digits', 'script names that begin with digits'),
      both.same('several targets', "does('stop', 'web-1', 'job')"),
      both.better(
        'the first target that fails ends the command',
        'the others are done as well; exit 1',
        'several targets, the first is unknown',
      ),
      both.better('`reload` takes one target and ignores the others', 'it takes all', 'several targets of reload'),
      both.same('nothing matches: an error, exit 1', "does('stop', 'nobody')"),
      both.same('`describe`, `pid`, `id` take an exact name or an id', 'describe, pid and id by name and id'),
      both.better('`describe` of a namespace fails', 'it describes what is in it', 'describe of a namespace'),
      rowsOf('test/unit/core/targets.test.ts').better(
        'any `/regex/` is tried on every name',
        'patterns whose time can explode are refused',
        'refuses %s',
      ),
    ],
  },
];
