/** What is inside apps: the agent that PM2 injects, and the runtime in its place. */
import type { Section } from '../row.ts';

const MESSAGES = 'test/system/messages.test.ts';
const BUS = 'test/system/bus.test.ts';
const IO = 'test/differential/pm2-io.test.ts';
const MEASURED = `${MESSAGES} · heap, event loop and requests are measured without a line of code`;
const PROFILES = `${MESSAGES} · heapdump, cpuprofile, heapprofile and inspect work in any Node app`;
const WORKS = `${IO} · metrics, actions, events and errors, also under the next daemon`;
const OWN = `${IO} · an exception is told once and ends the app; a rejection is told, and the library keeps it up`;

export const sections: readonly Section[] = [
  {
    number: '7.1',
    title: 'In-app API and agent',
    rows: [
      {
        row: '`@pm2/io` (6.1.0) in an app: `metric`, `gauge`, `counter`, `action`, `notifyError`, `emit`',
        verdict: 'same',
        test: WORKS,
      },
      {
        row: '`meter`, `histogram`, and what `init` tells in `axm_options`',
        verdict: 'same',
        test: `${IO} · meter and histogram, and what it says of itself`,
      },
      {
        row: '`require("@pm2/io")` in any app gives the copy that PM2 injected',
        verdict: 'different',
        how: 'the app brings its own: nothing of it is loaded into apps that do not ask for it',
        test: WORKS,
      },
      {
        row: 'automatic metrics of heap, event loop, handles and HTTP, of every Node app',
        verdict: 'better',
        how: 'they are measured by the runtime and fetched when somebody looks: an app at which nobody looks sends nothing',
        test: MEASURED,
      },
      {
        row: 'metrics of network, garbage collection and page faults, if they are turned on',
        verdict: 'different',
        how: 'only with `@pm2/io` in the app',
        test: `${IO} · meter and histogram, and what it says of itself`,
      },
      {
        row: 'automatic actions `km:heapdump`, `km:cpu:profiling:*`, `km:heap:sampling:*`',
        verdict: 'better',
        how: 'they answer with the path of a file instead of sending megabytes over the bus, and `upkeep heapdump`, `cpuprofile`, `heapprofile` use them; with `@pm2/io` in the app its own answer to `trigger`',
        test: PROFILES,
      },
      {
        row: '`pmx: false`, `automation: false`, `--no-pmx`: no agent; messages still work',
        verdict: 'same',
        test: `${MESSAGES} · --no-pmx, --no-automation: nothing of it is told, and the app still sends and listens`,
      },
      {
        row: 'an exception that nobody caught is printed, told on the bus, and ends the app with 1',
        verdict: 'same',
        test: `${BUS} · an exception in \${mode} mode is told once, and Node prints and ends as ever`,
      },
      {
        row: 'a rejection that nobody handled is told, and the process keeps running',
        verdict: 'different',
        how: 'it is told, and ends the app as from the shell, where it would have been found in development; with `@pm2/io` in the app, or a listener of its own, it keeps running',
        test: OWN,
      },
      {
        row: 'an app with a handler of its own for exceptions goes on, and they are told',
        verdict: 'same',
        test: `${BUS} · an app with a handler of its own goes on, and its exceptions are told all the same`,
      },
      {
        row: 'a finished script ends though the library listens for messages',
        verdict: 'same',
        test: `${IO} · a program that has nothing left to do ends, though it has the library`,
      },
      {
        row: 'the channel to the daemon is lost: an error, and exit code 1',
        verdict: 'better',
        how: 'the app goes on and notices nothing; the next daemon finds metrics and actions again',
        test: WORKS,
      },
      {
        row: '`trace`, `deep_monitoring`: spans of requests by OpenTelemetry',
        verdict: 'different',
        how: 'not in Upkeep: an app that wants tracing loads a tracer itself (`--node-args "--import …"`)',
        test: MEASURED,
      },
    ],
  },
];
