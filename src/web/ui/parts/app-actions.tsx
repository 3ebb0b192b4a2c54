/** What can be done to an app. Each asks first. */
import type { Action } from '../../api.ts';
import type { AppView } from '../read/apps.ts';
import { linkTo } from '../route.ts';
import { VERBS, wish } from './wishes.ts';

export function AppActions({ app, target }: { readonly app: AppView; readonly target: string }) {
  const isUp = app.instances.some(({ pid }) => pid > 0);
  const isDown = app.instances.some(({ pid }) => pid === 0);
  const verbs: readonly Action['verb'][] = [
    ...(isDown ? (['start'] as const) : []),
    ...(isUp ? (['reload'] as const) : []),
    'restart',
    'scale',
    ...(isUp ? (['stop'] as const) : []),
    'reset',
    'delete',
  ];
  return (
    <fieldset class="actions" aria-label="Actions">
      {verbs.map((verb) => (
        <button
          key={verb}
          type="button"
          class={verb === 'delete' ? 'danger quiet' : verb === 'reset' ? 'quiet' : ''}
          onClick={() => wish.set({ verb, target, label: app.name })}
        >
          {VERBS[verb].name}
        </button>
      ))}
      {isUp && (
        <a
          class="button quiet"
          href={linkTo(['profiles'], { id: String(app.instances.find(({ pid }) => pid > 0)?.id) })}
        >
          Profile
        </a>
      )}
    </fieldset>
  );
}
