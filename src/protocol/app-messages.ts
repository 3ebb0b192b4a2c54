/**
 * The language that libraries inside apps speak with `process.send`: metrics, actions, settings, events. It is PM2's, because
 * those libraries are out there; without one place that reads it every room would know its words.
 */
import type { Metric, OfferedAction } from '../core/in-app.ts';

/** What a message means. */
export type Saying =
  | { readonly kind: 'metrics'; readonly metrics: readonly (readonly [string, Metric])[] }
  | { readonly kind: 'action'; readonly action: OfferedAction }
  | { readonly kind: 'settings'; readonly settings: readonly (readonly [string, unknown])[] }
  /** It concerns nobody but PM2 itself. */
  | { readonly kind: 'nothing' }
  /** For whoever listens to events of this type. */
  | { readonly kind: 'event'; readonly type: string; readonly data: unknown }
  | { readonly kind: 'message'; readonly raw: unknown };

/** The answer of an action. */
export const REPLY = 'axm:reply';
/** Types that answer a called action for good; a stream goes on until one of them. */
const ENDS: ReadonlySet<string> = new Set([REPLY, 'axm:scoped_action:end', 'axm:scoped_action:error']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function understand(message: unknown): Saying {
  if (!isObject(message)) return { kind: 'message', raw: message };
  const { type, data } = message;
  if (typeof type === 'string' && type !== '' && hasContent(data)) return understandTyped(type, data);
  // PM2's own wrapper says this; here the runtime has said it already.
  if (typeof message.node_version === 'string') return { kind: 'nothing' };
  return { kind: 'message', raw: message };
}

/** As PM2 has it: an event without content is a message like any other. */
const hasContent = (data: unknown): boolean => Boolean(data);

function understandTyped(type: string, data: unknown): Saying {
  switch (type) {
    case 'axm:monitor':
      return { kind: 'metrics', metrics: isObject(data) ? Object.entries(data).map(metricOf) : [] };
    case 'axm:action':
      return isObject(data) && typeof data.action_name === 'string' && data.action_name !== ''
        ? { kind: 'action', action: actionOf(data.action_name, data) }
        : { kind: 'nothing' };
    case 'axm:option:configuration':
      return isObject(data) ? { kind: 'settings', settings: Object.entries(data) } : { kind: 'nothing' };
    case 'axm:option:setPID':
      return { kind: 'nothing' };
    default:
      return { kind: 'event', type, data };
  }
}

/** Some libraries give a bare value. */
const metricOf = ([name, metric]: readonly [string, unknown]): readonly [string, Metric] => [
  name,
  isObject(metric) && Object.hasOwn(metric, 'value') ? (metric as Metric) : { value: metric },
];

const actionOf = (name: string, data: Record<string, unknown>): OfferedAction => ({
  name,
  type: typeof data.action_type === 'string' ? data.action_type : 'custom',
  arity: typeof data.arity === 'number' ? data.arity : null,
  options: data.opts ?? null,
});

/** The action that an event answers for good; null: none. */
export function answeredAction(type: string, data: unknown): string | null {
  return ENDS.has(type) && isObject(data) && typeof data.action_name === 'string' ? data.action_name : null;
}

/** How an app is told that one of its actions is called. */
export interface Call {
  readonly action: string;
  /** Absent: none were given. */
  readonly params?: unknown;
  /** Names one of several calls of a streaming action. */
  readonly uuid?: string | undefined;
}

/** The app's libraries tell the two forms apart: a bare name, or a name with what goes with it. */
export function callMessage({ action, params, uuid }: Call, id: number): unknown {
  if (params === undefined && uuid === undefined) return action;
  return {
    id,
    msg: action,
    ...(params === undefined ? {} : { opts: params }),
    ...(uuid === undefined ? {} : { uuid }),
  };
}
