/**
 * All that is known of one process, as rows. Without it the paths of logs and the rules of restarts would have to be
 * read out of JSON.
 */
import { describeExit } from '../../core/exit.ts';
import type { AppSpec } from '../../core/terms.ts';
import { axmFields } from '../../pm2/axm.ts';
import type { InstanceDetail, ProbeView } from '../../protocol/control.ts';
import { uptimeOf } from './list.ts';
import { drawTable } from './table.ts';
import { plain, shortSize, spokenDuration } from './words.ts';

type Row = readonly [label: string, value: string];

const orNone = (value: string | null): string => (value === null || value === '' ? 'N/A' : plain(value));
const instant = (at: number | null): string => (at === null || at === 0 ? 'N/A' : new Date(at).toISOString());

export function describeRows(one: InstanceDetail, now: number): readonly Row[] {
  const { spec, paths } = one;
  const memory: Row[] = spec.maxMemoryBytes === null ? [] : [['max memory restart', String(spec.maxMemoryBytes)]];
  const cron: Row[] = spec.cron === null ? [] : [['cron restart', plain(spec.cron)]];
  const combined: Row[] = paths.combined === null ? [] : [['entire log path', plain(paths.combined)]];
  return [
    ['status', one.status],
    ['name', plain(one.name)],
    ['namespace', plain(one.namespace)],
    ['version', plain(one.version)],
    ['restarts', String(one.restarts)],
    ...memory,
    ...cron,
    ['uptime', uptimeOf(one, now)],
    ...combined,
    ['script path', plain(spec.script)],
    ['script args', orNone(spec.args.join(' '))],
    ['error log path', orNone(paths.err)],
    ['out log path', orNone(paths.out)],
    ['pid path', plain(paths.pidFile)],
    ['interpreter', plain(spec.interpreterName)],
    ['interpreter args', orNone(spec.interpreterArgs.join(' '))],
    ['script id', String(one.id)],
    ['exec cwd', plain(spec.cwd)],
    ['exec mode', `${spec.execMode}_mode`],
    ['node.js version', orNone(one.nodeVersion)],
    ['node env', orNone(spec.env.declared.NODE_ENV ?? spec.env.inherited.NODE_ENV ?? null)],
    ['watch & reload', one.watching ? '✔' : '✘'],
    ['unstable restarts', String(one.unstableRestarts)],
    ['created at', instant(one.createdAt)],
    ...ownRows(one, spec),
    ...inAppRows(one),
  ];
}

/** What the app and its runtime tell of the inside. */
function inAppRows(one: InstanceDetail): readonly Row[] {
  const { axm_actions: actions, axm_monitor: metrics } = axmFields(one);
  const names = actions.map(({ action_name: name }) => plain(name));
  return [
    ...(names.length === 0 ? [] : [['available actions', names.join(', ')] as const]),
    ...Object.entries(metrics).map(([name, { value, unit }]): Row => {
      const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
      return [`metric: ${plain(name)}`, plain(unit === undefined ? shown : `${shown} ${String(unit)}`)];
    }),
  ];
}

/** What PM2 does not show. */
function ownRows(one: InstanceDetail, spec: AppSpec): readonly Row[] {
  return [
    ['environment', plain(environmentOf(spec))],
    ['started at', instant(one.startedAt)],
    ['pid', one.pid === 0 ? 'N/A' : `${one.pid} (keeper ${one.keeperPid})`],
    ['reason', plain(one.reason)],
    ['readiness', one.readiness ?? 'N/A'],
    ['generation', String(one.generation)],
    ...healthRows(one),
    ['last exit', one.lastExit === null ? 'N/A' : plain(describeExit(one.lastExit))],
    ['restart rules', restartRules(spec)],
    [
      'stop rules',
      `${spec.stop.withMessage ? 'message shutdown' : spec.stop.signal}, SIGKILL after ${spokenDuration(spec.stop.killTimeoutMs)}`,
    ],
    ['log rotation', logRotation(spec)],
    ...changeRows(one),
    ...(one.logBytesLost > 0 ? [['log bytes lost', shortSize(one.logBytesLost)] as const] : []),
  ];
}

