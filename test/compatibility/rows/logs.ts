/** `logs`, the care of log files, and how they are written. */
import type { Section } from '../row.ts';

export const sections: readonly Section[] = [
  {
    number: '1.10',
    title: '`logs`',
    rows: [
      {
        row: 'target: name, id, `/pattern/`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs --nostream of ${what}',
      },
      {
        row: 'target: a namespace',
        verdict: 'better',
        how: 'also with `--nostream`, where PM2 shows nothing',
        test: 'test/differential/logs.test.ts · logs --nostream of a namespace',
      },
      {
        row: 'a namespace, streamed',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs of a namespace, streamed',
      },
      {
        row: "`PM2`: the daemon's own log",
        verdict: 'same',
        test: "test/system/logs-cli.test.ts · PM2 and daemon are the daemon's own log, shown and followed",
      },
      {
        row: "the daemon's log comes with `all`, not with `--raw`, `--err`, `--out`, `--json`",
        verdict: 'same',
        test: "test/system/logs-cli.test.ts · PM2 and daemon are the daemon's own log, shown and followed",
      },
      {
        row: 'several targets',
        verdict: 'better',
        how: 'PM2 takes one; and what is followed goes on under the next daemon',
        test: 'test/system/cli-truth.test.ts · follow without a gap over the death of the daemon',
      },
      {
        row: 'who follows a name follows what is started under it later',
        verdict: 'same',
        test: 'test/system/logs-cli.test.ts · who follows a name goes on when it is deleted and started again, and when there are more of it',
      },
      {
        row: 'a target that is not there',
        verdict: 'better',
        how: 'exit code 1 and a message; PM2 streams nothing for ever',
        test: 'test/differential/logs.test.ts · logs --nostream of what is not there',
      },
      {
        row: '`--lines`, also negative; 15 without it',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs --nostream --lines with a negative number',
      },
      {
        row: '`--lines` reads at most 200 bytes a line',
        verdict: 'better',
        how: 'reads backwards line by line, into rotated files too',
        test: 'test/differential/logs.test.ts · logs --lines of long lines',
      },
      { row: '`--nostream`', verdict: 'same', test: 'test/differential/logs.test.ts · logs --nostream --out' },
      {
        row: '`--raw`, streamed: no prefix, stderr to stderr',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs --raw, streamed: lines of stderr go to stderr',
      },
      {
        row: '`--raw --nostream`',
        verdict: 'better',
        how: 'no titles between the lines, which PM2 prints',
        test: 'test/differential/logs.test.ts · logs --nostream --raw is nothing but the lines',
      },
      {
        row: '`--err`, `--out`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs --err and --out, streamed',
      },
      {
        row: '`--timestamp [format]`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs --timestamp with a format of its own',
      },
      {
        row: '`--timestamp` without a format',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs --timestamp, streamed: the time before each line',
      },
      {
        row: 'the time shown is that of the display',
        verdict: 'better',
        how: 'it is the time of the line, where that is known',
        test: 'test/system/logs-cli.test.ts · the time in logs --timestamp is that of the line, not of the moment it is shown',
      },
      {
        row: '`--highlight`',
        verdict: 'same',
        test: 'test/system/logs-cli.test.ts · highlight marks the first place in each line, where there are colours',
      },
      {
        row: '`--json`: objects of lines',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs --json, streamed: an object for each line',
      },
      {
        row: '`--json`: `process_event`',
        verdict: 'different',
        how: 'one `exit` for each end, not two; no `restart`, as `online` follows; what PM2 has no word for is told too (`ready`)',
        test: 'test/differential/logs.test.ts · logs --json: what happens to the process',
      },
      {
        row: '`--json` and `--format` are for streams only',
        verdict: 'better',
        how: 'with `--nostream` they hold for the last lines too',
        test: 'test/system/words.test.ts · shows the last lines as JSON and as key=value too',
      },
      {
        row: '`--format`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs --format, streamed: keys and values',
      },
      {
        row: '`--format` of the daemon: `app=pm2` without id and type',
        verdict: 'same',
        test: "test/system/logs-cli.test.ts · PM2 and daemon are the daemon's own log, shown and followed",
      },
      {
        row: 'last lines: path of each file, then its lines behind `id|name`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs --nostream of ${what}',
      },
      {
        row: 'names are cut to fit ten columns',
        verdict: 'better',
        how: 'they are whole',
        test: 'test/differential/logs.test.ts · a long name in the last lines of logs',
      },
      {
        row: 'stream: `id|name` padded to the widest seen',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs, streamed: each line behind id and name',
      },
      {
        row: 'stream: empty lines are left out',
        verdict: 'same',
        test: 'test/system/logs-cli.test.ts · empty lines are left out of a stream, and stand in a raw one',
      },
      { row: '`log` is `logs`', verdict: 'same', test: 'test/differential/logs.test.ts · log is logs' },
      {
        row: 'the line above all that names the option `--lines`',
        verdict: 'different',
        how: 'left out: it says nothing that the titles do not',
        test: 'test/differential/logs.test.ts · logs --nostream of ${what}',
      },
    ],
  },
  {
    number: '1.11',
    title: 'Care of log files',
    rows: [
      {
        row: '`flush`: all files',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · flush without a name empties all files',
      },
      {
        row: '`flush` names the files',
        verdict: 'same',
        test: 'test/system/logs-cli.test.ts · flush says which files it emptied, also when a file has gone',
      },
      {
        row: '`flush <name|id>`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · flush of a name empties its files and no others',
      },
      {
        row: '`flush` of an unknown name ends with 0',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · flush of what is not there ends with 0',
      },
      {
        row: '`reloadLogs`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · reloadLogs opens files anew that were moved away',
      },
      {
        row: 'SIGUSR2 to the daemon',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · SIGUSR2 to the daemon opens files anew',
      },
      {
        row: 'cluster workers reopen files themselves, by a message',
        verdict: 'different',
        how: 'the daemon writes the files of both modes: apps need not take part',
        test: 'test/differential/logs.test.ts · reloadLogs opens files anew that were moved away',
      },
      {
        row: '`logrotate -u user`',
        verdict: 'better',
        how: 'goes to another folder by `--directory`, without root; and rotation is built in',
        test: 'test/system/small-commands.test.ts · logrotate: a config that the real logrotate takes, and that rotates without the app noticing',
      },
    ],
  },
  {
    number: '4.11',
    title: 'How log files are written',
    rows: [
      {
        row: 'a combined file gets both streams',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · a combined file beside the others',
      },
      {
        row: 'chunks are passed on as they come',
        verdict: 'better',
        how: 'in files that several processes share, lines are never mixed',
        test: 'test/unit/logs/formats.test.ts · lines of several programs never meet',
      },
      {
        row: 'date before each line',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · a date before each line',
      },
      {
        row: 'date in cluster mode: once for each write',
        verdict: 'better',
        how: 'before each line in both modes',
        test: 'test/unit/logs/formats.test.ts · stand once before each line, however it is written',
      },
      {
        row: '`log_type: json`, the keys and their order',
        verdict: 'better',
        how: 'one object a line; PM2 writes one for each chunk, which may hold several lines or half a one',
        test: 'test/differential/logs.test.ts · --log-type json',
      },
      {
        row: '`NULL`, `/dev/null`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · output to ${nowhere}: no files, but the combined one is filled',
      },
      {
        row: '`disable_logs`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · --disable-logs: nothing is written',
      },
      {
        row: 'a missing folder is made before the start',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · a folder that is missing is made',
      },
      {
        row: '`pm_log_path` only where a combined file is asked for',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · what scripts read in the saved file',
      },
      {
        row: 'files are appended to over restarts',
        verdict: 'same',
        test: 'test/system/daemon.test.ts · update replaces the daemon under running apps: no request fails, no pid changes',
      },
    ],
  },
  {
    number: '8.5',
    title: 'What PM2 tests of logs',
    rows: [
      {
        row: 'files of fork and cluster, merged or not',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · files of two processes: their id in the name',
      },
      {
        row: 'one file for all instances',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · files of two processes that share them',
      },
      {
        row: 'no file for `NULL` and `/dev/null`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · output to ${nowhere}: no files, but the combined one is filled',
      },
      {
        row: 'date formats, odd ones too, changed by a restart',
        verdict: 'same',
        test: 'test/system/logs-cli.test.ts · the format of dates follows a restart with another one',
      },
      {
        row: 'JSON log files',
        verdict: 'better',
        how: 'one object a line',
        test: 'test/differential/logs.test.ts · --log-type json',
      },
      {
        row: 'deep folders',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · a folder that is missing is made',
      },
      {
        row: '`reloadLogs` after files were deleted',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · reloadLogs opens files anew that were moved away',
      },
      {
        row: '`flush` of all, and of one',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · flush of a name empties its files and no others',
      },
      {
        row: 'callbacks of `process.stdout.write`',
        verdict: 'same',
        test: 'test/system/logs-cli.test.ts · callbacks of process.stdout.write and stderr.write fire',
      },
      {
        row: '`logs <namespace>`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · logs of a namespace, streamed',
      },
      {
        row: '`disable_logs`',
        verdict: 'same',
        test: 'test/differential/logs.test.ts · --disable-logs: nothing is written',
      },
    ],
  },
  {
    number: '9.4',
    title: 'Output and tools: the sharp edges',
    rows: [
      {
        row: '52. banners and notices before the JSON of `jlist`',
        verdict: 'better',
        how: 'only JSON is on stdout',
        test: 'test/system/cli-truth.test.ts · is alone on stdout, on a cold home too',
      },
      {
        row: '54. `flush`, `save`, `resurrect` that find nothing end with 0',
        verdict: 'same',
        test: 'test/differential/persistence.test.ts · an empty list: nothing is lost, nothing fails',
      },
      {
        row: '56. `logs` into `head` crashes',
        verdict: 'better',
        how: 'it ends quietly',
        test: 'test/system/logs-cli.test.ts · a reader that goes away ends logs quietly',
      },
      {
        row: '57. an unknown target of `logs`; a namespace with `--nostream`',
        verdict: 'better',
        how: 'the one is said, the other works',
        test: 'test/differential/logs.test.ts · logs --nostream of what is not there',
      },
      {
        row: '58. `--lines` by bytes',
        verdict: 'better',
        how: 'by lines',
        test: 'test/differential/logs.test.ts · logs --lines of long lines',
      },
      {
        row: '59. `--timestamp` shows the time of display',
        verdict: 'better',
        how: 'the time of the line',
        test: 'test/system/logs-cli.test.ts · the time in logs --timestamp is that of the line, not of the moment it is shown',
      },
      {
        row: '61. logs grow without bound',
        verdict: 'better',
        how: 'rotation by size and age, gzip and a disk budget are built in and on',
        test: 'test/unit/logs/flood.test.ts · two million lines through at least ten rotations with gzip',
      },
      {
        row: '62. JSON by chunks, dates by mode',
        verdict: 'better',
        how: 'by lines in both modes',
        test: 'test/unit/logs/formats.test.ts · one compact object a line, with the keys that readers know',
      },
      {
        row: '63. an older daemon in memory',
        verdict: 'better',
        how: 'a note with what to do; refused only where the protocol does not fit',
        test: 'test/unit/client/client.test.ts · only notes another version',
      },
    ],
  },
];
