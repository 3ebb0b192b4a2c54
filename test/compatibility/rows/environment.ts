/** The environment of an app: its sources, what PM2 adds, and the variables that PM2 itself reads. */
import type { Row, Section } from '../row.ts';

const PM2 = 'test/differential/environment.test.ts';
const SYSTEM = 'test/system/environment.test.ts';
const NORMALISE = 'test/unit/config/normalise.test.ts';
const APPS = `${SYSTEM} · for apps are read from the caller`;
const DAEMON = `${SYSTEM} · that steer the daemon are warned of when it was started with others, and idle ones with the reason`;

const same = (row: string, test: string): Row => ({ row, verdict: 'same', test });
const better = (row: string, how: string, test: string): Row => ({ row, verdict: 'better', how, test });
const different = (row: string, how: string, test: string): Row => ({ row, verdict: 'different', how, test });

/** PM2 reads these in the daemon, once. */
const PER_APP = 'taken from whoever gives the command, at once, and kept with the app';

export const sections: readonly Section[] = [
  {
    number: '2.10',
    title: 'Environment: how it is made',
    rows: [
      same(
        'a script inherits the environment of its caller',
        `${PM2} · a script inherits the environment of its caller`,
      ),
      same('`env` wins over the caller', `${PM2} · env of a config wins over the caller`),
      same('`env_<name>` over `env` with `--env <name>`', `${PM2} · --env lays env_<name> over env`),
      better(
        'an `--env` that is not in the file is taken in silence',
        'with a warning and the nearest name',
        `${NORMALISE} · says that a named environment is missing`,
      ),
      same(
        'values of `env` that are no texts: objects become JSON',
        `${PM2} · numbers, booleans and objects of env become text`,
      ),
      same('restart by name keeps the stored environment', `${PM2} · restart by name keeps the stored environment`),
      same(
        'restart by name with `--update-env`: stored, then the caller',
        `${PM2} · restart by name with --update-env takes over what the caller has`,
      ),
      same(
        'restart by name with `--update-env` wins over `env` of the file, too',
        `${PM2} · restart by name with --update-env wins over env of the file, too`,
      ),
      same(
        'a change of `env` takes effect on restart of the file',
        `${PM2} · a change of env in the file takes effect on restart of the file`,
      ),
      same('another `--env` on restart of the file switches', `${PM2} · restart of a file with another --env switches`),
      same('stop and start keep the environment', `${PM2} · stop and start keep the environment`),
      same(
        'automatic restarts keep the stored environment',
        `${PM2} · an automatic restart keeps the stored environment`,
      ),
      better(
        'restart of a file without `env` takes over the environment of the caller unasked',
        'one rule for all: only with `--update-env`; what differs is named',
        `${PM2} · restart of a file without an env keeps the stored environment, as with a name`,
      ),
    ],
  },
  {
    number: '3.1',
    title: 'Environment: variables that steer',
    rows: [
      different(
        '`PM2_CONF_FILE`, `PM2_MODULE_CONF_FILE`, `PM2_DUMP_FILE_PATH`, the paths of sockets, locks and modules, `OVER_HOME`',
        'no effect, with a warning: they lie in the home, which `PM2_HOME` chooses',
        DAEMON,
      ),
      same('`PM2_SILENT`', `${SYSTEM} · PM2_SILENT keeps the command line quiet`),
      better('`PM2_KILL_TIMEOUT`', PER_APP, APPS),
      better('`PM2_KILL_SIGNAL`', PER_APP, APPS),
      better('`PM2_GRACEFUL_LISTEN_TIMEOUT`', PER_APP, APPS),
      better('`PM2_GRACEFUL_TIMEOUT`', `${PER_APP}, as \`drain_timeout\``, APPS),
      better('`PM2_PROCESS_INSTANCE_VAR`', PER_APP, APPS),
      better('`PM2_NODE_OPTIONS`', `${PER_APP}; the daemon is none of its business`, APPS),
      same('`PM2_KILL_USE_MESSAGE`', `${SYSTEM} · PM2_KILL_USE_MESSAGE asks every app by message`),
      same('`PM2_CONCURRENT_ACTIONS`', `${SYSTEM} · PM2_CONCURRENT_ACTIONS is how many a reload replaces at a time`),
      different(
        '`PM2_CONCURRENT_ACTIONS` is 2 by default',
        'a reload replaces as many at a time as `max_surge` says, 1 by default; a restart does all at once',
        'test/unit/config/normalise.test.ts · gives the defaults of the contract',
      ),
      different(
        '`PM2_KILL_RETRY_TIME`',
        'no effect: the end of a process is seen at once',
        'test/unit/config/options.test.ts · lists every option without effect',
      ),
      different(
        '`PM2_OPTIMIZE_MEMORY`',
        'no effect: the daemon always has a small heap',
        `${SYSTEM} · PM2_OPTIMIZE_MEMORY is not needed: the daemon has a small heap`,
      ),
      same(
        '`PM2_MODIFY_REQUIRE`: the script is the main module, with it and without',
        'test/system/runtime-faithful.test.ts · describeFaithfulness',
      ),
      same('`FORCE`', `${SYSTEM} · FORCE lets an empty list be saved`),
      same('`NODE_ENV=test`: `uid` without root', `${NORMALISE} · refuses the unknown, and everybody but root`),
      same('`NVM_DIR`', `${SYSTEM} · a version that is not there, or no nvm at all, is a mistake that says what to do`),
      same('`PM2_DAEMON_TITLE`', DAEMON),
      different(
        '`PM2_RELOAD_LOCK_TIMEOUT`, `PM2_PUBLIC_KEY`, `PM2_SECRET_KEY`',
        'no effect, with a warning that says why',
        'test/unit/pm2/variables.test.ts · idle ones are told with the reason',
      ),
      better('`EXP_BACKOFF_RESET_TIMER`', PER_APP, APPS),
      better(
        '`PM2_WORKER_INTERVAL` is frozen when the daemon starts',
        'a caller that has another value is told, and that `update` takes it over',
        DAEMON,
      ),
      same('`PM2_LOG_DATE_FORMAT` dates the daemon’s log', DAEMON),
      different(
        '`PM2_SOCKET_USER`, `PM2_SOCKET_GROUP`, `PROCESS_TITLE`',
        'no effect, with a warning that says why',
        'test/unit/pm2/variables.test.ts · idle ones are told with the reason',
      ),
    ],
  },
  {
    number: '3.2',
    title: 'Environment: what PM2 adds',
    rows: [
      same(
        'the scalars of the record as text, paths included',
        `${PM2} · the scalars of the record reach the app as text`,
      ),
      same('any other scalar option that was set', `${PM2} · other options reach the app as text, too`),
      same('`restart_time` is exact at the start', `${PM2} · restart_time is exact at the start`),
      same(
        '`NODE_APP_INSTANCE`, or what `instance_var` says',
        `${PM2} · instance_var takes the place of NODE_APP_INSTANCE`,
      ),
      same('`increment_var`', `${PM2} · increment_var counts up from its value in env`),
      better(
        '`PM2_USAGE`, `PM2_JSON_PROCESSING`, `PM2_PROGRAMMATIC`, `updateEnv` leak from the command line',
        'they stay behind',
        `${PM2} · what the command line leaves in the environment`,
      ),
      better(
        'cluster mode hands down `[object Object]` and the environment of the daemon',
        'the same clean texts as in fork mode, and nothing of the daemon',
        `${SYSTEM} · is what the app sees in cluster mode, too`,
      ),
    ],
  },
  {
    number: '3.3',
    title: 'Environment: callers that are apps themselves',
    rows: [
      same(
        'what describes the caller is not handed down',
        `${PM2} · a caller that is itself an app does not hand down what describes it`,
      ),
    ],
  },
  {
    number: '9.1',
    title: 'Environment: sharp edges',
    rows: [
      {
        row: '5. the environment with its secrets stands in the dump, for the group to read',
        verdict: 'better',
        how: 'it does, as scripts read it there, and only this user can',
        test: 'test/system/sharp-edges.test.ts · the home, its sockets and all that holds environments are for this user alone',
      },
      better(
        '`restart app` keeps the old environment in silence',
        'kept, and the variables that differ are named',
        'test/system/cli-truth.test.ts · names the variables that differ, but not their values',
      ),
      better(
        '`--update-env` is ignored for a file that has an `env`',
        'it is always honoured',
        `${PM2} · --update-env with a file that has an env`,
      ),
      better(
        '`--update-env` by name overrides what a file declares in silence',
        'it says so, and the file holds again when it is applied',
        `${SYSTEM} · --update-env by name wins over the file until the file is applied again, and says so`,
      ),
      better(
        'a variable that was removed from the file lives on',
        'it goes',
        `${PM2} · a variable that was removed from the file goes`,
      ),
      better('a variable of a former `--env` lives on', 'it goes', `${PM2} · a variable of a former --env goes`),
      better(
        'nobody can tell where a variable comes from',
        '`env --sources` and `describe` say it',
        `${SYSTEM} · env and describe say where each variable comes from`,
      ),
      better(
        'a variable called `name` or `status` overwrites the record: the app is renamed',
        'the app sees it, the record keeps its own',
        `${PM2} · a variable called like a field of the record`,
      ),
      different(
        '`deploy.<name>.env` wins over `env`',
        'it is the weaker of the two, with a note where both name a variable',
        `${PM2} · env and deploy.<name>.env name the same variable`,
      ),
      better(
        '`filter_env: true` has no effect',
        'only PATH, HOME, USER and LANG are inherited',
        `${PM2} · filter_env: true`,
      ),
      better(
        '`filter_env` as a text strips the variable from all later apps, too',
        'from its own app only',
        `${PM2} · filter_env as a text concerns its own app only`,
      ),
      same(
        '`filter_env` as a list drops names that contain an item',
        `${PM2} · filter_env as a list drops what contains an item, but nothing of env`,
      ),
      same('`--filter-env`', `${PM2} · --filter-env drops what contains the text`),
      better('`filter_env` knows no patterns', '`*` stands for any text', `${NORMALISE} · MY_*`),
    ],
  },
];
