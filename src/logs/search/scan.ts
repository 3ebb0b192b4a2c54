/**
 * One log looked through from its oldest file to the newest, or back, block by block. Without the bound that comes with each
 * step all logs would have to be read to their ends before the first line could be shown.
 */
import { AHEAD_MS, BEHIND_MS, Block, type BlockContext, type Hit } from './block.ts';
import type { Filter } from './filter.ts';
import { BLOCK_BYTES, LineClock } from './line-clock.ts';
import type { LogSource } from './query.ts';
import { readLines, unzippedPieces } from './read-blocks.ts';
import { closeSegment, type OpenSegment, openSegment, type Segment } from './segments.ts';

export interface Step {
  /** In the order in which they are to be given. */
  readonly hits: readonly Hit[];
  /** No line that comes with a later step is older (forwards) or newer (backwards) than this key. */
  readonly bound: number;
}

export interface ScanSetup {
  readonly source: LogSource;
  /** Oldest first. */
  readonly segments: readonly Segment[];
  readonly filter: Filter;
  readonly indexFolder: string | null;
  /** Backwards: lines with a larger key are not wanted. */
  readonly newestKey: number;
  readonly undated: () => void;
  /** A file that cannot be read to its end. */
  readonly damaged: (path: string, error: Error) => void;
}

/** Of a compressed file that is read backwards: what is found is kept up to this much, the newest first. */
const KEPT_CHARACTERS = 32 * 1024 * 1024;
/** Blocks without any time that are asked before a search by halves is given up. */
const PROBES = 8;

interface Open {
  readonly file: OpenSegment;
  readonly clock: LineClock;
  readonly context: BlockContext;
}

function opened(segment: Segment, setup: ScanSetup): Open | null {
  const file = openSegment(segment, setup.indexFolder);
  if (file === null) return null;
  const { source, filter, undated } = setup;
  const { from, to, stamp } = segment;
  const clock = new LineClock(file.index, stamp === null ? Number.POSITIVE_INFINITY : to);
  return { file, clock, context: { source, filter, clock, inode: file.inode, stamp, from, to, undated } };
}

/** For a file whose lines tell their times: where the first block begins that is of this time or later. */
function firstBlockFrom(at: number, { file, clock, context }: Open): number {
  if (file.form !== 'plain') return 0;
  const end = clock.undatedBytes(file.bytes);
  const headTime = (block: number): number | null => {
    for (let probe = 0; probe < PROBES; probe++) {
      const from = (block + probe) * BLOCK_BYTES;
      if (from >= end) return Number.POSITIVE_INFINITY;
      const { bytes, base } = readLines(file.fd, from, Math.min(from + BLOCK_BYTES / 8, end), file.bytes);
      const time = new Block(bytes, base, context).headTime();
      if (time !== null) return time;
    }
    return null;
  };
  let [low, high] = [0, Math.ceil(end / BLOCK_BYTES)];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const time = headTime(middle);
    if (time === null) return 0;
    if (time >= at) high = middle;
    else low = middle + 1;
  }
  return Math.min(low * BLOCK_BYTES, end);
}

function startOf(open: Open, since: number | null): number {
  if (since === null) return 0;
  const byIndex = open.clock.firstOffsetFrom(since - AHEAD_MS);
  if (byIndex !== null) return byIndex;
  return Math.max(0, firstBlockFrom(since - AHEAD_MS, open) - BLOCK_BYTES);
}

function endOf(open: Open, bytes: number, { filter, newestKey }: ScanSetup): number {
  const until = filter.until === null ? Number.POSITIVE_INFINITY : filter.until + BEHIND_MS;
  const latest = Math.min(until, newestKey);
  if (latest === Number.POSITIVE_INFINITY) return bytes;
  const undated = open.clock.undatedBytes(bytes);
  const byIndex = undated < bytes ? open.clock.lastOffsetUpTo(latest) : null;
  if (byIndex !== null && byIndex > undated) return byIndex;
  if (undated < bytes && byIndex === null) return bytes;
  // Without an index nothing says how far lines stand from where their times would put them.
  const end = firstBlockFrom(latest + BEHIND_MS, open);
  return end === 0 && undated > 0 ? undated : end;
}

/** The bound after a block: by the index, else by what the block's first line tells. */
function boundAt(open: Open, offset: number, block: Block, before: number): number {
  return open.clock.written(offset)?.from ?? block.headTime() ?? before;
}

