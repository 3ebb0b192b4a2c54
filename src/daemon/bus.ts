/**
 * Those who hear what processes do and what apps say, as it happens. Nobody waits for a follower: one that does not read is
 * told how much it missed, so that an app that talks a lot cannot fill the daemon.
 */
import type { BusEvent } from '../protocol/control.ts';
import type { Peer } from '../protocol/peer.ts';

/** What a follower may have unread; more is missed. */
const SLOW_FOLLOWER_BYTES = 1024 * 1024;

export class Bus {
  readonly #followers = new Map<Peer, { missed: number }>();

  /** Whether it is worth making an event. */
  get isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  follow(peer: Peer): void {
    if (this.#followers.has(peer)) return;
    this.#followers.set(peer, { missed: 0 });
    peer.onClose(() => this.#followers.delete(peer));
  }

  emit(event: BusEvent): void {
    for (const [peer, follower] of this.#followers) {
      if (peer.queuedBytes > SLOW_FOLLOWER_BYTES) {
        follower.missed++;
        continue;
      }
      peer.notify('bus.event', { event, missed: follower.missed });
      follower.missed = 0;
    }
  }
}
