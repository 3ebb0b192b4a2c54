/**
 * Readings on their way: taken at even times, sent in their order, kept for a while when the receiver is away. Without the bound
 * a collector that never comes back would fill the memory; what has no room is counted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readings } from '../protocol/observation.ts';
import type { OtlpContext } from './otlp-logs.ts';
import { otlpMetrics } from './otlp-metrics.ts';
import type { OtlpPoster } from './otlp-sender.ts';
import type { Progress } from './progress.ts';

const MOST_WAITING = 60;

export interface MetricShipping {
  /** null: there is no daemon now. */
  readonly read: () => Promise<Readings | null>;
  readonly poster: OtlpPoster;
  readonly context: OtlpContext;
  readonly progress: Progress;
  readonly intervalMs: number;
  readonly stop: AbortSignal;
}

export async function shipMetrics(shipping: MetricShipping): Promise<void> {
  const { read, progress, intervalMs, stop } = shipping;
  const waiting: Readings[] = [];
  while (!stop.aborted) {
    const nextAt = Date.now() + intervalMs;
    const readings = await read();
    if (readings !== null) waiting.push(readings);
    if (waiting.length > MOST_WAITING) {
      waiting.shift();
      progress.count('readings', { dropped: 1 });
    }
    await sendAll(waiting, shipping);
    await sleep(Math.max(0, nextAt - Date.now()), undefined, { signal: stop }).catch(() => {});
  }
  await sendAll(waiting, shipping);
  shipping.poster.close();
}

/** Oldest first, until one is not taken now. */
async function sendAll(waiting: Readings[], { poster, context, progress }: MetricShipping): Promise<void> {
  for (let oldest = waiting[0]; oldest !== undefined; oldest = waiting[0]) {
    const sent = await poster.post('metrics', otlpMetrics(oldest, context));
    if (sent.kind === 'failed') return progress.trouble(sent.why);
    waiting.shift();
    progress.trouble(null);
    progress.count('readings', sent.kind === 'refused' ? { refused: 1 } : { sent: 1 });
    if (sent.why !== null) progress.say(`readings were refused: ${sent.why}`);
  }
}
