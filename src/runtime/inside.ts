/**
 * How the process is inside, for whoever asks the daemon: heap, event loop, requests answered. What costs nothing is always known,
 * and what has to be counted is counted while somebody looks; otherwise a busy server would pay for being measured.
 */
import type { Detail, Glance, Measures } from '../protocol/agent.ts';
import { Collections } from './collections.ts';
import { DelayWatch } from './loop-delay.ts';
import { RequestCounts } from './request-counts.ts';

/** Counting goes on for so long after the last question: who looks every few minutes finds numbers each time. */
const COUNTED_FOR_MS = 300_000;

interface HandleLists {
  _getActiveHandles?(): unknown[];
  _getActiveRequests?(): unknown[];
}

export class Inside {
  readonly #delay = new DelayWatch();
  readonly #requests = new RequestCounts();
  readonly #collections = new Collections();
  #askedAt = 0;
  #isCounting = false;

  glance(): Glance {
    const { heapUsed, heapTotal, external } = process.memoryUsage();
    const { active, idle } = performance.eventLoopUtilization();
    return {
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      externalBytes: external,
      loopActiveMs: Math.round(active),
      loopIdleMs: Math.round(idle),
      delayP99Ms: rounded(this.#delay.p99()),
    };
  }

  measures(): Measures {
    this.#count();
    const detail = this.#detail();
    const glance = this.glance();
    const active = process as unknown as HandleLists;
    return {
      heapUsedBytes: glance.heapUsedBytes,
      heapTotalBytes: glance.heapTotalBytes,
      activeRequests: active._getActiveRequests?.().length ?? 0,
      activeHandles: active._getActiveHandles?.().length ?? 0,
      loop: this.#delay.usual(),
      http: this.#requests.lately(),
      glance,
      detail,
    };
  }

  #detail(): Detail {
    const v8 = require('node:v8') as typeof import('node:v8');
    return {
      heapLimitBytes: v8.getHeapStatistics().heap_size_limit,
      heapSpaces: v8.getHeapSpaceStatistics().map((space) => ({
        name: space.space_name,
        sizeBytes: space.space_size,
        usedBytes: space.space_used_size,
        availableBytes: space.space_available_size,
        physicalBytes: space.physical_space_size,
      })),
      delay: this.#delay.all(),
      collections: this.#collections.all(),
      requests: this.#requests.all(),
    };
  }

  #count(): void {
    this.#askedAt = performance.now();
    if (this.#isCounting) return;
    this.#isCounting = true;
    this.#requests.begin();
    this.#collections.begin();
    this.#endAfter(COUNTED_FOR_MS);
  }

  #endAfter(ms: number): void {
    setTimeout(() => {
      const left = this.#askedAt + COUNTED_FOR_MS - performance.now();
      if (left > 0) return this.#endAfter(left);
      this.#isCounting = false;
      this.#requests.end();
      this.#collections.end();
    }, ms).unref();
  }
}

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 1000) / 1000);
