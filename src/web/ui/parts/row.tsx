/** One process in the list. It is drawn anew only when what it shows has changed: 300 of them every second would be felt. */
import { Component } from 'preact';
import type { InstanceView } from '../../../protocol/control.ts';
import { ago, bytes, lasting, millis, NOTHING, percent, rate, share } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { linkTo } from '../route.ts';
import { Spark } from './spark.tsx';
import { lookOf, Status } from './status.tsx';

interface RowProps {
  readonly instance: InstanceView;
  readonly isOneOfSeveral: boolean;
  readonly isChosen: boolean;
  readonly hasGeneration?: boolean;
  /** Of the overview. */
  readonly at: number;
}

/** Why it is as it is, where that is not "it runs, as it should". */
function reasonOf(instance: InstanceView, at: number): string | null {
  const { tone, word } = lookOf(instance);
  if (tone === 'good') return null;
  const blocked = instance.health?.blocked;
  if (word === 'blocked' && blocked != null)
    return `its event loop has not turned for ${lasting(at - blocked.sinceAt)}`;
  const due = instance.dueAt !== null && instance.dueAt > at ? `, in ${lasting(instance.dueAt - at)}` : '';
  return `${plain(instance.reason)}${due}`;
}

const upText = (instance: InstanceView, at: number): string =>
  instance.pid === 0 ? NOTHING : ago(instance.startedAt, at).replace(/ ago$/, '');

export class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    return keyOf(next) !== keyOf(this.props);
  }

  override render({ instance, isOneOfSeveral, isChosen, hasGeneration = false, at }: RowProps) {
    const { load } = instance;
    const reason = reasonOf(instance, at);
    const query = isOneOfSeveral ? { id: String(instance.id) } : {};
    return (
      <tr id={`row-${instance.id}`} class={isChosen ? 'chosen' : ''} aria-current={isChosen ? 'true' : undefined}>
        <th scope="row" class="col-name">
          <a href={linkTo(['app', instance.appKey], query)}>
            {plain(instance.name)}
            {isOneOfSeveral && <small>/{instance.slot}</small>}
          </a>
          <small class="id">
            id {instance.id}
            {hasGeneration && ` · generation ${instance.generation}`}
            {instance.namespace !== 'default' && ` · ${plain(instance.namespace)}`}
          </small>
        </th>
        <td class="col-state">
          <Status instance={instance} />
          {reason !== null && <small class="reason">{reason}</small>}
        </td>
        <td class="number col-cpu">
          {instance.pid > 0 && <Spark id={instance.id} />}
          {instance.pid === 0 ? NOTHING : percent(instance.cpuPercent)}
        </td>
        <td class="number col-memory">{instance.pid === 0 ? NOTHING : bytes(instance.memoryBytes)}</td>
        <td class="number col-loop">{share(load?.loopUtilization)}</td>
        <td class="number col-requests">{rate(load?.requestsPerSecond).replace('/s', '')}</td>
        <td class="number col-p99">{millis(load?.requestP99Ms)}</td>
        <td class="number col-restarts">
          {instance.restarts}
          {instance.unstableRestarts > 0 && (
            <small class="bad" title="Unstable restarts in a row">
              {' '}
              +{instance.unstableRestarts}
            </small>
          )}
        </td>
        <td class="number col-uptime">{upText(instance, at)}</td>
      </tr>
    );
  }
}

/** All that is shown; the curve moves with the CPU. */
function keyOf({ instance, isOneOfSeveral, isChosen, at }: RowProps): string {
  const { load } = instance;
  return [
    instance.name,
    instance.slot,
    instance.generation,
    lookOf(instance).word,
    reasonOf(instance, at),
    instance.cpuPercent,
    instance.memoryBytes,
    load?.loopUtilization,
    load?.requestsPerSecond,
    load?.requestP99Ms,
    instance.restarts,
    instance.unstableRestarts,
    upText(instance, at),
    isOneOfSeveral,
    isChosen,
  ].join('\u0000');
}
