/** The programmatic API: `require('pm2')` and what programs build on it. */
import type { Row, Section } from '../row.ts';

const API = 'test/system/pm2-api.test.ts';
const BUS = 'test/system/pm2-bus.test.ts';
const COMMANDS = 'test/system/pm2-commands.test.ts';
const PACKAGE = 'test/system/pm2-package.test.ts';
const PROGRAMS = 'test/differential/programs.test.ts';
const UNIT = 'test/unit/pm2/settle.test.ts';
/** Beside a published PM2. */
const CASE = 'test/differential/api.test.ts';

const same = (row: string, test: string): Row => ({ row, verdict: 'same', test });
const better = (row: string, how: string, test: string): Row => ({ row, verdict: 'better', how, test });
const different = (row: string, how: string, test: string): Row => ({ row, verdict: 'different', how, test });

export const sections: readonly Section[] = [
  {
    number: '6.1',
    title: "The programmatic API: `require('pm2')`",
    rows: [
      same("`require('pm2')` is a ready object that sets `PM2_PROGRAMMATIC`", `${CASE} · properties of the object`),
      better(
        'requiring it makes the folders of the home',
        'a folder is made when a daemon is started, and only in the home that is used',
        `${API} · methods work however they are taken off the module; requiring it makes no folder`,
      ),
      better(
        'methods live on the prototype and need their object',
        '`const { list } = …`, `import * as pm2` and `import { list }` work',
        `${API} · import gives the object and its methods by name`,
      ),
      same(
        '`custom`: `cwd` is the base for relative scripts',
        `${API} · start works without connect; a relative script is looked up from cwd`,
      ),
      same(
        '`custom`: `independent` has a home of its own that ends with the program; not with `pm2_home`',
        `${API} · independent: a home of its own, whose apps end with it`,
      ),
      same('`pm2_home`, `daemon_mode`, `cwd`, `Client`, `_conf`', `${CASE} · properties of the object`),
      different(
        '`_conf` has all constants',
        'the paths and words that programs read',
        `${CASE} · properties of the object`,
      ),
      better(
        'Node callbacks, no promises',
        'a promise where no callback is given',
        `${API} · a callback and a promise give the same`,
      ),
      same(
        'any method connects by itself',
        `${API} · start works without connect; a relative script is looked up from cwd`,
      ),
      better(
        'nothing is printed, except after `set` with a nested key',
        'nothing is ever printed',
        `${API} · ends after disconnect; its app goes on, and nothing is printed`,
      ),
      same(
        'a failed call without a callback does not end the program',
        `${API} · a failed call without a callback does not end it; what a callback throws does`,
      ),
      better(
        'errors: mostly `Error`, sometimes a list of them, sometimes a plain object',
        'always an `Error`, with `code`, `hint` and `errors`',
        `${API} · several mistakes are one Error with all of them, and nothing is started`,
      ),
      better(
        'types for the main methods',
        'they compile the same programs, and know promises',
        "test/system/pm2-types.test.ts · programs against PM2's types, and with promises, compile",
      ),
    ],
  },
  {
    number: '6.2',
    title: 'The programmatic API: methods',
    rows: [
      same('`connect`: what it answers', `${CASE} · connect answers with sockets and home`),
      better(
        '`connect(true)`: the daemon lives in the program and dies with it',
        'also after a SIGKILL of the program its apps are ended; a daemon that was there before is left alone',
        `${API} · with connect(true) the daemon and its apps end with it, even if it is killed`,
      ),
      better(
        '`disconnect`, `close`: the program can end',
        'calls on their way are answered first',
        `${API} · disconnect while a call is on its way: the call is answered, then the program ends`,
      ),
      same('`start` of an object: an item for each process', `${CASE} · start of an object`),
      same('`start` of a script with options', `${CASE} · start of a script with options`),
      same(
        '`start` of a config file, `only`, `env` (a name), `updateEnv`',
        `${CASE} · start of a config file with env`,
      ),
      same('`start` of a cluster', `${CASE} · start of a cluster`),
      same(
        '`start` of a name that is there, and of an object that is there, restarts it',
        `${CASE} · start of an object that is there restarts it`,
      ),
      same(
        '`start` of the same script under the same name is an error; `force` adds one',
        `${CASE} · start with force adds one`,
      ),
      better(
        '`start`: items of fork mode hold a serialised child process',
        '`pid`, `process.pid` and `pm2_env`; in cluster mode `state` and `id`, too',
        `${CASE} · start of an object`,
      ),
      better(
        '`start` of several apps with mistakes: a list of errors, the good ones run',
        'one Error with all mistakes, and nothing is started',
        `${API} · several mistakes are one Error with all of them, and nothing is started`,
      ),
      same(
        '`start` answers before it is known whether the app stays up',
        `${API} · start answers as soon as the process runs, and says how it is when it does not stay`,
      ),
      same('`restart`: items, and the environment with `updateEnv`', `${CASE} · restart by id with updateEnv`),
      same('`restart` with `env` needs a config file', `${CASE} · restart with env and a name`),
      better('`reload` answers with the old workers, stopped', 'with the new ones', `${CASE} · reload of a cluster`),
      same('`reload` of a fork app', `${CASE} · reload of a fork app`),
      same('`stop`, and of what is not there', `${CASE} · stop of an id that is not there`),
      same(
        '`delete`, by a config file too; `all` of an empty list is an error',
        `${CASE} · delete all of an empty list`,
      ),
      better(
        '`kill`, `killDaemon`',
        'where no daemon lives none is started first',
        `${API} · kill where no daemon lives starts none`,
      ),
      same(
        '`destroy`: removes a home that was given, but none with `.pm2` in its path',
        `${API} · destroy ends the daemon and removes a home that was given, but none of a user`,
      ),
      same('`list`', `${CASE} · list gives entries`),
      same('`describe`; `[]` if there is none', `${CASE} · describe of what is not there`),
      better(
        '`getProcessIdByName` prints the ids, too',
        'it only answers',
        `${API} · ends after disconnect; its app goes on, and nothing is printed`,
      ),
      same('`getPID`', `${CASE} · getPID of a name`),
      same('`scale`: a number or a difference; unknown app, same number', `${CASE} · scale to the same number`),
      same('`reset`; an unknown name is an error', `${CASE} · reset of what is not there`),
      same('`dump`, with force', `${CASE} · dump of an empty list with force`),
      better(
        '`resurrect` without a dump never calls back',
        'it always answers, with the list',
        `${API} · dump, resurrect and clearDump always answer`,
      ),
      same('`clearDump`, `autodump`', `${API} · dump, resurrect and clearDump always answer`),
      same('`flush` gives the list', `${CASE} · flush gives the list`),
      same('`reloadLogs`', `${CASE} · reloadLogs`),
      same(
        '`sendDataToProcessId`, both forms; a missing field, an unknown id',
        `${CASE} · sendDataToProcessId, and the answer on the bus`,
      ),
      same('`msgProcess`', `${API} · an action is called, and its answers come back`),
      better(
        '`trigger` may never call back',
        'it has a limit, and always answers',
        `${API} · an action is called, and its answers come back`,
      ),
      same('`sendSignalToProcessName`, `sendSignalToProcessId`', `${CASE} · sendSignalToProcessName`),
      same('`sendLineToStdin`', `${CASE} · sendLineToStdin`),
      same(
        '`attach`: an id, no name',
        `${API} · attach: what it reads goes to the process, what that prints comes out, until its input ends`,
      ),
      different('`getVersion` is the version of PM2', "it is Upkeep's", `${CASE} · getVersion is text`),
      same('`ping`', `${CASE} · ping`),
      better(
        '`update` stops and starts everything',
        'processes go on',
        `${API} · update replaces the daemon; processes and the API object go on`,
      ),
      better('`get` does not give the value', 'it does', `${COMMANDS} · get gives values of the settings, not text`),
      same('`serve`: the result of a start', `${COMMANDS} · serve: a folder over http, as an app that is listed`),
      better(
        '`env` prints',
        'it gives the variables',
        `${API} · ends after disconnect; its app goes on, and nothing is printed`,
      ),
      better(
        '`inspect` prints',
        'it gives the addresses',
        `${COMMANDS} · inspect opens the inspector of an app on loopback and gives its address`,
      ),
      better(
        '`startup`, `deploy`, `install`, `set`, `pullAndReload` and their kin: a failure prints, or is a plain object',
        'an Error with the words of the command',
        `${COMMANDS} · what a command refuses is an Error with its words`,
      ),
      different(
        '`startup` gives `destination` and `template`',
        'it gives what the command says',
        `${COMMANDS} · what a command refuses is an Error with its words`,
      ),
      same(
        '`monitorState`, `profile` of the daemon',
        `${COMMANDS} · monitorState marks processes; profile writes one of the daemon; slist tells of the machine`,
      ),
      better(
        '`slist` prints the host metrics',
        'it gives them',
        `${COMMANDS} · monitorState marks processes; profile writes one of the daemon; slist tells of the machine`,
      ),
      same('`dashboard`, `monit`: always an error', `${CASE} · monit cannot be called`),
      different(
        '`streamLogs`, `printLogs`, `speedList`, `report`, `link` and other back-ends of the command line',
        'an Error that says what there is instead',
        `${API} · what is not part of the API says so, and what to do`,
      ),
      same('`Client.executeRemote`', `${CASE} · executeRemote stop, start, restart and reset by id`),
      same('`Client.executeRemote` of what is not there', `${CASE} · executeRemote of a method that is not there`),
      different(
        '`Client.getExposedMethods`',
        'without `prepare`, watch and the profiles, which have public ways',
        `${CASE} · getExposedMethods`,
      ),
      better(
        '`_startJson`, `actionFromJson`, `_operate`',
        'they always call back',
        `${CASE} · actionFromJson stops the apps of a file`,
      ),
    ],
  },
  {
    number: '6.3',
    title: 'The programmatic API: `launchBus`',
    rows: [
      same(
        '`bus.on(pattern)`: a star stands for any text, which comes first',
        `${CASE} · a pattern on the bus hears every event with its name`,
      ),
      same(
        '`bus.off(pattern)`',
        'test/unit/pm2/emitter.test.ts · off takes one listener, or all of a pattern, and leaves the others',
      ),
      better(
        'it reconnects',
        'lines and events go on after the daemon was killed, and under the next one',
        `${BUS} · it goes on when the daemon is killed and comes back`,
      ),
      same(
        '`pm2:kill`, and the daemon that is started later is joined',
        `${BUS} · it joins the daemon that is started after a kill, and tells of the kill`,
      ),
      same(
        '`log:out`, `log:err`, custom types, the steps of a start and a restart',
        `${BUS} · lines, steps of processes and events of apps, each under its name`,
      ),
    ],
  },
  {
    number: '6.4',
    title: "The daemon's sockets",
    rows: [
      different(
        'two sockets in a language of their own (AMP), for clients that do not use the library',
        "one socket with JSON a line; the daemon's methods are at `Client.executeRemote`",
        `${CASE} · executeRemote getMonitorData`,
      ),
    ],
  },
  {
    number: '6.5',
    title: 'Programs that use PM2',
    rows: [
      same('a dependency named `pm2`: `require`, `import`, types', `${PACKAGE} · require, import and its description`),
      same('the command `pm2` in `node_modules/.bin`', `${PACKAGE} · its command is Upkeep, reached through a link`),
      same('pm2-metrics 1.0.47', `${PROGRAMS} · pm2-metrics: an exporter shows processes, restarts and memory`),
      same('pm2-prometheus-exporter 0.1.1', `${PROGRAMS} · pm2-prometheus-exporter: an exporter shows processes`),
      same('pm2-promise 2.0.1', `${PROGRAMS} · pm2-promise: a wrapper of every method`),
      same('pm2-health 1.12.10', `${PROGRAMS} · pm2-health: a crash is told by mail, with its last lines`),
      same(
        'pm2-logrotate 3.0.0',
        `${PROGRAMS} · pm2-logrotate: files are rotated and old ones removed, and the app goes on writing`,
      ),
      same('scripts that call `pm2` and read `jlist`', `${PROGRAMS} · a script that calls \`pm2\` as a command`),
    ],
  },
  {
    number: '8.1.13',
    title: "PM2's own tests: the API",
    rows: [
      same(
        '`start` of an object, a path, a config path, with `cwd`; a wrong file is an error',
        `${CASE} · start keeps cwd`,
      ),
      same('as many items as instances, with force', `${API} · as many items as instances, with force too`),
      same(
        '`cwd`, `pm2_home`, `Client`, `daemon_mode`: true, false after `connect(true)`',
        `${API} · with connect(true) the daemon and its apps end with it, even if it is killed`,
      ),
      same(
        'methods work without `connect`',
        `${API} · start works without connect; a relative script is looked up from cwd`,
      ),
      same(
        'restart 1, reload 2, reload 3 on all four',
        `${API} · restart, reload and reload of a cluster count one each, on all four`,
      ),
      same(
        'the object behind `Client`: start, launchBus, getExposedMethods, ping, killDaemon',
        `${API} · the object behind Client`,
      ),
      different(
        'helpers inside the package: deep clone, missing extensions',
        'programs cannot reach them in Upkeep; what they were for is done elsewhere',
        `${PACKAGE} · require, import and its description`,
      ),
    ],
  },
  {
    number: '9.5',
    title: 'Sharp edges of the API',
    rows: [
      better(
        'requiring the library makes a home even for a custom one',
        'none is made',
        `${API} · methods work however they are taken off the module; requiring it makes no folder`,
      ),
      better(
        'an error may be a list or a plain object',
        'always an Error, with `errors`',
        `${UNIT} · several mistakes become an error each`,
      ),
      better(
        'callbacks of `dump`, `resurrect`, `trigger` may never come',
        'they always do',
        `${API} · dump, resurrect and clearDump always answer`,
      ),
    ],
  },
];
