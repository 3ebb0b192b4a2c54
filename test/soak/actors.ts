/**
 * Those who make the load: each does one thing again and again, at moments of a seeded random, until it is told to stop. What goes
 * wrong is kept with the name of who met it, so that a failure after an hour can be told from another.
 */
import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client/index.ts';
import type { Report } from '../../src/protocol/control.ts';
import type { Rig } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import type { Web } from '../helpers/web.ts';
import type { Scene } from './programs.ts';

export type Random = () => number;

/** mulberry32: small, and the same on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Cast {
  readonly counts = new Map<string, number>();
  readonly failures: string[] = [];
  readonly #ending = new AbortController();
  readonly #playing: Promise<void>[] = [];
  readonly #random: Random;
  /** Whether a daemon that is away is an answer too. */
  readonly #mayBeAway: boolean;

  constructor(random: Random, mayBeAway = false) {
    this.#random = random;
    this.#mayBeAway = mayBeAway;
    // Every pause of everybody listens.
    setMaxListeners(0, this.ending);
  }

  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  between(low: number, high: number): number {
    return low + this.#random() * (high - low);
  }

  oneOf<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T;
  }

  /** Waits, but not longer than the whole. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.ending }).catch(() => {});
  }

  /** @param everyMs mean of the pauses */
  play(name: string, everyMs: number, act: () => Promise<unknown>): void {
    const run = async (): Promise<void> => {
      while (!this.ending.aborted) {
        await this.pause(this.between(0, 2 * everyMs));
        if (this.ending.aborted) return;
        await act().catch((error: Error) => this.#onFailure(name, error));
        this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      }
    };
    this.#playing.push(run());
  }

  #onFailure(name: string, error: Error): void {
    const isAway = /no daemon answers|NO_DAEMON|connection ended|is ending|ECONNRE|ENOENT/.test(
      `${error.message} ${(error as { code?: string }).code}`,
    );
    if (!(this.#mayBeAway && isAway)) this.failures.push(`${name}: ${error.stack ?? error.message}`);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#playing);
  }
}

const must = ({ outcomes }: Report): void => {
  const failed = outcomes.find(({ failure }) => failure !== null);
  if (failed !== undefined) throw new Error(`${failed.name}: ${JSON.stringify(failed.failure)}`);
};

async function withClient(rig: Rig, act: (client: Client) => Promise<void>): Promise<void> {
  const client = await connect({ home: rig.home, env: rig.env, startDaemon: false });
  try {
    await act(client);
  } finally {
    client.close();
  }
}

/** Reads for a while, at most so many items a turn: some readers are slow. */
async function read<T>(cast: Cast, follow: (signal: AbortSignal) => Promise<AsyncIterableIterator<T>>): Promise<void> {
  const leaving = new AbortController();
  const timer = setTimeout(() => leaving.abort(), cast.between(200, 5_000));
  const leave = (): void => leaving.abort();
  cast.ending.addEventListener('abort', leave);
  const isSlow = cast.between(0, 1) < 0.3;
  try {
    for await (const _ of await follow(leaving.signal)) {
      if (leaving.signal.aborted) return;
      if (isSlow) await sleep(5);
    }
  } finally {
    clearTimeout(timer);
    cast.ending.removeEventListener('abort', leave);
  }
}

export function playFollowers(rig: Rig, cast: Cast): void {
  for (const targets of [['all'], ['steady'], ['throws', 'gives-up']])
    cast.play(`follow the logs of ${targets}`, 1_000, () =>
      withClient(rig, (client) =>
        read(cast, (signal) => client.followLogs(targets[0] === 'throws' ? 'all' : targets, { signal })),
      ),
    );
  cast.play('follow events', 1_500, () =>
    withClient(rig, (client) => read(cast, (signal) => client.followEvents({ signal }))),
  );
  cast.play('follow the bus', 2_000, () =>
    withClient(rig, (client) => read(cast, (signal) => client.followBus({ signal }))),
  );
}

export function playCommands(rig: Rig, cast: Cast): void {
  const quiet = [
    'list',
    'describe',
    'metrics',
    'history',
    'save',
    'why',
    'env',
    'message',
    'page of logs',
    'host',
    'signal',
  ];
  cast.play('commands', 300, () =>
    withClient(rig, async (client) => {
      switch (cast.oneOf(quiet)) {
        case 'list':
          return void (await client.list({ watch: cast.between(0, 1) < 0.5 }));
        case 'describe':
          return void (await client.describe());
        case 'metrics':
          return void (await client.metrics());
        case 'history':
          return void (await client.history('web'));
        case 'save':
          return void (await client.save());
        case 'why':
          return void (await client.why('web'));
        case 'env':
          return void (await client.env('web'));
        case 'message':
          return must(await client.sendMessage('talker', { hello: 'there' }));
        case 'page of logs':
          return void (await client.logPage('steady', {}, { limit: 50 }));
        case 'signal':
          return must(await client.signal('web', 'SIGCONT'));
        default:
          return void (await client.host());
      }
    }),
  );
  cast.play('commands of the shell', 8_000, () => rig.must(cast.oneOf(['list', 'jlist', 'save', 'events', 'alerts'])));
}

export function playChanges(rig: Rig, cast: Cast, scene: Scene): void {
  cast.play('reload', 5_000, async () =>
    must(await rig.call('app.reload', { targets: ['web'], specs: {}, parallel: null })),
  );
  cast.play('scale', 4_000, async () => {
    const { length } = (await rig.list()).filter(({ name }) => name === 'scaled');
    must(await rig.call('app.scale', { target: 'scaled', count: length < 3 ? '+1' : '1' }));
  });
  cast.play('touch a watched file', 6_000, async () => writeFileSync(scene.watchedFile, String(cast.between(0, 1))));
}

/** They give up, are reset and started again, deleted and come back as others. */
export function playCrashes(rig: Rig, cast: Cast, scene: Scene): void {
  cast.play('let apps crash', 2_000, async () => {
    await rig.run('start', scene.broken);
    await rig.when('gives-up', ({ status }) => status === 'errored', 'gives up');
    await rig.must('reset', 'gives-up');
    await rig.run('restart', 'gives-up');
    await rig.when('gives-up', ({ status }) => status === 'errored', 'gives up again');
    await cast.pause(cast.between(0, 5_000));
    await rig.must('delete', 'gives-up', 'throws');
  });
}

export function playPage(cast: Cast, web: Web): void {
  cast.play('watch the page', 2_000, async () => {
    const stream = await web.stream('/api/stream');
    await cast.pause(cast.between(500, 8_000));
    stream.stop();
  });
  cast.play('watch logs on the page', 3_000, async () => {
    const stream = await web.open('/api/logs/stream');
    if (cast.between(0, 1) < 0.5) stream.read();
    await cast.pause(cast.between(500, 8_000));
    stream.stop();
  });
  cast.play('look at the page', 3_000, () =>
    web.get(cast.oneOf(['/api/overview', '/api/events', '/api/logs', '/api/crashes'])),
  );
}

/** The daemon makes way for another, or is killed. */
export function playReplacements(rig: Rig, cast: Cast, killed: () => void): void {
  cast.play('replace the daemon', 2_000, async () => {
    const pid = await until(
      () => rig.daemonPid().catch(() => undefined),
      () => 'a daemon',
    );
    if (cast.between(0, 1) < 0.5) {
      killed();
      process.kill(pid, 'SIGKILL');
      await rig.nextDaemon(pid);
    } else await rig.must('update');
  });
}
