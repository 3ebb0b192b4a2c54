import { describe, expect, it } from 'vitest';
import { packetOf } from '../../../src/pm2/bus.ts';
import { sample, sampleSpec } from '../cli/samples.ts';

const process = { id: 3, name: 'api', namespace: 'default' };
const named = { pm_id: 3, name: 'api', namespace: 'default' };

describe('what is heard on the bus, in the shape of PM2', () => {
  it.each([
    ['launched', false, 'online'],
    ['started', true, 'start'],
    ['exited', false, 'exit'],
    ['gave-up', false, 'restart overlimit'],
    ['stopped', true, 'stop'],
    ['restarted', true, 'restart'],
    ['reloaded', true, 'reload'],
    ['deleted', true, 'delete'],
  ] as const)('a process that %s', (step, isCommand, word) => {
    const spec = sampleSpec({ env: { inherited: {}, declared: { REGION: 'north' } } });
    const event = { kind: 'process', step, isCommand, isReplaced: false, at: 7, status: 'stopped' } as const;
    const { name, packet } = packetOf({ ...event, instance: sample({ spec }) }, '/home');
    expect(name).toBe('process:event');
    expect(packet).toMatchObject({ event: word, manually: isCommand, at: 7 });
    expect(packet.process).toMatchObject({
      pm_id: 0,
      name: 'api',
      status: 'stopped',
      restart_time: 0,
      REGION: 'north',
    });
    expect(packet.process).not.toHaveProperty('env');
  });

  it('tells the status at the step, and how it is on the whole in a field of its own', () => {
    const event = { kind: 'process', step: 'launched', isCommand: false, isReplaced: false, at: 7 } as const;
    const { packet } = packetOf({ ...event, status: 'launching', instance: sample() }, '/home');
    expect(packet.process).toMatchObject({ status: 'launching', actual_status: 'online' });
  });

  it('a process whose slot another one has taken has another id', () => {
    const event = { kind: 'process', step: 'exited', isCommand: false, isReplaced: true, at: 7 } as const;
    const { packet } = packetOf({ ...event, status: 'stopping', instance: sample() }, '/home');
    expect(packet.process).toMatchObject({ pm_id: '_old_0' });
  });

  it('events and messages of apps, lines, and the end of the daemon', () => {
    const data = { a: 1 };
    expect(packetOf({ kind: 'event', type: 'my:type', data, at: 7, process }, '/home')).toEqual({
      name: 'my:type',
      packet: { at: 7, data, process: named },
    });
    expect(packetOf({ kind: 'message', raw: 'text', at: 7, process }, '/home')).toEqual({
      name: 'process:msg',
      packet: { at: 7, raw: 'text', process: named },
    });
    const line = { ...process, stream: 'err', at: 7, text: 'oh' } as const;
    expect(packetOf({ kind: 'line', line }, '/home')).toEqual({
      name: 'log:err',
      packet: { process: { ...named, rev: null }, data: 'oh\n', at: 7 },
    });
    expect(packetOf({ kind: 'daemon-line', text: 'a note', at: 7 }, '/home')).toEqual({
      name: 'log:PM2',
      packet: { process: { pm_id: 'PM2', name: 'PM2', rev: null }, data: 'a note\n', at: 7 },
    });
    expect(packetOf({ kind: 'killed', at: 7 }, '/home')).toMatchObject({
      name: 'pm2:kill',
      packet: { status: 'killed' },
    });
  });
});
