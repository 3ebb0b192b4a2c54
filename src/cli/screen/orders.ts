/**
 * What is done to processes from the screen: what a key means, how it is asked, how it is carried out and what is said of it.
 * Without it a question could name something else than what is then done.
 */
import type { Client } from '../../client/client.ts';
import type { InstanceView, Outcome, Report } from '../../protocol/control.ts';
import { plain } from '../render/words.ts';
import { labelOf, spokenUp } from '../report.ts';
import type { Order, Verb } from './model.ts';

const CALLED: Readonly<Record<Verb, readonly [ask: string, doing: string, done: string]>> = {
  restart: ['Restart', 'restarting', 'restarted'],
  reload: ['Reload', 'reloading', 'reloaded'],
  stop: ['Stop', 'stopping', 'stopped'],
  start: ['Start', 'starting', 'started'],
  scale: ['Scale', 'scaling', 'scaled'],
};

const siblingsOf = (views: readonly InstanceView[], { appKey }: InstanceView): readonly InstanceView[] =>
  views.filter((view) => view.appKey === appKey);

export function orderFor(views: readonly InstanceView[], verb: Verb, view: InstanceView, count?: string): Order {
  if (verb !== 'scale' || count === undefined) return { verb, ids: [view.id], label: labelOf(view) };
  const now = siblingsOf(views, view).length;
  const by = Number(count);
  const wanted = /^[+-]/.test(count) ? now + by : by;
  return { verb, ids: [view.id], label: `${plain(view.name)} from ${now} to ${wanted}`, count };
}

export function wholeApp(views: readonly InstanceView[], verb: Verb, view: InstanceView): Order | null {
  const ids = siblingsOf(views, view).map(({ id }) => id);
  return ids.length < 2 ? null : { verb, ids, label: `all ${ids.length} of ${plain(view.name)}` };
}

export function question(order: Order, whole: Order | null): string {
  const all = whole === null ? '' : `  a ${whole.label}`;
  return `${CALLED[order.verb][0]} ${order.label}?  y yes${whole === null ? '' : ', this one'}${all}  n no`;
}

export const inProgress = ({ verb, label }: Order): string => `${CALLED[verb][1]} ${label} …`;

export function carryOut(
  client: Pick<Client, 'restart' | 'reload' | 'stop' | 'scale'>,
  { verb, ids, count = '' }: Order,
): Promise<Report> {
  switch (verb) {
    case 'restart':
      return client.restart(ids);
    case 'start':
      return client.restart(ids, { onlyDown: true });
    case 'reload':
      return client.reload(ids);
    case 'stop':
      return client.stop(ids);
    case 'scale':
      return client.scale(ids[0] ?? '', count);
  }
}

export interface Said {
  readonly text: string;
  readonly isFailure: boolean;
  /** What does not fit into a line; empty: nothing. */
  readonly lines: readonly string[];
}

/** What became of it: one line, and of failures all that is known. */
export function spokenReport({ verb, label }: Order, report: Report): Said {
  const failed = report.outcomes.filter(({ failure }) => failure !== null);
  const first = failed[0] ?? null;
  if (first === null) {
    const only = report.outcomes.length === 1 ? report.outcomes[0] : undefined;
    const text =
      verb === 'stop' || only === undefined ? `${label} ${CALLED[verb][2]}` : `${labelOf(only)} ${spokenUp(only)}`;
    return { text, isFailure: false, lines: report.notes };
  }
  const rest = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return {
    text: `${first.failure?.message ?? ''}${rest}`,
    isFailure: true,
    lines: [...failed.flatMap(linesOf), ...report.notes],
  };
}

function linesOf({ failure, lastLines }: Outcome): readonly string[] {
  if (failure === null) return [];
  return [
    ...failure.message.split('\n'),
    ...(failure.hint?.split('\n').map((line) => `  ${line}`) ?? []),
    ...lastLines.map((line) => `    ${line}`),
    '',
  ];
}

export const spokenError = (error: unknown): Said => {
  const { message, hint } = error as { readonly message: string; readonly hint?: string };
  const lines = [...message.split('\n'), ...(hint?.split('\n').map((line) => `  ${line}`) ?? [])];
  return { text: message.split('\n')[0] ?? '', isFailure: true, lines: lines.length > 1 ? lines : [] };
};
