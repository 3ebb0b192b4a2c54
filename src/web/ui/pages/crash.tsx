/** Everything that was kept of one end: what it said last, where it stood, what it was doing, and what had changed. */

import { describeExit } from '../../../core/exit.ts';
import type { CrashRecord } from '../../../protocol/observation.ts';
import type { CrashPage as Record } from '../../api.ts';
import { useAnswer } from '../ask.ts';
import { Chart } from '../parts/chart.tsx';
import { DiffTable, Fact, Lines } from '../parts/facts.tsx';
import { Empty, Shown } from '../parts/notice.tsx';
import { TableBox } from '../parts/table-box.tsx';
import { withoutColors } from '../read/ansi.ts';
import { bytes, clock, day, lasting, plural } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { GRAPHS, timesOf } from '../read/series.ts';
import { linkTo } from '../route.ts';

export function CrashPage({ crash }: { readonly crash: string }) {
  const answer = useAnswer<Record>(`/api/crashes/${encodeURIComponent(crash)}`);
  return (
    <>
      <p class="way">
        <a href={linkTo(['crashes'])}>Crashes</a>
      </p>
      <Shown answer={answer}>{(record) => <One record={record} />}</Shown>
    </>
  );
}

function One({ record }: { readonly record: CrashRecord }) {
  const { name, id, at, exit, reason, startedAt, headline, memoryNote } = record;
  return (
    <article>
      <h1>
        {plain(name)} ({id}): {describeExit(exit)}
      </h1>
      <p>
        {day(at)} {clock(at, true)}, after {lasting(at - startedAt)}: {plain(reason)}
      </p>
      {headline !== null && <p class="notice bad mono">{plain(headline)}</p>}
      {memoryNote !== null && <p class="notice bad">{plain(memoryNote)}</p>}
      <dl class="facts">
        <Fact name="Generation" value={String(record.generation)} />
        <Fact name="Version" value={plain(record.version)} />
        <Fact name="Node" value={record.nodeVersion === null ? 'not known' : plain(record.nodeVersion)} />
        <Fact name="Pid" value={record.pid === null ? 'not known' : String(record.pid)} />
        <Fact name="Life" value={String(record.incarnation)} />
        {record.inRow > 1 && <Fact name="Crashes in a row" value={String(record.inRow)} />}
      </dl>
      {record.stack.length > 0 && (
        <section>
          <h2>Stack</h2>
          {record.stackFrom === 'blocked-loop' && <p class="note">Where its event loop was blocked.</p>}
          <Lines label="Stack" text={record.stack.map(plain).join('\n')} />
        </section>
      )}
      <Causes record={record} />
      <section>
        <h2>Last lines</h2>
        {record.lastLines.length === 0 ? (
          <Empty>It had written nothing.</Empty>
        ) : (
          <Lines
            label="Last lines"
            text={record.lastLines
              .map(({ at: when, stream, text }) => `${clock(when, true)} ${stream} ${withoutColors(text)}`)
              .join('\n')}
          />
        )}
      </section>
      <InFlight record={record} />
      <Changed record={record} />
      <Curve record={record} />
      {record.notes.map((note) => (
        <p key={note} class="note">
          {plain(note)}
        </p>
      ))}
      {record.files.length > 0 && (
        <section>
          <h2>Files</h2>
          <ul>
            {record.files.map((file) => (
              <li key={file.name}>
                <a
                  href={`/api/crashes/${encodeURIComponent(record.crash)}/files/${encodeURIComponent(file.name)}`}
                  download
                >
                  {plain(file.name)}
                </a>{' '}
                <small>{bytes(file.bytes)}</small>
              </li>
            ))}
          </ul>
        </section>
      )}
    </article>
  );
}

/** The first error is the one above. */
function Causes({ record: { errors } }: { readonly record: CrashRecord }) {
  const causes = errors.slice(1);
  if (causes.length === 0) return null;
  return (
    <section>
      <h2>{causes.length === 1 ? 'Its cause' : 'Its causes'}</h2>
      {causes.map(({ name, message, code, stack }, index) => (
        <Lines
          key={`${index} ${name}`}
          label={`Cause ${index + 1}`}
          text={[
            `${plain(name)}: ${plain(message)}${code === null ? '' : ` (${plain(code)})`}`,
            ...stack.map(plain),
          ].join('\n')}
        />
      ))}
    </section>
  );
}

function InFlight({ record: { inFlight } }: { readonly record: CrashRecord }) {
  return (
    <section>
      <h2>In flight</h2>
      {inFlight === null ? (
        <Empty>Not known.</Empty>
      ) : inFlight.work.length === 0 ? (
        <Empty>Nothing was being answered.</Empty>
      ) : (
        <>
          <TableBox label="Requests in flight">
            <table class="list">
              <thead>
                <tr>
                  <th scope="col">Request</th>
                  <th scope="col">From</th>
                  <th scope="col" class="number">
                    Age
                  </th>
                </tr>
              </thead>
              <tbody>
                {inFlight.work.map(({ protocol, method, path, remote, openMs }, index) => (
                  <tr key={index}>
                    <td class="mono">
                      {plain([method ?? protocol, path ?? ''].join(' '))} <small>{plain(protocol)}</small>
                    </td>
                    <td>{remote === null ? '' : plain(remote)}</td>
                    <td class="number">{lasting(openMs)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
          <p class="note">
            As told at {clock(inFlight.toldAt, true)}
            {inFlight.more > 0 && `, and ${plural(inFlight.more, 'more', 'more')}`}.
          </p>
        </>
      )}
    </section>
  );
}

function Changed({ record: { changed } }: { readonly record: CrashRecord }) {
  if (changed.length === 0) return null;
  return (
    <section>
      <h2>Changed since the last start that went well</h2>
      <DiffTable rows={changed} before="Before" after="After" />
    </section>
  );
}

function Curve({ record: { curve, crash } }: { readonly record: CrashRecord }) {
  if (curve === null) return null;
  const times = timesOf(curve.endAt, curve.stepMs, curve.series.cpuPercent.length);
  return (
    <section>
      <h2>The minutes before</h2>
      <div class="charts">
        {GRAPHS.filter(({ series }) => curve.series[series].some((value) => value !== null)).map((graph) => (
          <Chart
            key={graph.series}
            graph={graph}
            times={times}
            lines={[{ label: graph.title, values: curve.series[graph.series] }]}
            group={crash}
          />
        ))}
      </div>
    </section>
  );
}
