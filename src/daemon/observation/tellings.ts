/**
 * What the runtime of each process has told of late, and when it is to be asked again. Without the memory of a reading some seconds
 * old nobody could tell a rate, and without the rhythm every reader would ask for itself.
 */
import { runningOf } from '../../core/instance.ts';
import type { Load } from '../../protocol/observation.ts';
import type { Runner } from '../../supervisor/runner.ts';
import { loadOf, type Mark } from './load.ts';

/**
 * So much less than the rhythm of the heartbeat, with which the question goes, that one which was asked a second after it is asked
 * with the next: otherwise it would get two messages each time.
 */
const ASK_AGAIN_MS = 8_000;
/** While nobody watches only every third heartbeat asks: the answer costs an idle app more than the sign of its loop. */
const ASK_UNWATCHED_MS = 28_000;
/** Who has not answered is not asked on and on: it stands still, and what it is sent gathers. */
const GIVE_UP_MS = 60_000;
/** Rates are of at least this long, or else of one rhythm more: a page that asks every second wants no jumps. */
const SHORTEST_SPAN_MS = 5_000;
/** What was told longer ago is not shown any more. */
const FRESH_MS = 45_000;

/** Of one life. */
interface Telling {
  readonly incarnation: number;
  askedAt: number;
  last: Mark | null;
  /** The last reading at the turn of the rhythm, and the one before. */
  base: Mark | null;
  before: Mark | null;
}

export class Tellings {
  readonly #tellings = new WeakMap<Runner, Telling>();

  /** It is asked now, if it is time to. */
  isDue(runner: Runner, now: number, isWatched: boolean): boolean {
    const telling = this.#present(runner);
    if (telling === null) return false;
    const hasAnswered = telling.last !== null && telling.last.at >= telling.askedAt;
    const againMs = isWatched ? ASK_AGAIN_MS : ASK_UNWATCHED_MS;
    const isDue = now - telling.askedAt >= (hasAnswered ? againMs : GIVE_UP_MS);
    if (isDue) telling.askedAt = now;
    return isDue;
  }

  hear(runner: Runner, incarnation: number, mark: Mark): void {
    const telling = this.#of(runner, incarnation);
    // The last words of an earlier life.
    if (telling.incarnation !== incarnation) return;
    telling.last = mark;
    const isCountedAnew = mark.requests !== null && mark.requests.counting !== telling.base?.requests?.counting;
    if (telling.base !== null && !isCountedAnew) return;
    telling.base = mark;
    telling.before = null;
  }

  /** Once in a rhythm: what is told from now on is compared with what is known now. */
  turn(runner: Runner): void {
    const telling = this.#present(runner);
    if (telling === null || telling.last === telling.base) return;
    telling.before = telling.base;
    telling.base = telling.last;
  }

  /** null: it does not run, or has told nothing for so long. */
  loadOf(runner: Runner, now: number, freshMs = FRESH_MS): Load | null {
    const { last = null, base = null, before = null } = this.#present(runner) ?? {};
    if (last === null || now - last.at > freshMs) return null;
    const isLongEnough = base !== null && last.at - base.at >= SHORTEST_SPAN_MS;
    const from = isLongEnough ? base : (before ?? base);
    return loadOf(last, from === last ? null : from);
  }

  #present(runner: Runner): Telling | null {
    const incarnation = runningOf(runner.instance.state)?.incarnation;
    return incarnation === undefined ? null : this.#of(runner, incarnation);
  }

  #of(runner: Runner, incarnation: number): Telling {
    const known = this.#tellings.get(runner);
    if (known !== undefined && known.incarnation >= incarnation) return known;
    const telling: Telling = { incarnation, askedAt: 0, last: null, base: null, before: null };
    this.#tellings.set(runner, telling);
    return telling;
  }
}
