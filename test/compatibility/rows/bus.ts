/** The bus: what is heard of processes and apps. */
import type { Section } from '../row.ts';

const BUS = 'test/system/bus.test.ts';
const SHAPE = 'test/unit/pm2/bus.test.ts';
const TABLE = 'test/differential/bus-steps.test.ts · PM2 tells of';
const SAYS = `${BUS} · what an app says in \${mode} mode: typed events, all else as a message, and lines`;

export const sections: readonly Section[] = [
  {
    number: '6.3',
    title: 'The bus',
    rows: [
      {
        row: '`process:event`: `{ event, manually, process, at }`, the record without `env`',
        verdict: 'same',
        test: `${BUS} · steps of a process`,
      },
      {
        row: 'the order and number of `start`, `online`, `exit`, `stop`, `restart`, and of two `exit` for an end that was asked for',
        verdict: 'same',
        test: TABLE,
      },
      { row: '`restart overlimit`, then `exit`, with the status `errored`', verdict: 'same', test: TABLE },
      { row: 'reload in cluster mode: `online`, two `exit` of `_old_<id>`, `reload`', verdict: 'same', test: TABLE },
      { row: 'reload in fork mode: `exit`, `exit`, `online`, `reload`', verdict: 'same', test: TABLE },
      {
        row: '`online` says that the status is `launching`',
        verdict: 'better',
        how: 'it still does, and `actual_status` tells how it is on the whole',
        test: `${SHAPE} · tells the status at the step, and how it is on the whole in a field of its own`,
      },
      {
        row: 'there is no event for `delete`',
        verdict: 'better',
        how: 'there is one, after the exits',
        test: `${BUS} · delete is told, after its exits`,
      },
      {
        row: '`log:out`, `log:err`: `{ process: { pm_id, name, rev, namespace }, data, at }`',
        verdict: 'same',
        test: SAYS,
      },
      {
        row: '`data` of these is a chunk as it was read',
        verdict: 'better',
        how: 'one packet a line, never a part of one',
        test: SAYS,
      },
      {
        row: "`log:PM2`: the daemon's own log",
        verdict: 'same',
        test: `${BUS} · delete is told, after its exits`,
      },
      {
        row: '`process:exception`: `{ at, data: { message, stack, name }, process }`',
        verdict: 'same',
        test: `${BUS} · an exception in \${mode} mode is told once, and Node prints and ends as ever`,
      },
      { row: '`process:msg`, `human:event`, custom types', verdict: 'same', test: SAYS },
      {
        row: '`axm:reply`, `axm:scoped_action:stream`, `:error`, `:end`',
        verdict: 'same',
        test: 'test/system/messages.test.ts · a streaming action: each part is heard with the uuid of the call, and its end is the answer',
      },
      {
        row: '`axm:action`, `axm:monitor`, `axm:option:configuration` are not passed on',
        verdict: 'same',
        test: `${BUS} · metrics and offers of actions are not passed on`,
      },
      {
        row: '`application:dependencies` and `trace-span` of the injected agent',
        verdict: 'different',
        how: 'the runtime sends none: it reads no package.json and traces no requests; those of a library in the app are passed on',
        test: SAYS,
      },
      {
        row: '`pm2:kill` before the daemon ends',
        verdict: 'same',
        test: `${BUS} · kill is told before the daemon ends`,
      },
      {
        row: 'a follower that does not read fills the daemon',
        verdict: 'better',
        how: 'it is skipped beyond 1 MB, and told how much it missed',
        test: `${BUS} · a follower that does not read is told how much it missed, and costs the daemon nothing`,
      },
      {
        row: 'a new daemon: the client connects again, and hears what comes from then on',
        verdict: 'same',
        test: `${BUS} · goes on with the next daemon`,
      },
    ],
  },
];
