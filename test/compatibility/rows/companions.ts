/** The companion programs: pm2-runtime, pm2-dev, the HTTP API. */
import type { Section } from '../row.ts';

const AS_ONE = 'test/system/container.test.ts';
const RUNTIME = 'test/system/runtime-command.test.ts';
const DEV = 'test/system/dev.test.ts';
const BOTH = 'test/differential/companions.test.ts';

const OPTIONS =
  'PM2’s options: -i, -n, --node-args, --max-memory-restart, --interpreter, --env, --watch before the script, arguments after --';
const TOLERATED = '--no-autostart, --secret, --machine-name and --env of a script hurt nobody; the last two are told';

export const sections: readonly Section[] = [
  {
    number: '1.20.1',
    title: '`pm2-runtime`, `pm2-docker`',
    rows: [
      {
        row: '`pm2-runtime <script|config>`, also `start <x>`',
        verdict: 'same',
        test: `${RUNTIME} · the other apps keep it alive; when a command has stopped the last, the code is 2`,
      },
      {
        row: '`pm2-docker` is the same',
        verdict: 'same',
        test: 'test/system/docker-example.test.ts · the page shows the Dockerfile of the example, and it uses the programs of this package',
      },
      {
        row: 'the daemon runs in the foreground',
        verdict: 'better',
        how: 'behind a shell that is fit for pid 1: it collects orphans, and it and the apps outlive a SIGKILL of the daemon',
        test: `${AS_ONE} · a SIGKILL of the daemon ends neither the app nor the container, and no line is lost`,
      },
      {
        row: 'orphans in a container stay as zombies',
        verdict: 'better',
        how: 'they are collected',
        test: `${AS_ONE} · orphans are collected, SIGTERM lets the app clean up, and the exit code is 0`,
      },
      {
        row: 'home: PM2_HOME, else that of the user',
        verdict: 'better',
        how: 'UPKEEP_HOME wins; one that cannot be written is replaced by a temporary one, and told',
        test: `${RUNTIME} · PM2_HOME is the home of an image made for PM2; a home that cannot be written is replaced, and told`,
      },
      {
        row: 'what a killed container left in its home is there at the next start',
        verdict: 'better',
        how: 'the container begins anew',
        test: `${AS_ONE} · the same container started anew begins anew`,
      },
      {
        row: 'where a daemon runs already, it joins that one and ends it, with all its apps, at Ctrl-C',
        verdict: 'better',
        how: 'refused with a message; the apps are left alone',
        test: `${RUNTIME} · a home that a daemon serves is refused, and its apps are left alone`,
      },
      {
        row: 'log files are off',
        verdict: 'same',
        test: `${RUNTIME} · raw: out to stdout, err to stderr, nothing else on stdout, no files`,
      },
      {
        row: 'lines raw by default, stderr to stderr',
        verdict: 'better',
        how: 'no lines of the supervisor between them: its own go to stderr',
        test: `${BOTH} · raw: the same lines on the same streams; an app that ended well gives 2 there and 0 here`,
      },
      { row: '`--json`', verdict: 'same', test: `${BOTH} · --json: the same keys in the same order` },
      { row: '`--format`, `--formatted`', verdict: 'same', test: `${BOTH} · --format and --formatted: the same lines` },
      {
        row: 'all lines are there at the end',
        verdict: 'same',
        test: `${AS_ONE} · 100,000 lines are complete when the app ends, with its exit code`,
      },
      {
        row: 'SIGINT, SIGTERM: all apps are stopped, exit 0',
        verdict: 'better',
        how: 'a second signal does not wait for those that do not end',
        test: `${AS_ONE} · a second signal does not wait for an app that does not end`,
      },
      {
        row: 'a signal and the apps’ own handlers',
        verdict: 'same',
        test: `${BOTH} · SIGTERM and SIGINT stop the app its way, and the code is 0`,
      },
      {
        row: 'auto-exit 8 to 12 s after the last app has ended, with 2 whatever its code was',
        verdict: 'better',
        how: 'at once when all ended by themselves for good, with the exit code of the app',
        test: `${RUNTIME} · an app that ended by itself for good gives its exit code`,
      },
      {
        row: 'auto-exit when an app was given up on',
        verdict: 'better',
        how: 'with the code of its last end, and the reason on stderr',
        test: `${RUNTIME} · an app that is given up on gives the code of its last end, loudly`,
      },
      {
        row: 'auto-exit when a command has stopped the last app: 2 after 8 s',
        verdict: 'same',
        test: `${RUNTIME} · the other apps keep it alive; when a command has stopped the last, the code is 2`,
      },
      {
        row: 'auto-exit ends an app with `cron_restart` between two runs',
        verdict: 'better',
        how: 'it waits for its next run',
        test: `${RUNTIME} · an app with a schedule is not over`,
      },
      {
        row: '`--no-auto-exit`',
        verdict: 'same',
        test: `${RUNTIME} · --no-auto-exit stays; upkeep kill ends it with 0`,
      },
      {
        row: 'unknown options are tolerated',
        verdict: 'better',
        how: 'and told on stderr',
        test: `${RUNTIME} · ${OPTIONS}`,
      },
      {
        row: '`-i`, `-n`, `--name`, `--node-args`, `--max-memory-restart`, `--watch`; arguments behind `--`',
        verdict: 'same',
        test: `${RUNTIME} · ${OPTIONS}`,
      },
      {
        row: '`-c`, `--cron`',
        verdict: 'same',
        test: `${RUNTIME} · an app with a schedule is not over`,
      },
      {
        row: '`--no-autorestart`, `--stop-exit-codes`',
        verdict: 'same',
        test: `${RUNTIME} · an app that ended by itself for good gives its exit code`,
      },
      {
        row: '`--output`, `--error`',
        verdict: 'same',
        test: `${RUNTIME} · --output and --error name files, and the lines are shown all the same`,
      },
      {
        row: '`--only`, `--env`',
        verdict: 'same',
        test: `${RUNTIME} · --env lays a config’s section over its env; --only picks; a config on stdin`,
      },
      {
        row: '`--delay <s>`',
        verdict: 'same',
        test: `${AS_ONE} · a signal before the app is up ends the container too`,
      },
      { row: '`--no-autostart`', verdict: 'same', test: `${RUNTIME} · ${TOLERATED}` },
      {
        row: '`--trace`, `--v8`, `--deep-monitoring`, `--secret`, `--public`, `--machine-name`',
        verdict: 'different',
        how: 'taken as on `start`; those of PM2’s hosted service are told to be without effect',
        test: `${RUNTIME} · ${TOLERATED}`,
      },
      {
        row: '`PM2_RUNTIME_DEBUG`: a daemon in the background, and the command ends',
        verdict: 'same',
        test: `${RUNTIME} · PM2_RUNTIME_DEBUG starts a daemon in the background and ends`,
      },
      {
        row: 'no arguments: help, exit 1',
        verdict: 'same',
        test: `${BOTH} · no argument: help and 1; a script that is not there: 0 there, 1 here`,
      },
      {
        row: 'a start that fails: a message, exit 0',
        verdict: 'better',
        how: 'exit 1',
        test: `${BOTH} · no argument: help and 1; a script that is not there: 0 there, 1 here`,
      },
      {
        row: 'a config without apps: an error, exit 0',
        verdict: 'better',
        how: 'exit 1',
        test: `${RUNTIME} · without arguments: the help and 1; a missing script, a config without apps, --only of nothing: a message and 1`,
      },
    ],
  },
  {
    number: '1.20.2',
    title: '`pm2-dev`',
    rows: [
      {
        row: 'own home, PM2_HOME ignored: `~/.pm2-dev`',
        verdict: 'better',
        how: '`~/.upkeep-dev`, made only when something is started; a second session has one of its own',
        test: `${DEV} · two sessions at a time do not disturb each other; --test-mode starts and leaves`,
      },
      {
        row: 'watch on; a summary, lines with `name-id`, lines on restarts; `--post-exec`; Ctrl-C removes all',
        verdict: 'better',
        how: 'a restart names the file that changed, and Ctrl-C leaves neither apps nor daemon',
        test: `${DEV} · a change restarts the app and says why, --post-exec runs, Ctrl-C leaves nothing`,
      },
      {
        row: 'autorestart, restart_delay 1000; `start <config>`; a config’s own `watch` and `ignore_watch` are kept; `--ignore <a,b>`',
        verdict: 'same',
        test: `${DEV} · a crash is shown and the app comes back after a second; a config keeps what it says itself`,
      },
      {
        row: '`--raw`, `--timestamp`, `--node-args`, `--env`',
        verdict: 'same',
        test: `${DEV} · --raw splits the streams; --timestamp puts the time first; --node-args and --env reach the app`,
      },
      {
        row: '`--auto-exit`: 1 after two looks, 3 s apart, at nothing; `--silent-exec`',
        verdict: 'better',
        how: '`--silent-exec` hides the output of the command, not that it failed',
        test: `${DEV} · --auto-exit ends with 1 when nothing runs; --silent-exec hides what --post-exec prints, not its failure`,
      },
      {
        row: '`--test-mode`: start, then disconnect',
        verdict: 'same',
        test: `${DEV} · two sessions at a time do not disturb each other; --test-mode starts and leaves`,
      },
      {
        row: 'no arguments: help',
        verdict: 'same',
        test: `${DEV} · without arguments: the help and 1; a missing script: a message and 1`,
      },
    ],
  },
  {
    number: '1.20.3',
    title: 'The HTTP API',
    rows: [
      {
        row: '`GET /`: `system_info`, `monit`, `processes`; CORS `*`; other paths 404 `{"err":"404"}`; a line that begins with "Web interface listening"',
        verdict: 'same',
        test: `${RUNTIME} · --web serves PM2’s JSON on loopback, is no reason to stay, and 404s other paths`,
      },
      {
        row: 'listens on 0.0.0.0',
        verdict: 'better',
        how: 'on 127.0.0.1, and only for who calls it by an address or a name of this machine; `PM2_API_IPADDR` opens it',
        test: `${RUNTIME} · --web serves PM2’s JSON on loopback, is no reason to stay, and 404s other paths`,
      },
      {
        row: '`PM2_WEB_STRIP_ENV_VARS`, `PM2_API_IPADDR`, `PM2_API_PORT`',
        verdict: 'better',
        how: 'environments are told only with `PM2_WEB_STRIP_ENV_VARS=false`: everybody on the machine, and every page in a browser on it, can read the answer; stripped are also the variables that PM2 repeats beside `env`',
        test: `${RUNTIME} · PM2_WEB_STRIP_ENV_VARS, PM2_API_IPADDR and PM2_API_PORT are obeyed`,
      },
    ],
  },
];
