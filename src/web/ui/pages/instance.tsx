/** One process in words: why it is as it is, and what it was made of. */

import { describeExit } from '../../../core/exit.ts';
import type { BlockedView, InstanceDetail, InstanceView, ProbeView, WhyView } from '../../../protocol/control.ts';
import type { InstancePage, Variable } from '../../api.ts';
import { useAnswer } from '../ask.ts';
import { DiffTable, Fact, Lines } from '../parts/facts.tsx';
import { Empty, Shown } from '../parts/notice.tsx';
import { Status } from '../parts/status.tsx';
import { TableBox } from '../parts/table-box.tsx';
import { withoutColors } from '../read/ansi.ts';
import { ago, bytes, clock, lasting, moment, percent } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { linkTo } from '../route.ts';

const EVERY_MS = 5000;

/** Asked again at once when the process is another one, or in another state. */
const usePage = ({ id, pid, state, generation }: InstanceView) =>
  useAnswer<InstancePage>(`/api/instances/${id}`, EVERY_MS, `${pid} ${state} ${generation}`);

export function InstanceWhy({ instance }: { readonly instance: InstanceView }) {
  const answer = usePage(instance);
  return <Shown answer={answer}>{({ why, detail }) => <Why why={why} detail={detail} />}</Shown>;
}

