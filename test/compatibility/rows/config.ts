/** Config files: how they are found and read, every attribute, and what an edit does. */
import type { Row, Section } from '../row.ts';

const LOAD = 'test/unit/config/load.test.ts';
const NORMALISE = 'test/unit/config/normalise.test.ts';
const OPTIONS = 'test/unit/config/options.test.ts';
const PROGRAM = 'test/unit/config/program.test.ts';
const WORDS = 'test/unit/config/words.test.ts';
const PM2 = 'test/differential/config.test.ts';
const EDITED = 'test/system/edited-file.test.ts';
const ENVIRONMENT = 'test/system/environment.test.ts';

const same = (row: string, test: string): Row => ({ row, verdict: 'same', test });
const better = (row: string, how: string, test: string): Row => ({ row, verdict: 'better', how, test });
const different = (row: string, how: string, test: string): Row => ({ row, verdict: 'different', how, test });

export const sections: readonly Section[] = [
  {
    number: '2.1',
    title: 'Config files: recognition and parsing',
    rows: [
      better(
        'a file is a config if its name contains `.json`, `.yml`, `.yaml`, `.config.js`, `.config.cjs`, `.config.mjs` anywhere',
        'at its end only; `.json5`, `.toml`, `.config.ts` and `ecosystem.js` are configs, too',
        `${LOAD} · x.jsonfoo.js`,
      ),
      same(
        'names tried for a base name: `.json, .yml, .yaml, .config.js, .config.cjs, .config.mjs`',
        `${LOAD} · tries the names that PM2 tries, in its order`,
      ),
      same('JSON with comments, keys without quotes, expressions', `${PM2} · JSON with comments and expressions`),
      same('YAML', `${PM2} · YAML`),
      same('`.config.js` and `.config.cjs`', `${PM2} · .config.cjs`),
      same('a module is read anew by each command', `${LOAD} · reads a changed module anew`),
      better(
        'an ES module with a default export, or a function, has no apps',
        'the default export is taken, a function is called and awaited',
        `${PM2} · an ES module with a default export, and a function`,
      ),
      same('a config on stdin', `${PM2} · a config on stdin`),
      better(
        'relative paths are taken from the folder of the caller, not of the file',
        'from the caller first, then from the folder of the file',
        `${PM2} · paths of a file in another folder: from the caller, then beside the file`,
      ),
      same(
        'missing and malformed files start nothing and exit 1',
        `${PM2} · missing and malformed files start nothing`,
      ),
      better(
        'a syntax error shows the error of the parser',
        'with file, line and column in every language',
        `${LOAD} · describe('failures'`,
      ),
    ],
  },
  {
    number: '2.2',
    title: 'Config files: shapes of the top level',
    rows: [
      same('`{ apps: [..] }`', `${PM2} · 'apps', 'apps.json'`),
      same('`{ apps: {..} }`', `${PM2} · apps as one object`),
      same('`{ pm2: [..] }`', `${PM2} · 'pm2', 'pm2.json'`),
      same('a list', `${PM2} · a list`),
      same('one app', `${PM2} · one app`),
      same('`[]` is nothing to do, exit 0', `${PM2} · an empty list is nothing to do`),
      same(
        '`deploy.<name>.env` is part of `--env <name>`',
        'test/differential/environment.test.ts · deploy.<name>.env is part of --env <name>',
      ),
      better(
        '`static` without `apps` exits 1 though it serves',
        'its entries are ordinary apps that run the static server, alone or beside others',
        'test/system/static-list.test.ts · its entries serve, behind a password if asked, and are stopped by the file',
      ),
    ],
  },
  {
    number: '2.3',
    title: 'Config files: names',
    rows: [
      same('every snake_case key has a camelCase form', `${PM2} · snake_case and camelCase mean the same`),
      same(
        'the default name is the file name without its extension',
        `${PM2} · names: of the file, a prefix that is there already, numeric`,
      ),
      same(
        '`name_prefix` that the name holds already',
        `${PM2} · names: of the file, a prefix that is there already, numeric`,
      ),
      better('`name_prefix` in a file has no effect', 'it is put before the name', `${PM2} · name_prefix`),
      same('`append_env_to_name`', `${PM2} · append_env_to_name`),
      better('a number as a `name` is refused', 'it is taken as its digits', `${PM2} · a number as a name`),
      same(
        'a name that is no file name: log and pid files',
        `${PM2} · log and pid files of names that are no file names`,
      ),
      same('numeric names', `${PM2} · names: of the file, a prefix that is there already, numeric`),
      better(
        'apps that share a name are merged on restart, the last one wins',
        'they are told apart by script and arguments, and a new one is started',
        `${EDITED} · are told apart by their scripts, and a new one is started`,
      ),
      better(
        'a number, `all` or a pattern as a name is taken in silence',
        'taken, with a warning that commands read it as something else',
        `${NORMALISE} · warns of names that commands read as something else`,
      ),
      better(
        'unknown keys are ignored',
        'ignored, with a warning and the nearest key that is known',
        `${OPTIONS} · warns of unknown keys and leaves them out, but keeps silent about the vendor`,
      ),
    ],
  },
  {
    number: '2.4',
    title: 'Config files: validation',
    rows: [
      same('numbers as text, texts for lists, empty lists', `${PM2} · units and texts of numbers`),
      same(
        'an empty text for a list is an empty list',
        `${OPTIONS} · accepts numeric text, text for lists, and an empty list`,
      ),
      same(
        'a text is split at blanks, quotes honoured',
        `${PM2} · args and node_args as one text are split, quotes honoured`,
      ),
      same('hostile texts are split in linear time', `${WORDS} · is linear for hostile texts`),
      same('one app with a mistake refuses the whole file', `${PM2} · one app with a mistake refuses the whole file`),
      better(
        'a message for each mistake',
        'all mistakes of all apps at once, each with its path and what is expected',
        `${NORMALISE} · reports all of all apps, each with its path, and starts nothing`,
      ),
      better(
        'an app whose script is missing fails alone, after the others were started',
        'it is found before anything is started',
        `${NORMALISE} · reports all of all apps, each with its path, and starts nothing`,
      ),
      same('a script that is not there', `${PM2} · a script that is not there`),
      same('defaults of the record', `${PM2} · defaults in the record`),
      same('`instances: "max"`', `${PM2} · 'instances max'`),
      different(
        '`instances` as any other text means 0',
        'it is refused: a typo would start one process for each CPU',
        `${OPTIONS} · reports all mistakes at once`,
      ),
    ],
  },
  {
    number: '2.5',
    title: 'Config files: attributes',
    rows: [
      same(
        'names and aliases of all attributes (`exec`, `interpreter`, `interpreter_args`, `output`, `error`, `pid`, `combine_logs`, `cron`, …)',
        `${PM2} · aliases of keys`,
      ),
      same(
        'every attribute is known by its name, camelCase and aliases',
        `${OPTIONS} · finds every option by its name, its camelCase form and its aliases`,
      ),
      same('`cwd`', `${PM2} · cwd: of the app, and of a relative script`),
      better('a relative `cwd` is PWD as it stands', 'PWD is absolute', `${PM2} · PWD of an app whose cwd is relative`),
      same('`args`, `node_args`', `${PM2} · args and node_args as one text are split, quotes honoured`),
      same('`exec_interpreter`', `${PM2} · scripts by extension, by content and by interpreter`),
      same('`instances`, `exec_mode`, `execute_command`', `${NORMALISE} · describe('mode, number and merging of logs'`),
      same(
        '`instance_var`',
        'test/differential/environment.test.ts · instance_var takes the place of NODE_APP_INSTANCE',
      ),
      same('`increment_var`', 'test/differential/environment.test.ts · increment_var counts up from its value in env'),
      same('`port`', 'test/differential/environment.test.ts · port sets PORT'),
      same('`uid`, `gid`', `${PM2} · uid and gid by name`),
      ...[
        'namespace',
        'autorestart',
        'max_restarts',
        'restart_delay',
        'exp_backoff_restart_delay',
        'kill_timeout',
        'listen_timeout',
        'treekill',
        'shutdown_with_message',
        'watch_delay',
        'ignore_watch',
        'time',
        'log_type',
        'disable_logs',
        'source_map_support',
        'vizion',
        'pmx',
        'automation',
        'filter_env',
      ].map((name) => same(`\`${name}\` in the record`, `${PM2} · every other option stands in the record`)),
      same('`wait_ready`', 'test/system/runtime.test.ts · wait_ready: up when the app says so'),
      same('their flags', `${PM2} · the same options by flags`),
      different(
        '`kill_retry_time`',
        'accepted; there is nothing to pace, as the end of a process is seen at once',
        `${OPTIONS} · lists every option without effect`,
      ),
      different(
        '`windowsHide`, `username`, `vizion`, `trace`, `install_url`, `post_update`, `write`',
        'accepted and kept in the record, without effect; `upkeep start --help` and the reference say so',
        `${OPTIONS} · lists every option without effect`,
      ),
      same('`env`', 'test/differential/environment.test.ts · env of a config wins over the caller'),
      same('`env_<name>`', 'test/differential/environment.test.ts · --env lays env_<name> over env'),
      same('`autostart: false` only registers', `${PM2} · autostart: false only registers`),
      better(
        'an app with `autostart: false` cannot be started afterwards',
        'a start or restart by name starts it',
        `${PM2} · an app with autostart: false is started on demand`,
      ),
      same('`max_restarts`, `min_uptime`, `max_memory_restart`: units', `${PM2} · units and texts of numbers`),
      same('`merge_logs`', `${PM2} · 'merge_logs'`),
      same(
        '`out_file`, `error_file`, `log_file`, `pid_file`',
        `${NORMALISE} · places logs by the app folder, with ~ and with files that are none`,
      ),
      same('`cron_restart` as 0 or "0" is off', `${OPTIONS} · '--cron-restart'`),
      better(
        '`stop_exit_codes` takes one code on the command line',
        'several, and the flag may be repeated',
        `${OPTIONS} · '--stop-exit-codes'`,
      ),
      better(
        '`--watch-delay 400ms` is refused',
        'it is 400 ms; a bare number counts seconds',
        `${OPTIONS} · '--watch-delay'`,
      ),
      better(
        'options of the command line beside a file are ignored',
        'they win over those of the file',
        `${PM2} · options of the command line beside a file`,
      ),
    ],
  },
  {
    number: '2.6',
    title: 'Mode and log files',
    rows: [
      same('plain start: fork, one process, no suffix', `${PM2} · defaults in the record`),
      same('`instances` of a Node app: cluster, a suffix', `${PM2} · 'instances', {`),
      same('`instances: -1`', `${PM2} · 'instances -1'`),
      same('`instances: "max"`: no suffix', `${PM2} · 'instances max'`),
      same('`exec_mode: "fork"` with instances', `${PM2} · 'exec_mode fork'`),
      same('`exec_mode: "cluster"` without instances', `${PM2} · 'exec_mode cluster'`),
      same('`merge_logs: false`', `${PM2} · 'merge_logs false'`),
      better(
        '`exec_mode: "cluster"` of a program that is not Node crashes in a loop',
        'it runs in fork mode, with a warning',
        `${NORMALISE} · gives cluster only to Node, and says so`,
      ),
    ],
  },
  {
    number: '2.7',
    title: 'Scripts and interpreters',
    rows: [
      same(
        'a script is looked for below cwd, then in the PATH',
        `${PM2} · scripts by extension, by content and by interpreter`,
      ),
      same('interpreters by extension and by content', `${PROGRAM} · describe('interpreters'`),
      same('an interpreter that is not there', `${PM2} · an interpreter that is not there`),
      same('`.ts`: a Node that strips types, else bun', `${PROGRAM} · runs TypeScript by a Node that can, else by bun`),
      same(
        'Python writes at once (`PYTHONUNBUFFERED`), python3 stands in for python',
        `${PROGRAM} · lets Python write at once`,
      ),
      same('`node@20.1.0` is taken from nvm', `${PROGRAM} · takes the word of the user`),
      different(
        '`node@20.1.0` that is not there is installed',
        'it is a mistake that names the command: nothing is downloaded unasked',
        `${ENVIRONMENT} · a version that is not there, or no nvm at all, is a mistake that says what to do`,
      ),
      better(
        'a text file with a `#!` line of another program and no extension is run by Node',
        'its own line is honoured if it is executable',
        `${PROGRAM} · plain-shell`,
      ),
      same(
        '`version` is that of the nearest package.json',
        `${PROGRAM} · shows the version of the package that the script belongs to`,
      ),
    ],
  },
  {
    number: '2.8',
    title: 'User and group',
    rows: [
      same('names or numbers, stored as numbers; HOME is the user’s', `${PM2} · uid and gid by name`),
      same(
        'the group is the user’s by default',
        `${NORMALISE} · finds names, takes the group of the user, and sets HOME`,
      ),
      same('only root may ask for it', `${NORMALISE} · refuses the unknown, and everybody but root`),
    ],
  },
  {
    number: '8.3',
    title: 'Config files: commands on a file',
    rows: [
      same(
        'restart, reload, start again, stop, startOrRestart: counts and states',
        `${PM2} · restart, reload, start again and stop by the file`,
      ),
      same(
        'restart of a file of which nothing is registered starts it',
        `${PM2} · restart of a file of which nothing is registered starts it`,
      ),
      same('`--only` with one name, with several', `${PM2} · --only with one name and with several`),
      same(
        'instances 0, 1 with `increment_var`: PORT 3000, 3001',
        'test/differential/environment.test.ts · increment_var counts up from its value in env',
      ),
      same(
        'several files at once',
        `${ENVIRONMENT} · are started together, and a mistake in one starts nothing of the others`,
      ),
      same('stop and delete by a file', 'test/system/words.test.ts · stop and delete apps whose script has gone'),
    ],
  },
  {
    number: '9.2',
    title: 'Config files: sharp edges',
    rows: [
      {
        row: '27. `ecosystem` and `init` overwrite a file',
        verdict: 'better',
        how: 'not without --force',
        test: 'test/system/small-commands.test.ts · ecosystem and init write a config that starts; simple too; not over one that is there',
      },
      better(
        'a changed number of `instances` in the file has no effect',
        'restart, reload and start of the file start or end what is too few or too many, and say so',
        `${PM2} · an edited number of instances`,
      ),
      better(
        'a changed `exec_mode` in the file has no effect',
        'restart, reload and start of the file change it, keep the port, and say so',
        `${EDITED} · keeps the port`,
      ),
      better(
        '`--only a,b` is one name for stop and delete',
        'a list everywhere',
        `${PM2} · --only with several names for stop and delete`,
      ),
      better(
        '`--only` with a name that is not in the file does nothing, exit 0',
        'exit 1, with the names that there are',
        `${PM2} · --only with a name that is not in the file`,
      ),
      better(
        '`start --watch app.js` takes the script for the path to watch',
        'a file that is there is the script',
        'test/unit/cli/arguments.test.ts · gives the script back',
      ),
      better(
        'start says done before it is known whether the app survives',
        'it waits, says how the app is up, and fails with its last lines',
        'test/system/cli-truth.test.ts · fails with the last lines of a program that does not come up',
      ),
      better(
        'one that fails late leaves a half-started set and exit 1',
        'exit 1, with a line for each app and the last lines of those that failed',
        'test/system/cli-truth.test.ts · are all processed, and the exit code tells that one failed',
      ),
      same(
        'a JSON config is an expression of JavaScript: comments, `process.env`, sums',
        `${PM2} · JSON with comments and expressions`,
      ),
      same('names are not unique: a second app of a name is added', `${PM2} · two apps of one name are two`),
      same('`--env` with a name is a mistake', `${PM2} · --env with a name is a mistake`),
      better(
        '`start tool --name second` of a program without an extension renames the first',
        'it is a second process',
        'test/system/words.test.ts · of a program with a new name is a second process, though an app is named like the program',
      ),
    ],
  },
];
