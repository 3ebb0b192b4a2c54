/**
 * The shape of what is kept of alerts: what is wanted, and how far it has come. Rules are applied by timers, where a value of
 * another shape would end the daemon, and the next one, too.
 */
import {
  amount,
  flag,
  isRecord,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  orAbsent,
  orNull,
  text,
  whole,
} from '../shape.ts';
import { SEVERITIES } from './config.ts';

const severity = oneOf(...SEVERITIES);

const CONDITIONS = {
  lasting: object({ forMs: amount }),
  counted: object({ count: whole(1), withinMs: amount, clearAfterMs: amount }),
  measured: object({
    measure: oneOf('memoryBytes', 'cpuPercent', 'loopDelayP99Ms', 'requestP99Ms', 'errorShare'),
    above: number,
    forMs: amount,
    clearAfterMs: amount,
    leastRequestsPerSecond: amount,
  }),
};

const TARGETS = {
  webhook: object({ url: text, headers: mapOf(text), secret: orNull(text) }),
  slack: object({ url: text }),
  discord: object({ url: text }),
  command: object({ command: listOf(text) }),
  mail: object({ to: listOf(text), from: orNull(text), sendmail: text }),
};

const told =
  (key: string, shapes: Readonly<Record<string, ReturnType<typeof object>>>) =>
  (value: unknown, at: string): string | null => {
    const word = isRecord(value) ? value[key] : undefined;
    const shape = typeof word === 'string' && Object.hasOwn(shapes, word) ? shapes[word] : undefined;
    return shape === undefined ? `${at}.${key} is none that is known` : shape(value, at);
  };

const config = object({
  format: oneOf(1),
  rules: listOf(
    object({
      key: text,
      kind: text,
      severity,
      apps: listOf(text),
      except: listOf(text),
      condition: told('how', CONDITIONS),
    }),
  ),
  destinations: listOf(
    object({
      name: text,
      target: told('type', TARGETS),
      severity,
      rules: orNull(listOf(text)),
      apps: listOf(text),
      except: listOf(text),
      recovery: flag,
      atMost: whole(1),
      perMs: amount,
      timeoutMs: amount,
    }),
  ),
  groupMs: amount,
  remindMs: orNull(amount),
});

const alert = object({
  number: whole(0),
  rule: text,
  severity,
  id: orNull(whole(0)),
  name: orNull(text),
  raisedAt: number,
  clearedAt: orNull(number),
  reason: text,
  ended: orNull(text),
});

const open = object({
  rule: text,
  id: orNull(whole(0)),
  name: orNull(text),
  reason: text,
  sinceAt: number,
  times: listOf(number),
  calmAt: orNull(number),
  alert: orNull(alert),
  toldAt: number,
});

const item = object({ what: oneOf('raised', 'cleared', 'reminder', 'test'), alert, at: number });

const outbox = object({
  nextNumber: whole(0),
  waiting: listOf(item),
  message: orNull(object({ number: whole(0), at: number, items: listOf(item) })),
  failures: amount,
  lastError: orNull(text),
  retryAt: orNull(number),
  sentAt: listOf(number),
  dropped: amount,
});

const state = object({
  format: oneOf(1),
  alerts: object({
    nextNumber: orAbsent(whole(0)),
    lastEvent: orAbsent(whole(0)),
    open: orAbsent(mapOf(open)),
    past: orAbsent(listOf(alert)),
  }),
  outboxes: mapOf(outbox),
  mutes: orAbsent(listOf(object({ apps: listOf(text), sinceAt: number, untilAt: number }))),
});

/** What is wrong with it, or null. */
export const configProblem = (value: unknown): string | null => config(value, 'config');
export const stateProblem = (value: unknown): string | null => state(value, 'it');
