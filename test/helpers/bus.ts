/** Hears the bus of a rig's daemon in PM2's shape, and keeps all that came. */
import { type Client, connect } from '../../src/client/index.ts';
import { type BusPacket, packetOf } from '../../src/pm2/bus.ts';
import type { Rig } from './rig.ts';
import { until } from './until.ts';

export interface Heard {
  readonly client: Client;
  readonly packets: readonly BusPacket[];
  readonly missed: number;
  /** The first packet of that name for which the condition holds. */
  first(name: string, condition?: (packet: BusPacket['packet']) => boolean): Promise<BusPacket['packet']>;
  /** `event status` of what a process did, in order. */
  steps(): readonly string[];
}

export const stepOf = (packet: BusPacket['packet']): string => {
  const { event, manually, process } = packet as {
    event: string;
    manually: boolean;
    process: { status: string; pm_id: unknown };
  };
  const old = String(process.pm_id).startsWith('_old_') ? ' (old)' : '';
  return `${event} ${process.status}${manually ? ' by command' : ''}${old}`;
};

export async function hearBus(rig: Rig): Promise<Heard> {
  const client = await connect({ home: rig.home, startDaemon: false });
  const ended = new AbortController();
  rig.onDispose(() => {
    ended.abort();
    client.close();
  });
  const packets: BusPacket[] = [];
  let missed = 0;
  const items = await client.followBus({
    signal: ended.signal,
    onMissed: (count) => {
      missed += count;
    },
  });
  void (async () => {
    for await (const item of items) packets.push(packetOf(item, rig.home));
  })();
  return {
    client,
    packets,
    get missed() {
      return missed;
    },
    async first(name, condition = () => true) {
      const found = await until(
        () => packets.find((one) => one.name === name && condition(one.packet)),
        () => `${name} on the bus; heard: ${JSON.stringify(packets.map((one) => one.name))}`,
      );
      return found.packet;
    },
    steps: () => packets.filter(({ name }) => name === 'process:event').map(({ packet }) => stepOf(packet)),
  };
}