function Why({ why, detail }: { readonly why: WhyView; readonly detail: InstanceDetail }) {
  const { instance, next, lives, lastLines, listening, portConflict } = why;
  const now = Date.now();
  return (
    <>
      <dl class="facts words">
        <div>
          <dt>State</dt>
          <dd>
            <Status instance={instance} />
            {instance.pid > 0 && `, up for ${lasting(now - instance.startedAt)}`}
          </dd>
        </div>
        <Fact name="Because" value={plain(instance.reason)} />
        <Fact name="Next" value={plain(next)} />
        {instance.pid > 0 && (
          <Fact
            name="Process"
            value={`pid ${instance.pid}, ${bytes(instance.memoryBytes)}, ${percent(instance.cpuPercent)} of a core`}
          />
        )}
        <Fact name="Listening" value={listening.length === 0 ? 'on nothing' : listening.map(plain).join(', ')} />
        <Fact
          name="Restarts"
          value={`${instance.restarts}${instance.unstableRestarts > 0 ? `, ${instance.unstableRestarts} unstable in a row` : ''}`}
        />
        <Fact name="Generation" value={String(instance.generation)} />
        {instance.logBytesLost > 0 && (
          <Fact name="Lost output" value={`${bytes(instance.logBytesLost)} could not be written`} />
        )}
      </dl>
      {portConflict !== null && (
        <p class="notice bad">
          Port {portConflict.port} is wanted by it and held by {plain(portConflict.owner)}.
        </p>
      )}
      {instance.health?.blocked != null && <Blocked blocked={instance.health.blocked} now={now} />}
      {instance.health !== null && instance.health.probes.length > 0 && (
        <Probes probes={instance.health.probes} now={now} />
      )}
      <Inside detail={detail} />
      {why.cut !== undefined && why.cut.length > 0 && (
        <section>
          <h2>Cut when it was last killed</h2>
          <Lines label="What was cut" text={why.cut.map(plain).join('\n')} />
        </section>
      )}
      <section>
        <h2>Last ends</h2>
        {lives.length === 0 ? (
          <Empty>It has not ended yet.</Empty>
        ) : (
          <TableBox label="Last ends">
            <table class="list">
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">End</th>
                  <th scope="col" class="number">
                    After
                  </th>
                  <th scope="col">What was made of it</th>
                </tr>
              </thead>
              <tbody>
                {lives.map((life) => (
                  <tr key={`${life.incarnation} ${life.endedAt}`}>
                    <td class="time">
                      {moment(life.endedAt, now)} <small>{ago(life.endedAt, now)}</small>
                    </td>
                    <td>{plain(describeExit(life.exit))}</td>
                    <td class="number">{lasting(life.endedAt - life.startedAt)}</td>
                    <td class="reason">{plain(life.verdict)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
        )}
      </section>
      <section>
        <h2>Last lines</h2>
        {lastLines.length === 0 ? (
          <Empty>It has written nothing that is kept.</Empty>
        ) : (
          <Lines
            label="Last lines"
            text={lastLines
              .map(({ at, stream, text }) => `${clock(at, true)} ${stream} ${withoutColors(text)}`)
              .join('\n')}
          />
        )}
        <p>
          <a href={linkTo(['logs'], { target: String(instance.id) })}>All its lines</a>
        </p>
      </section>
    </>
  );
}

function Blocked({ blocked, now }: { readonly blocked: BlockedView; readonly now: number }) {
  const { sinceAt, untilAt, frames, whyNoStack } = blocked;
  return (
    <section>
      <h2>Event loop blocked</h2>
      <p class={`notice ${untilAt === null ? 'bad' : ''}`}>
        {untilAt === null
          ? `It has not turned for ${lasting(now - sinceAt)}, since ${clock(sinceAt)}.`
          : `It did not turn for ${lasting(untilAt - sinceAt)}, since ${moment(sinceAt, now)}.`}
        {whyNoStack !== null && ` ${plain(whyNoStack)}`}
      </p>
      {frames.length > 0 && (
        <Lines label="Stack of the blocked loop" text={frames.map((frame) => `at ${plain(frame)}`).join('\n')} />
      )}
    </section>
  );
}

function Probes({ probes, now }: { readonly probes: readonly ProbeView[]; readonly now: number }) {
  return (
    <section>
      <h2>Probes</h2>
      <TableBox label="Probes">
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Probe</th>
              <th scope="col">Checks</th>
              <th scope="col">Verdict</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {probes.map(({ kind, check, verdict, failures, why, checkedAt }) => (
              <tr key={kind}>
                <th scope="row">{kind}</th>
                <td class="mono">{plain(check)}</td>
                <td>
                  <span class={`status ${verdict === 'passing' ? 'good' : verdict === 'failing' ? 'bad' : 'busy'}`}>
                    {verdict}
                  </span>
                  {failures > 0 && <small> {failures} in a row</small>}
                  {why !== null && <small class="reason">{plain(why)}</small>}
                </td>
                <td>{checkedAt === null ? 'not yet' : ago(checkedAt, now)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

/** What the app itself tells. */
function Inside({ detail }: { readonly detail: InstanceDetail }) {
  const metrics = Object.entries(detail.inApp?.metrics ?? {});
  const measures = detail.inApp?.measures ?? null;
  if (metrics.length === 0 && measures === null) return null;
  return (
    <section>
      <h2>Inside</h2>
      <dl class="facts">
        {measures !== null && (
          <>
            <Fact name="Heap" value={`${bytes(measures.heapUsedBytes)} of ${bytes(measures.heapTotalBytes)}`} />
            <Fact name="Handles" value={String(measures.activeHandles)} />
          </>
        )}
        {metrics.map(([name, metric]) => (
          <Fact key={name} name={plain(name)} value={plain(textOf(metric))} />
        ))}
      </dl>
    </section>
  );
}

function textOf(metric: unknown): string {
  if (typeof metric !== 'object' || metric === null) return String(metric);
  const { value, unit } = metric as { readonly value?: unknown; readonly unit?: unknown };
  return `${String(value)}${typeof unit === 'string' && unit !== '' ? ` ${unit}` : ''}`;
}

export function InstanceConfig({ instance }: { readonly instance: InstanceView }) {
  const answer = usePage(instance);
  return (
    <Shown answer={answer}>
      {({ detail, environment, configDiff }) => (
        <>
          <section>
            <h2>Changed since it was started</h2>
            {configDiff.length === 0 ? (
              <Empty>Nothing: it runs with the config that is on the list.</Empty>
            ) : (
              <>
                <p class="note">A restart or reload brings these into effect.</p>
                <DiffTable
                  rows={configDiff.map(({ key, started, now }) => ({ key, before: started, after: now }))}
                  before="It was started with"
                  after="Now"
                />
              </>
            )}
          </section>
          <Spec detail={detail} />
          <Environment variables={environment} />
        </>
      )}
    </Shown>
  );
}

function Spec({ detail }: { readonly detail: InstanceDetail }) {
  const { spec, paths } = detail;
  const rows: readonly (readonly [string, string])[] = [
    ['script', spec.script],
    ['args', spec.args.join(' ')],
    ['interpreter', [spec.interpreterName, ...spec.interpreterArgs].join(' ')],
    ['cwd', spec.cwd],
    ['user', spec.username],
    ['stdout', paths.out ?? 'no file'],
    ['stderr', paths.err ?? 'no file'],
    ...Object.entries(spec.declared)
      .filter(([key]) => !['script', 'name', 'args', 'cwd'].includes(key))
      .map(([key, value]): readonly [string, string] => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
  ];
  return (
    <section>
      <h2>Config</h2>
      <TableBox label="Config">
        <table class="list pairs">
          <tbody>
            {rows.map(([key, value]) => (
              <tr key={key}>
                <th scope="row">{plain(key)}</th>
                <td class="mono">{plain(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

function Environment({ variables }: { readonly variables: readonly Variable[] }) {
  return (
    <section>
      <h2>Environment</h2>
      <p class="note">Values that look like secrets do not leave the machine; here they are masked.</p>
      <TableBox label="Environment">
        <table class="list pairs">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Value</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {variables.map(({ name, value, origin }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{plain(name)}</code>
                </th>
                <td class="mono">
                  {value === null ? (
                    <span class="masked" title="masked">
                      •••••• <span class="hidden">masked</span>
                    </span>
                  ) : (
                    plain(value)
                  )}
                </td>
                <td class="soft">{plain(origin)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}
