/** What apps say over `process.send`, and what is said to them. */
import type { Section } from '../row.ts';

const MESSAGES = 'test/system/messages.test.ts';
const BUS = 'test/system/bus.test.ts';
const RUNTIME = 'test/system/runtime.test.ts';
const IN_APP = 'test/unit/core/in-app.test.ts';
const DIFFERENTIAL = 'test/differential/pm2-io.test.ts';
const SAYS = `${BUS} · what an app says in \${mode} mode: typed events, all else as a message, and lines`;
const INSIDE = `${MESSAGES} · its metrics, actions and settings are listed and described, and are gone with its life`;
const TRIGGER = `${MESSAGES} · by id and name, with and without parameters, in fork and cluster mode`;

export const sections: readonly Section[] = [
  {
    number: '1.7',
    title: 'Lines and calls: `send`, `attach`, `trigger`, `inspect`',
    rows: [
      {
        row: '`send <id> <line>`: the line and a newline on stdin; unknown or stopped: exit code 1',
        verdict: 'same',
        test: `${MESSAGES} · send works in cluster mode too, and with a separator of its own`,
      },
      {
        row: '`send` to a cluster process fails, and so does a name',
        verdict: 'better',
        how: 'both work',
        test: `${MESSAGES} · send works in cluster mode too, and with a separator of its own`,
      },
      {
        row: '`attach <id> [separator]`: stdin to the process, its output back, until the input ends',
        verdict: 'better',
        how: 'what answers the last line is waited for, it ends with the process, and a name will do if it means one process; output is shown by lines',
        test: `${MESSAGES} · attach: lines go in, what is printed comes out, until the input ends`,
      },
      {
        row: '`trigger <target> <action> [params]`: `[name:id:namespace]=<JSON>` for each process, exit code 0',
        verdict: 'same',
        test: TRIGGER,
      },
      {
        row: '`trigger` with an unknown process or action, or a stopped process: exit code 1',
        verdict: 'better',
        how: 'it says which of these it is, and which actions there are',
        test: TRIGGER,
      },
      {
        row: '`trigger` waits for ever if an app never answers',
        verdict: 'better',
        how: 'it waits 30 s, or `--timeout`, or until the process ends; then exit code 1',
        test: `${MESSAGES} · an answer that does not come is not waited for without an end`,
      },
      {
        row: '`inspect <name>` calls `internal:inspect`, which no app of today has',
        verdict: 'better',
        how: 'the inspector of any Node app is opened on loopback, and its address printed',
        test: `${MESSAGES} · heapdump, cpuprofile, heapprofile and inspect work in any Node app`,
      },
    ],
  },
  {
    number: '4.7',
    title: "Messages over the app's channel",
    rows: [
      {
        row: '`ready` satisfies `wait_ready`',
        verdict: 'same',
        test: `${RUNTIME} · wait_ready: up when the app says so, with the message "ready"`,
      },
      { row: '`ready` is on the bus too, as `process:msg`', verdict: 'same', test: SAYS },
      {
        row: '`{ type, data }`, both truthy: an event of that type with `at`, `data`, `process`',
        verdict: 'same',
        test: SAYS,
      },
      {
        row: '`process` of such an event has `rev` or `versioning`',
        verdict: 'different',
        how: 'it has `pm_id`, `name` and `namespace`, as PM2 7.0.4 was seen to send for an app without a repository',
        test: SAYS,
      },
      { row: 'anything else: `process:msg` with `at`, `raw`, `process`', verdict: 'same', test: SAYS },
      {
        row: 'an object with `node_version` is stored in the record',
        verdict: 'different',
        how: 'the runtime tells the version itself, so that an app cannot say another; the message is not passed on',
        test: `${IN_APP} · the version of Node`,
      },
      {
        row: 'the string `shutdown` asks to stop',
        verdict: 'same',
        test: `${RUNTIME} · shutdown_with_message: the app is asked by message, and gets no signal`,
      },
      {
        row: 'a packet `{ id, topic, data }` reaches the app unchanged',
        verdict: 'better',
        how: 'also one that is sent while the app still starts',
        test: `${MESSAGES} · reach the app at once after its start, and its answer is heard`,
      },
      {
        row: 'a packet for an unknown or stopped process is an error',
        verdict: 'same',
        test: `${MESSAGES} · to a process that cannot get one are a failure with a reason`,
      },
      { row: 'a call of an action: its name, or `{ msg, opts, id }`', verdict: 'same', test: TRIGGER },
      {
        row: '`{ type: "log:reload" }` to cluster workers',
        verdict: 'same',
        test: `${MESSAGES} · workers are told when log files are opened anew, others are not`,
      },
      {
        row: 'scoped actions with a `uuid`, in parts',
        verdict: 'same',
        test: `${MESSAGES} · a streaming action: each part is heard with the uuid of the call, and its end is the answer`,
      },
      {
        row: 'programs that are not Node get the channel too, and may ignore it',
        verdict: 'different',
        how: 'they get none: it would end with the daemon that made it; a message to them is a failure with a reason',
        test: `${MESSAGES} · to a process that cannot get one are a failure with a reason`,
      },
      {
        row: 'the channel ends with the daemon',
        verdict: 'better',
        how: 'the app is not told, its messages wait, and the next daemon hears them',
        test: `${RUNTIME} · the daemon dies: no event in the app, its messages wait, and it is heard by the next daemon`,
      },
    ],
  },
  {
    number: '7.2',
    title: 'What libraries in apps tell the daemon',
    rows: [
      {
        row: '`axm:monitor` is merged into `axm_monitor`',
        verdict: 'same',
        test: `${IN_APP} · metrics are merged by name`,
      },
      {
        row: '`axm:action` is appended to `axm_actions`, once for each name',
        verdict: 'same',
        test: `${IN_APP} · an action is listed once, as it was first offered`,
      },
      {
        row: '`axm:option:configuration` is merged into `axm_options`',
        verdict: 'same',
        test: `${IN_APP} · settings are merged`,
      },
      {
        row: 'a `name` in `axm:option:configuration` renames the entry',
        verdict: 'different',
        how: 'it is shown in `axm_options`; commands by name would not find an app that has renamed itself',
        test: INSIDE,
      },
      {
        row: 'a `pid` in it, or `axm:option:setPID`, has another process sampled',
        verdict: 'different',
        how: 'memory and CPU are those of the whole tree of the process, whatever it says',
        test: `${IN_APP} · a pid of its own`,
      },
      {
        row: '`axm:reply`, `axm:scoped_action:*`, `process:exception`, `human:event`, all other types: on the bus',
        verdict: 'same',
        test: SAYS,
      },
      {
        row: 'an app may fill the record without an end',
        verdict: 'better',
        how: '200 metrics, 200 actions, values of bounded length; what has no room is counted',
        test: `${IN_APP} · a flood has an end: what has no room is counted`,
      },
      {
        row: 'a metric named `__proto__` changes the record itself',
        verdict: 'better',
        how: 'it is a name like any other',
        test: `${IN_APP} · no name reaches a prototype`,
      },
      {
        row: 'what an app has told of itself is gone with its life',
        verdict: 'same',
        test: INSIDE,
      },
      {
        row: 'the daemon ends: metrics and actions are gone with it',
        verdict: 'better',
        how: 'the next daemon has them: the runtime says again what the app has said once',
        test: `${DIFFERENTIAL} · metrics, actions, events and errors, also under the next daemon`,
      },
    ],
  },
  {
    number: '7.3',
    title: 'What the daemon tells libraries in apps',
    rows: [
      { row: 'an action without parameters: the name as a text', verdict: 'same', test: TRIGGER },
      { row: 'an action with parameters or `uuid`: `{ msg, opts, id, uuid }`', verdict: 'same', test: TRIGGER },
      {
        row: '`tx2` works unchanged: metrics, counters, actions, events, issues',
        verdict: 'same',
        test: `${DIFFERENTIAL} · metrics, actions, events and errors, also under the next daemon`,
      },
    ],
  },
  {
    number: '8.7',
    title: "Messaging, as PM2's own suite asserts it",
    rows: [
      {
        row: '`sendDataToProcessId` delivers; the answer is a `process:msg` with `raw`, id and name',
        verdict: 'same',
        test: `${MESSAGES} · reach the app at once after its start, and its answer is heard`,
      },
      {
        row: '`send 0 LINE` reaches stdin',
        verdict: 'same',
        test: `${RUNTIME} · a line to stdin reaches the program`,
      },
      { row: 'trigger by id and name: 1 answer in fork mode, 4 of 4 in cluster mode', verdict: 'same', test: TRIGGER },
      {
        row: 'the start of an app is at least two `process:event` with `event`, `manually`, `process`, `at`',
        verdict: 'same',
        test: `${BUS} · steps of a process`,
      },
      { row: '`log:out` and `log:err` with `data`, `process`, `at`; `human:event`', verdict: 'same', test: SAYS },
      {
        row: '`process:exception` for a throw and for a rejection, fork and cluster',
        verdict: 'same',
        test: `${BUS} · an exception in \${mode} mode is told once, and Node prints and ends as ever`,
      },
      {
        row: 'a custom metric and `Event Loop Latency p95` in the record within seconds',
        verdict: 'same',
        test: `${MESSAGES} · heap, event loop and requests are measured without a line of code`,
      },
      { row: '`describe` shows the `node_version` of the running Node', verdict: 'same', test: INSIDE },
    ],
  },
];
