/** `launchBus` of `upkeep/pm2`: what is heard, under which names, and that it goes on. */
import { expect } from 'vitest';
import { apiOf, type Bus, type Pm2 } from '../helpers/pm2-api.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const TALK = `console.log('out line'); console.error('err line');
process.send({ type: 'my:event', data: { a: 1 } });
setInterval(() => console.log('tick'), 50);
`;

interface Heard {
  readonly args: readonly unknown[];
}

async function listen(pm2: Pm2, pattern: string): Promise<{ readonly heard: Heard[]; readonly bus: Bus }> {
  const bus = await pm2.launchBus();
  const heard: Heard[] = [];
  bus.on(pattern, (...args) => heard.push({ args }));
  return { heard, bus };
}

const packetsOf = (heard: readonly Heard[], name: string): Record<string, unknown>[] =>
  heard.filter(({ args }) => args[0] === name).map(({ args }) => args[1] as Record<string, unknown>);

test('lines, steps of processes and events of apps, each under its name', async ({ rig }) => {
  rig.write('talk.js', TALK);
  const pm2 = apiOf(rig);
  const { heard, bus } = await listen(pm2, '*');
  await pm2.start({ script: 'talk.js', name: 'talk' });
  await pm2.restart('talk');
  await until(
    () =>
      packetsOf(heard, 'process:event').some(({ event }) => event === 'restart') &&
      packetsOf(heard, 'my:event').length > 0
        ? true
        : undefined,
    () => `the restart and the event; heard: ${[...new Set(heard.map(({ args }) => args[0]))].join(', ')}`,
  );
  await until(
    () => packetsOf(heard, 'log:out')[0],
    () => 'a line of stdout',
  );
  expect(packetsOf(heard, 'log:out')[0]).toMatchObject({
    process: { name: 'talk', pm_id: 0, namespace: 'default' },
    data: 'out line\n',
    at: expect.any(Number),
  });
  await until(
    () => packetsOf(heard, 'log:err')[0],
    () => 'a line of stderr',
  );
  expect(packetsOf(heard, 'my:event')[0]).toMatchObject({
    data: { a: 1 },
    process: { name: 'talk' },
    at: expect.any(Number),
  });
  const steps = packetsOf(heard, 'process:event').map(({ event, manually }) => `${String(event)} ${String(manually)}`);
  expect(steps).toEqual(['online false', 'start true', 'exit false', 'exit false', 'online false', 'restart true']);
  bus.off('*');
  const count = heard.length;
  const after: unknown[] = [];
  bus.on('log:*', (type, packet) => after.push([type, (packet as { data: string }).data]));
  await until(
    () =>
      after.filter((one) => JSON.stringify(one) === JSON.stringify(['out', 'tick\n'])).length >= 2 ? true : undefined,
    () => `further lines, by the text that the star stood for: ${JSON.stringify(after)}`,
  );
  expect(heard).toHaveLength(count);
});

const ticksOf = (rig: Rig, pm2: Pm2): Promise<{ ticks: unknown[]; socket: { states: string[] } }> =>
  new Promise((resolve, reject) => {
    rig.write('tick.js', "setInterval(() => console.log('tick'), 20);\n");
    pm2.launchBus(((
      error: Error,
      bus: { on(name: string, listener: () => void): void },
      socket: NodeJS.EventEmitter,
    ) => {
      if (error) return reject(error);
      const ticks: unknown[] = [];
      const states: string[] = [];
      for (const name of ['reconnect attempt', 'connect', 'close']) socket.on(name, () => states.push(name));
      bus.on('log:out', () => ticks.push(null));
      resolve({ ticks, socket: { states } });
    }) as never);
  });

const grows = async (items: readonly unknown[]): Promise<void> => {
  const { length } = items;
  await until(
    () => (items.length > length + 2 ? true : undefined),
    () => 'lines to come',
  );
};

test('it goes on when the daemon is killed and comes back', async ({ rig }) => {
  const pm2 = apiOf(rig);
  const { ticks, socket } = await ticksOf(rig, pm2);
  await pm2.start({ script: 'tick.js', name: 'tick' });
  await grows(ticks);
  const pid = await rig.daemonPid();
  process.kill(pid, 'SIGKILL');
  await rig.nextDaemon(pid);
  await until(
    () => (socket.states.includes('connect') ? true : undefined),
    () => 'the bus to be there again',
  );
  await grows(ticks);
  expect(socket.states).toContain('reconnect attempt');
});

test('it joins the daemon that is started after a kill, and tells of the kill', async ({ rig }) => {
  const pm2 = apiOf(rig);
  const { ticks } = await ticksOf(rig, pm2);
  const { heard, bus } = await listen(pm2, 'pm2:kill');
  await pm2.start({ script: 'tick.js', name: 'tick' });
  await grows(ticks);
  await pm2.kill();
  await until(
    () => heard[0],
    () => 'the end of the daemon to be told',
  );
  expect(heard[0]?.args[0]).toMatchObject({ status: 'killed' });
  bus.close();
  await pm2.start({ script: 'tick.js', name: 'tock' });
  await grows(ticks);
});