export async function* scanForward(setup: ScanSetup): AsyncGenerator<Step> {
  const { filter, segments } = setup;
  const stopAt = filter.until === null ? Number.POSITIVE_INFINITY : filter.until + BEHIND_MS;
  let bound = 0;
  for (const segment of segments) {
    if (filter.since !== null && segment.to < filter.since - AHEAD_MS) continue;
    if (segment.from > stopAt) return;
    bound = Math.max(bound, segment.from);
    yield { hits: [], bound };
    const open = opened(segment, setup);
    if (open === null) continue;
    try {
      for await (const { bytes, base } of pieces(open, startOf(open, filter.since), segment, setup)) {
        const block = new Block(bytes, base, open.context);
        const hits = block.hits();
        const end = base + bytes.length;
        bound = Math.max(bound, boundAt(open, open.clock.written(end) === null ? base : end, block, bound));
        yield { hits, bound };
        if (bound > stopAt && open.clock.isOrdered) return;
      }
    } finally {
      closeUnlessCurrent(open.file, segment);
    }
  }
}

async function* pieces(
  { file, clock }: Open,
  start: number,
  segment: Segment,
  setup: ScanSetup,
): AsyncGenerator<{ readonly bytes: Buffer; readonly base: number }> {
  if (file.form === 'plain') {
    for (let from = start; from < file.bytes; ) {
      const to = clock.pieceEnd(from, file.bytes);
      const piece = readLines(file.fd, from, to, file.bytes);
      if (piece.bytes.length > 0) yield piece;
      from = to;
    }
    return;
  }
  try {
    for await (const piece of unzippedPieces(file.fd, clock)) {
      if (piece.base + piece.bytes.length > start) yield piece;
    }
  } catch (error) {
    setup.damaged(segment.path, error as Error);
  }
}

export async function* scanBackward(setup: ScanSetup): AsyncGenerator<Step> {
  const { filter, newestKey } = setup;
  const stopAt = filter.since === null ? Number.NEGATIVE_INFINITY : filter.since - AHEAD_MS;
  let bound = Number.POSITIVE_INFINITY;
  for (const segment of setup.segments.toReversed()) {
    if (segment.to < stopAt) return;
    // In a flood stamps run ahead of the clock, as no two may be the same.
    if (segment.from > Math.min(newestKey, filter.until ?? newestKey) + BEHIND_MS) continue;
    bound = Math.min(bound, segment.to + AHEAD_MS);
    yield { hits: [], bound };
    const open = opened(segment, setup);
    if (open === null) continue;
    try {
      const { file } = open;
      if (file.form === 'gzip') {
        yield* backThroughGzip(open, segment, setup, bound);
        continue;
      }
      for (let to = endOf(open, file.bytes, setup); to > 0; ) {
        const from = open.clock.pieceStart(to);
        const { bytes, base } = readLines(file.fd, from, to, file.bytes);
        const block = new Block(bytes, base, open.context);
        bound = Math.min(bound, boundAt(open, from, block, bound));
        yield { hits: block.hits().reverse(), bound };
        if (bound < stopAt && open.clock.isOrdered) return;
        to = from;
      }
    } finally {
      closeUnlessCurrent(open.file, segment);
    }
  }
}

/** It can only be unzipped forwards: what is found is kept, and the file unzipped again if that was too much. */
async function* backThroughGzip(open: Open, segment: Segment, setup: ScanSetup, bound: number): AsyncGenerator<Step> {
  let end = Number.POSITIVE_INFINITY;
  while (end > 0) {
    const kept: { readonly base: number; readonly hits: Hit[] }[] = [];
    let characters = 0;
    let isAll = true;
    const start = startOf(open, setup.filter.since);
    for await (const { bytes, base } of pieces(open, start, segment, setup)) {
      if (base >= end) break;
      const hits = new Block(bytes, base, open.context).hits().filter((hit) => hit.key <= setup.newestKey);
      if (hits.length === 0) continue;
      kept.push({ base, hits });
      for (const { line } of hits) characters += line.text.length + 200;
      while (characters > KEPT_CHARACTERS && kept.length > 1) {
        for (const { line } of kept.shift()?.hits ?? []) characters -= line.text.length + 200;
        isAll = false;
      }
    }
    for (let last = kept.pop(); last !== undefined; last = kept.pop()) {
      yield { hits: last.hits.reverse(), bound: Math.min(bound, last.hits[last.hits.length - 1]?.key ?? bound) };
      end = last.base;
    }
    if (isAll) return;
  }
}

function closeUnlessCurrent(file: OpenSegment, segment: Segment): void {
  if (segment.current === null) closeSegment(file);
}