/** It takes effect with the next start. */
function changeRows({ changedSinceStart = [] }: InstanceDetail): readonly Row[] {
  if (changedSinceStart.length === 0) return [];
  return [['changed since its start', plain(changedSinceStart.map(({ key }) => key).join(', '))]];
}

/** How many variables come from where, without their values. */
function environmentOf({ env }: AppSpec): string {
  const names = new Map<string, string[]>();
  for (const name of Object.keys(env.declared)) {
    const origin = env.origins?.[name] ?? 'config';
    names.set(origin, [...(names.get(origin) ?? []), name]);
  }
  const inherited = Object.keys(env.inherited).filter((name) => !(name in env.declared)).length;
  return [
    `${inherited} of the caller`,
    ...[...names].map(([origin, ofOrigin]) => `${ofOrigin.sort().join(' ')} (${origin})`),
  ].join(', ');
}

function healthRows({ health }: InstanceDetail): readonly Row[] {
  const probes = (health?.probes ?? []).map((probe): Row => [`${probe.kind} probe`, plain(spokenProbe(probe))]);
  const blocked = health?.blocked ?? null;
  if (blocked === null) return probes;
  const until = blocked.untilAt === null ? 'still' : `until ${instant(blocked.untilAt)}`;
  return [...probes, ['event loop blocked', `since ${instant(blocked.sinceAt)}, ${until}`]];
}

/** What is checked, and how that went. */
export function spokenProbe({ check, verdict, failures, why }: ProbeView): string {
  const counted = why === null ? '' : ` (${failures === 0 ? 'not counted yet' : `${failures} in a row`}: ${why})`;
  return `${check} ${verdict === 'unknown' ? 'not decided yet' : verdict}${counted}`;
}

function restartRules({ restart }: AppSpec): string {
  if (!restart.autorestart) return 'never by itself';
  const limit = restart.maxRestarts === null ? 'without end' : `at most ${restart.maxRestarts} unstable`;
  if (restart.backoffInitialMs !== null) {
    return `${limit}, waits grow from ${spokenDuration(restart.backoffInitialMs)} to ${spokenDuration(restart.backoffMaxMs)}`;
  }
  return restart.restartDelayMs > 0 ? `${limit}, after ${spokenDuration(restart.restartDelayMs)} each` : limit;
}

function logRotation({ log }: AppSpec): string {
  if (log.disabled) return 'output is dropped';
  const limits = [
    ...(log.maxSizeBytes > 0 ? [`at ${shortSize(log.maxSizeBytes)}`] : []),
    ...(log.maxAgeMs > 0 ? [`after ${spokenDuration(log.maxAgeMs)}`] : []),
  ];
  if (limits.length === 0) return 'never';
  return `${limits.join(' or ')}, ${log.keep} kept${log.compress ? ', gzip' : ''}`;
}

/** A table in a terminal that is wide enough for it, else `label: value`. */
export function renderDescribe(
  one: InstanceDetail,
  options: { now: number; columns: number | null; hasColor: boolean },
): string {
  const rows = describeRows(one, options.now);
  const labelWidth = Math.max(...rows.map(([label]) => label.length)) + 2;
  const valueWidth = Math.max(...rows.map(([, value]) => value.length)) + 2;
  const title = ` Describing process with id ${one.id} - name ${plain(one.name)}`;
  if (options.columns !== null && labelWidth + valueWidth + 3 > options.columns) {
    return [title, ...rows.map(([label, value]) => `  ${label.padEnd(labelWidth)}${value}`)].join('\n');
  }
  return `${title}\n${drawTable(
    null,
    rows.map((row) => [...row]),
    options.hasColor,
  )}`;
}
