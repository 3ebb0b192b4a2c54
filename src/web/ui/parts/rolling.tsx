/** A reload while it happens: each place with its old process and what becomes of its successor. */
import type { InstanceView } from '../../../protocol/control.ts';
import { events } from '../live.ts';
import { plain } from '../read/plain.ts';
import { type Phase, rolloutOf } from '../read/rollout.ts';
import { useStore } from '../store.ts';

const WORDS: Readonly<Record<Phase, string>> = {
  waiting: 'waits',
  starting: 'new one starts',
  ready: 'new one is ready',
  draining: 'old one drains',
  replaced: 'replaced',
  failed: 'failed',
};

/** How far along, for the bar. */
const DONE: Readonly<Record<Phase, number>> = {
  waiting: 0,
  starting: 1,
  ready: 2,
  draining: 3,
  replaced: 4,
  failed: 4,
};

export function Rolling({
  name,
  instances,
  since,
}: {
  readonly name: string;
  readonly instances: readonly InstanceView[];
  readonly since: number;
}) {
  const { steps, end } = rolloutOf(useStore(events), { name, ids: instances.map(({ id }) => id) }, since);
  const replaced = steps.filter(({ phase }) => phase === 'replaced').length;
  return (
    <section class="rolling" aria-label={`Reload of ${plain(name)}`}>
      <p aria-live="polite">
        {end === null
          ? `Reload of ${plain(name)}: ${replaced} of ${steps.length} replaced`
          : `${end.isGood ? 'Reloaded' : 'Reload failed'}: ${plain(end.reason)}`}
      </p>
      <ol>
        {steps.map(({ id, phase, reason }) => {
          const instance = instances.find((one) => one.id === id);
          return (
            <li key={id} class={`phase ${phase}`}>
              <span>
                {instance === undefined ? id : `${plain(instance.name)}/${instance.slot}`}{' '}
                <small>generation {instance?.generation ?? '?'}</small>
              </span>
              <progress max={4} value={DONE[phase]} aria-label={WORDS[phase]} />
              <span>
                {WORDS[phase]}
                {phase === 'failed' && reason !== '' ? `: ${plain(reason)}` : ''}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
