/**
 * Lines on their way: gathered for a moment, sent, and only then crossed off. Without that order a receiver that is away would
 * cost lines; without the gathering each line would be a request of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { recordOf } from './log-record.ts';
import type { LogSource, ShipBatch } from './log-source.ts';
import type { Progress } from './progress.ts';
import type { LogSender } from './sender.ts';

const GATHER_MS = 500;
const MOST_LINES = 5000;
const LARGEST_BATCH_BYTES = 512 * 1024;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

export interface LogShipping {
  readonly source: LogSource;
  readonly sender: LogSender;
  readonly progress: Progress;
  /** Aborted: what is there is still sent. */
  readonly stop: AbortSignal;
  /** Aborted: what is not taken now is left for the next process. */
  readonly giveUp: AbortSignal;
}

type Coming = Promise<IteratorResult<ShipBatch>>;

interface Gathered {
  readonly batches: readonly ShipBatch[];
  readonly isLast: boolean;
  readonly coming: Coming;
}

const NOT_YET = Symbol('not yet');

/** What comes within a moment of the first; at once if that is much, or nobody waits for more. */
async function gather(batches: AsyncIterator<ShipBatch>, first: Coming, stop: AbortSignal): Promise<Gathered> {
  const found: ShipBatch[] = [];
  let [lines, bytes] = [0, 0];
  let coming = first;
  const patience = new AbortController();
  const over = sleep(GATHER_MS, NOT_YET, { signal: patience.signal }).catch(() => NOT_YET);
  try {
    for (;;) {
      const next = await (found.length === 0 ? coming : Promise.race([coming, over]));
      if (typeof next === 'symbol') return { batches: found, isLast: false, coming };
      if (next.done === true) return { batches: found, isLast: true, coming };
      found.push(next.value);
      lines += next.value.lines.length;
      for (const { text } of next.value.lines) bytes += text.length;
      coming = batches.next();
      const isEnough = lines >= MOST_LINES || bytes >= LARGEST_BATCH_BYTES;
      if (isEnough && !stop.aborted) return { batches: found, isLast: false, coming };
    }
  } finally {
    patience.abort();
  }
}

export async function shipLogs(shipping: LogShipping): Promise<void> {
  const batches = shipping.source.batches();
  let coming = batches.next();
  for (;;) {
    const gathered = await gather(batches, coming, shipping.stop);
    coming = gathered.coming;
    if (!(await deliver(gathered.batches, shipping)) || gathered.isLast) break;
  }
  await shipping.sender.close();
}

/** @returns false: it was not taken, and there is no time left */
async function deliver(batches: readonly ShipBatch[], shipping: LogShipping): Promise<boolean> {
  const { progress, source } = shipping;
  const lines = batches.flatMap((batch) => batch.lines);
  if (batches.some(({ isAfterGap }) => isAfterGap)) progress.gap();
  if (lines.length > 0 && !(await send(lines.map(recordOf), shipping))) return false;
  progress.shipped(
    batches.flatMap(({ places }) => places),
    (path) => source.knows(path),
  );
  return true;
}

async function send(records: readonly ReturnType<typeof recordOf>[], shipping: LogShipping): Promise<boolean> {
  const { sender, progress, stop, giveUp } = shipping;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const sent = await sender.send(records);
    if (sent.kind === 'failed') {
      progress.trouble(sent.why);
      if (giveUp.aborted) return false;
      // Told to end, it tries more often: there is not much time.
      const pause = stop.aborted ? FIRST_WAIT_MS : (sent.retryAfterMs ?? wait * (0.5 + Math.random() / 2));
      await sleep(pause, undefined, { signal: stop.aborted ? giveUp : stop }).catch(() => {});
      continue;
    }
    progress.trouble(null);
    const refused = sent.kind === 'refused' ? records.length : sent.refused;
    progress.count('lines', { sent: records.length - refused, refused });
    if (refused > 0) progress.say(`${refused} lines were refused: ${sent.why}`);
    return true;
  }
}
