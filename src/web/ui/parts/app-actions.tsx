/** What can be done to an app, or to the one process of it that is chosen. Each asks first. */
import type { InstanceView } from '../../../protocol/control.ts';
import type { Action } from '../../api.ts';
import { type AppView, labelOf } from '../read/apps.ts';
import { linkTo } from '../route.ts';
import { useKeys } from './keys.ts';
import { VERBS, wish } from './wishes.ts';

interface ActionsProps {
  readonly app: AppView;
  readonly target: string;
  /** Of several. */
  readonly chosen: InstanceView | undefined;
}

export function AppActions({ app, target, chosen }: ActionsProps) {
  const meant = chosen === undefined ? app.instances : [chosen];
  const isUp = meant.some(({ pid }) => pid > 0);
  const isDown = meant.some(({ pid }) => pid === 0);
  const verbs: readonly Action['verb'][] = [
    ...(isDown ? (['start'] as const) : []),
    ...(isUp ? (['reload'] as const) : []),
    'restart',
    ...(chosen === undefined ? (['scale'] as const) : []),
    ...(isUp ? (['stop'] as const) : []),
    'reset',
    'delete',
  ];
  const act = (verb: Action['verb']) => (): void => {
    if (!verbs.includes(verb)) return;
    wish.set(
      chosen === undefined
        ? { verb, target, label: app.name }
        : { verb, target: String(chosen.id), label: labelOf(chosen, true) },
    );
  };
  useKeys([
    { keys: 'r', what: 'Restart', run: act('restart') },
    { keys: 'l', what: 'Reload', run: act('reload') },
    { keys: 's', what: 'Stop', run: act('stop') },
    { keys: 'a', what: 'Start', run: act('start') },
  ]);
  const profiled = meant.find(({ pid, nodeVersion }) => pid > 0 && nodeVersion !== null);
  return (
    <fieldset class="actions" aria-label="Actions">
      {verbs.map((verb) => (
        <button
          key={verb}
          type="button"
          class={verb === 'delete' ? 'danger quiet' : verb === 'reset' ? 'quiet' : ''}
          onClick={act(verb)}
        >
          {VERBS[verb].name}
        </button>
      ))}
      {profiled !== undefined && (
        <a class="button quiet" href={linkTo(['profiles'], { id: String(profiled.id) })}>
          Profile
        </a>
      )}
    </fieldset>
  );
}
