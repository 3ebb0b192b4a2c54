/** How the command line is read: words, options, exit codes, streams. */
import { rowsOf } from '../make.ts';
import type { Section } from '../row.ts';

const both = rowsOf('test/differential/cli-invocation.test.ts');
const unit = rowsOf('test/unit/cli/arguments.test.ts');
const home = rowsOf('test/system/home.test.ts');

export const sections: readonly Section[] = [
  {
    number: '1.1',
    title: 'Invocation',
    rows: [
      {
        row: 'a daemon of another version is told before the command runs, and the exit code stays',
        verdict: 'same',
        test: 'test/unit/client/client.test.ts · only notes another version',
      },
      unit.same('global options stand before or after the command', 'is found behind options'),
      both.same('an unknown option, or a missing argument or value: an error, exit 1', 'exit code:'),
      both.same('no command, or an unknown one: exit 1', 'exit code:'),
      both.better(
        'options without a command hang for ever',
        'the overview, exit 1; an unknown option before a command is named',
        'exit code:',
      ),
      both.same('`-h`, `--help`, also behind a command: help, exit 0', 'exit code:'),
      both.same('`-v`, `-V`, `--version`, also behind a command: the bare version, exit 0', 'a bare version and 0'),
      both.same('words behind `--` are the script’s, `-s`, `-v` and `--no-daemon` included', 'words behind --'),
      both.same('`--name foo` and `--name=foo`; of several the last counts', 'the last of several wins'),
      both.better('`-nfoo` names the app `-f`', 'it names it `foo`', 'a short option with its value joined, -nfoo'),
      unit.same('`-i -1` takes the negative number', 'keep digits as text and take negative numbers'),
      both.same('`--watch <path>` may be given several times', '--watch with a path, twice'),
      rowsOf('test/differential/cli-start.test.ts').better(
        '`--watch app.js` swallows the script',
        'a word that is a file, with no other target, is the script',
        '`--watch app.js`: the script is not swallowed',
      ),
      both.same(
        '`-s`, `--silent` and `PM2_SILENT` silence what is said to people; exit codes stay',
        '-s and PM2_SILENT',
      ),
      both.better(
        'silence also hides errors, `pid` and `id`',
        'errors are still told on stderr, and what programs read is printed',
        'silence: machine output and errors',
      ),
      both.better(
        'colours even in a pipe when `PM2_HOME` is set',
        'colours in a terminal only, unless `FORCE_COLOR` is set',
        'colours in a pipe with PM2_HOME set',
      ),
      both.same(
        '`NO_COLOR` and `--no-color` turn colours off',
        'no colours where stdout is a pipe and NO_COLOR is set',
      ),
      both.same('errors go to stderr, what was done to stdout', 'errors go to stderr, what was done to stdout'),
      rowsOf('test/differential/cli-listing.test.ts').same(
        'the table follows every command that changes something',
        'the table follows every command that changes something',
      ),
      rowsOf('test/differential/cli-listing.test.ts').better(
        '`reload` prints no table',
        'it does',
        'reload prints the table, too',
      ),
      both.different(
        'lines begin with `[PM2]`, `[PM2][WARN]`, `[PM2][ERROR]`; warnings go to stdout',
        'they begin with `[UPKEEP]`; warnings go to stderr, so that stdout holds nothing but what was asked for',
        'errors go to stderr, what was done to stdout',
      ),
      both.better(
        'a banner at the first start, and words about the daemon, on stdout before the output',
        'none; stdout of `jlist` is JSON from its first byte, also at the first start in a home',
        'ping, id, pid and jlist print exactly',
      ),
    ],
  },
  {
    number: '1.2',
    title: 'Global options',
    rows: [
      both.same(
        'every option of `start` is accepted by every command',
        'global options are accepted behind every command',
      ),
      unit.same('… and a command’s own meaning of an option goes before', 'keep the meaning that a command gives them'),
      both.same('`--name`, `--namespace`', 'options before the command'),
      both.same('`-k`, `--restart-delay`, `--max-restarts`', 'options behind the script'),
      both.same('`-i`, `-x`', '-x with -i'),
      both.better(
        '`-i -100`: one process in fork mode',
        'one in cluster mode, as any `-i` gives',
        'a negative number of instances',
      ),
      rowsOf('test/differential/cli-start.test.ts').better(
        '`--stop-exit-codes` takes one code',
        'takes a list as well: `"0 3"`, `0,3`, or the option twice',
        'a list of stop_exit_codes on the command line',
      ),
      rowsOf('test/differential/cli-start.test.ts').better(
        '`--watch-delay 400ms` is refused',
        'it is taken',
        '--watch-delay with a unit',
      ),
      rowsOf('test/differential/cli-start.test.ts').same(
        '`-p`, `-o`, `-e`, `-l` name the files',
        '-p, -o, -e and -l name the files',
      ),
      rowsOf('test/differential/cli-start.test.ts').same(
        '`-w` writes `<name>-pm2.json`',
        '-w writes the options beside it',
      ),
      rowsOf('test/differential/cli-listing.test.ts').same(
        '`--sort <field>[:desc]`; an unknown field sorts by name',
        '--sort',
      ),
      rowsOf('test/differential/cli-listing.test.ts').same('`-m`', 'the blocks of -m'),
    ],
  },
  {
    number: '1.21',
    title: 'Exit codes',
    rows: [
      both.same('1: an unknown name, namespace or id; `all` or a pattern where nothing is', 'exit code:'),
      both.same('1: a script, a program or a config file that is not there', 'exit code:'),
      both.same('1: an option with a value that cannot be', 'exit code:'),
      both.same('1: `describe`, `env`, `send`, `sendSignal`, `scale` of what is not there', 'exit code:'),
      both.same('0: `id` and `pid` without a match, `reset all` of an empty list', 'exit code:'),
      both.same(
        '1: `prettylist`, `save`, `cleardump`, `resurrect` and `kill` with a word behind them; 0: `list`, `jlist`',
        'exit code:',
      ),
      rowsOf('test/differential/cli-restart.test.ts').better(
        'reset of an unknown id: the error is told, exit 0',
        'exit 1',
        'reset of an unknown id',
      ),
      rowsOf('test/differential/cli-start.test.ts').better(
        'start of an app that dies at once: exit 0',
        'exit 1, with its exit code and its last lines',
        'an app that dies at once',
      ),
    ],
  },
  {
    number: '3.1.1',
    title: 'Home',
    rows: [
      home.same('`PM2_HOME` is the home', 'is PM2_HOME where UPKEEP_HOME is not set, with names of our own in it'),
      home.different(
        'without it the home is `~/.pm2`',
        '`UPKEEP_HOME` goes before it, and without both it is `~/.upkeep`: a PM2 that is still there is left alone',
        'lies where UPKEEP_HOME says, whatever PM2_HOME says',
      ),
      home.same(
        '`PM2_PID_FILE_PATH`, `PM2_LOG_FILE_PATH`, `PM2_DEFAULT_LOG_PATH`, `PM2_DEFAULT_PID_PATH`',
        'has its pid file, its log, and the folders of logs and pids where PM2 variables say',
      ),
      rowsOf('test/differential/home.test.ts').different(
        'sockets `rpc.sock` and `pub.sock`, `pm2.pid`, `pm2.log`, also as `PM2_DAEMON_RPC_PORT` and `PM2_DAEMON_PUB_PORT` say',
        'names of our own, so that a PM2 that is alive in the same home is never touched; an empty list says that it is there',
        'with PM2 alive in it, PM2_HOME serves both',
      ),
    ],
  },
];
