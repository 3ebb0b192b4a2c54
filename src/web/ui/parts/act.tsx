/**
 * The dialog of an action: what it is about to do, to which processes, and what came of it. Without the list a name that two apps
 * share would be stopped twice by one click.
 */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { InstanceView, Outcome } from '../../../protocol/control.ts';
import type { Action, ActionAnswer } from '../../api.ts';
import { messageOf, order } from '../ask.ts';
import { events, overview } from '../live.ts';
import { labelOf, touchedBy } from '../read/apps.ts';
import { plural } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { useStore } from '../store.ts';
import { Dialog } from './dialog.tsx';
import { Lines } from './facts.tsx';
import { Failure } from './notice.tsx';
import { Rolling } from './rolling.tsx';
import { Status } from './status.tsx';
import { VERBS, type Wish, wish } from './wishes.ts';

type Doing =
  | { readonly stage: 'asked' }
  | { readonly stage: 'doing'; readonly since: number }
  | { readonly stage: 'done'; readonly report: ActionAnswer }
  | { readonly stage: 'failed'; readonly error: string };

export function ActionDialog() {
  const asked = useStore(wish);
  if (asked === null) return null;
  return <OneAction key={`${asked.verb} ${asked.target}`} asked={asked} />;
}

function OneAction({ asked }: { readonly asked: Wish }) {
  const { verb, target, label } = asked;
  const all = useStore(overview)?.instances ?? [];
  const [touched] = useState(() => touchedBy(target, all));
  const [doing, setDoing] = useState<Doing>({ stage: 'asked' });
  const [count, setCount] = useState(String(touched.length));
  const close = (): void => wish.set(null);

  const carryOut = async (): Promise<void> => {
    setDoing({ stage: 'doing', since: events.value.at(-1)?.number ?? 0 });
    const action: Action = { verb, target, ...(verb === 'scale' ? { count } : {}) };
    try {
      setDoing({ stage: 'done', report: await order<ActionAnswer>('/api/actions', action) });
    } catch (error) {
      setDoing({ stage: 'failed', error: messageOf(error) });
    }
  };

  const words = VERBS[verb];
  return (
    <Dialog title={`${words.name} ${plain(label)}`} onClose={close}>
      {doing.stage === 'asked' && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void carryOut();
          }}
        >
          <p>{words.what}</p>
          {verb === 'scale' ? (
            <label class="field">
              Processes
              <input
                type="text"
                inputMode="numeric"
                pattern="[+\-]?[0-9]{1,4}"
                required
                autofocus
                value={count}
                aria-describedby="scale-hint"
                onInput={(event) => setCount(event.currentTarget.value)}
              />
              <small id="scale-hint">
                A number, or +1, −1 relative to {plural(touched.length, 'process', 'processes')} now.
              </small>
            </label>
          ) : (
            <Touched instances={touched} all={all} />
          )}
          <footer>
            <button type="button" onClick={close}>
              Cancel
            </button>
            <button
              type="submit"
              class={verb === 'delete' || verb === 'stop' ? 'danger' : 'primary'}
              autofocus={verb !== 'scale'}
            >
              {words.name}
            </button>
          </footer>
        </form>
      )}
      {doing.stage === 'doing' && (
        <div role="status">
          <p class="working">{words.doing}… It goes on if this is closed.</p>
          {verb === 'reload' &&
            [...new Set(touched.map(({ name }) => name))].map((name) => (
              <Rolling
                key={name}
                name={name}
                instances={touched.filter((instance) => instance.name === name)}
                since={doing.since}
              />
            ))}
        </div>
      )}
      {doing.stage === 'done' && <Reported report={doing.report} verb={verb} onClose={close} />}
      {doing.stage === 'failed' && (
        <>
          <Failure error={doing.error} />
          <footer>
            <button type="button" onClick={close}>
              Close
            </button>
            <button type="button" class="primary" onClick={() => void carryOut()}>
              Try again
            </button>
          </footer>
        </>
      )}
    </Dialog>
  );
}

const SHOWN = 12;

function Touched({
  instances,
  all,
}: {
  readonly instances: readonly InstanceView[];
  readonly all: readonly InstanceView[];
}) {
  if (instances.length === 0) return <p class="notice bad">There is no such process any more.</p>;
  const isSeveral = (key: string): boolean => all.filter(({ appKey }) => appKey === key).length > 1;
  return (
    <ul class="touched" aria-label="Processes that it touches">
      {instances.slice(0, SHOWN).map((instance) => (
        <li key={instance.id}>
          <span>
            {plain(labelOf(instance, isSeveral(instance.appKey)))} <small>id {instance.id}</small>
          </span>
          <Status instance={instance} />
        </li>
      ))}
      {instances.length > SHOWN && <li>and {instances.length - SHOWN} more</li>}
    </ul>
  );
}

function Reported({
  report,
  verb,
  onClose,
}: {
  readonly report: ActionAnswer;
  readonly verb: Action['verb'];
  readonly onClose: () => void;
}) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => button.current?.focus(), []);
  const failed = report.outcomes.filter(({ failure }) => failure !== null).length;
  const done = report.outcomes.length - failed;
  return (
    <div role="status">
      <p class={`notice ${failed > 0 ? 'bad' : 'good'}`}>
        {failed === 0
          ? `Done: ${plural(done, 'process', 'processes')}.`
          : `${VERBS[verb].name} failed for ${failed} of ${plural(report.outcomes.length, 'process', 'processes')}.`}
      </p>
      <ul class="outcomes">
        {report.outcomes.slice(0, 50).map((outcome) => (
          <OneOutcome key={`${outcome.id} ${outcome.pid}`} outcome={outcome} verb={verb} />
        ))}
      </ul>
      {report.notes.map((note) => (
        <p key={note} class="note">
          {plain(note)}
        </p>
      ))}
      <footer>
        <button ref={button} type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </footer>
    </div>
  );
}

function OneOutcome({ outcome, verb }: { readonly outcome: Outcome; readonly verb: Action['verb'] }) {
  const { name, id, failure, up, lastLines, status, pid } = outcome;
  const how = up === null ? (verb === 'delete' ? 'deleted' : status) : [up.how, ...up.addresses].join(' ');
  return (
    <li>
      <b>
        {plain(name)} ({id})
      </b>{' '}
      {failure === null ? `${how}${pid > 0 ? `, pid ${pid}` : ''}` : <span class="bad">{plain(failure.message)}</span>}
      {failure?.hint !== undefined && <p class="note">{plain(failure.hint)}</p>}
      {failure !== null && lastLines.length > 0 && (
        <Lines label={`Last lines of ${plain(name)}`} text={lastLines.map(plain).join('\n')} />
      )}
    </li>
  );
}
