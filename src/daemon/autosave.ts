/**
 * Saves the list after every change, where the setting `pm2:autodump` asks for it. Without it what was started after the
 * last `save` would not come back with the machine.
 */
import type { Timer } from '../platform/clock.ts';
import type { Daemon } from './daemon.ts';
import { saveDump } from './dump.ts';
import { homeSetting } from './home-settings.ts';

/** Changes that come together are saved once. */
const TOGETHER_MS = 200;

export class Autosave {
  readonly #daemon: Daemon;
  #timer: Timer | null = null;
  #closed = false;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  changed(): void {
    if (this.#closed || this.#timer !== null) return;
    this.#timer = this.#daemon.clock.after(TOGETHER_MS, () => {
      this.#timer = null;
      if (homeSetting(this.#daemon.paths.home, 'autodump') !== 'true') return;
      // An empty list is a change like any other.
      const saved = saveDump(this.#daemon, true);
      if (!saved.ok) this.#daemon.note(`autodump: ${saved.failure.message}`);
    });
  }

  /** The daemon is ending: the list that it empties now is not what the user wants back. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }
}
