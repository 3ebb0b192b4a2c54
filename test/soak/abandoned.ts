/**
 * Clients that nobody would want: they never read, say half of what they meant to, say what means nothing, or die in the middle.
 * Each leaves something behind in a daemon that only counts on clients that say good-bye.
 */
import { connect, type Socket } from 'node:net';
import { encodeFrame } from '../../src/protocol/frame.ts';
import type { Rig } from '../helpers/rig.ts';
import type { Cast } from './actors.ts';

const request = (id: number, method: string, params: unknown): string | Buffer => encodeFrame({ id, method, params });

/** What they say, before they never read an answer. */
const WORDS: readonly (() => readonly (string | Buffer)[])[] = [
  () => [],
  () => [request(1, 'logs.follow', { targets: ['all'], streams: ['out', 'err'] })],
  () => [request(1, 'bus.follow', {}), request(2, 'events.follow', { after: null })],
  () => Array.from({ length: 50 }, (_, i) => request(i, 'instance.describe', { targets: ['all'] })),
  () => [String(request(1, 'instance.list', {})).slice(0, 12)],
  () => ['not a frame at all\n', '{"id": "x"}\n', '[]\n'],
  () => [request(1, 'no.such', null), request(2, 'instance.why', { target: 'nobody' })],
];

function silent(path: string, words: readonly (string | Buffer)[]): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.pause();
      for (const word of words) socket.write(word);
      resolve(socket);
    });
    socket.on('error', reject);
  });
}

export function playAbandoned(rig: Rig, cast: Cast): void {
  for (const [who, path, everyMs] of [
    ['abandon the daemon', rig.paths.rpcSocket, 400],
    ['abandon the line of apps', rig.paths.agentSocket, 1_500],
  ] as const)
    cast.play(who, everyMs, async () => {
      const socket = await silent(path, cast.oneOf(WORDS)());
      await cast.pause(cast.between(0, 4_000));
      socket.destroy();
    });
  cast.play('die while following', 6_000, async () => {
    const follower = rig.spawnCli('logs');
    await cast.pause(cast.between(50, 3_000));
    follower.stop();
  });
}
