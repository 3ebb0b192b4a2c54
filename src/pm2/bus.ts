/**
 * What is heard on the bus in PM2's shape: the name of an event and its packet. Programs that were written against
 * `launchBus` count on these names, their order and the fields of each packet.
 *
 * Whoever offers the bus puts what `client.followBus()` gives through `packetOf`.
 */
import type { LogLine } from '../core/terms.ts';
import type { BusEvent, InstanceDetail, ProcessName, ProcessStep } from '../protocol/control.ts';
import { jlistEntry } from './jlist.ts';

/** As `client.followBus` gives it. */
type Heard = BusEvent | { readonly kind: 'line'; readonly line: LogLine };

export interface BusPacket {
  readonly name: string;
  readonly packet: Readonly<Record<string, unknown>>;
}

const WORDS: Readonly<Record<ProcessStep, string>> = {
  launched: 'online',
  started: 'start',
  exited: 'exit',
  'gave-up': 'restart overlimit',
  stopped: 'stop',
  restarted: 'restart',
  reloaded: 'reload',
  deleted: 'delete',
};

/** @param home of the daemon, as `jlist` shows it */
export function packetOf(heard: Heard, home: string): BusPacket {
  switch (heard.kind) {
    case 'process':
      return { name: 'process:event', packet: processPacket(heard, home) };
    case 'event': {
      const { type, at, data, process } = heard;
      return { name: type, packet: { at, data, process: processOf(process) } };
    }
    case 'message': {
      const { at, raw, process } = heard;
      return { name: 'process:msg', packet: { at, raw, process: processOf(process) } };
    }
    case 'line': {
      const { id, name, namespace, stream, at, text } = heard.line;
      const process = { pm_id: id, name, rev: null, namespace };
      return { name: `log:${stream}`, packet: { process, data: `${text}\n`, at } };
    }
    case 'daemon-line': {
      const process = { pm_id: 'PM2', name: 'PM2', rev: null };
      return { name: 'log:PM2', packet: { process, data: `${heard.text}\n`, at: heard.at } };
    }
    case 'killed':
      return { name: 'pm2:kill', packet: { status: 'killed', msg: 'the daemon was ended by a command or a signal' } };
  }
}

const processOf = ({ id, name, namespace }: ProcessName): Readonly<Record<string, unknown>> => ({
  pm_id: id,
  name,
  namespace,
});

function processPacket(event: Extract<BusEvent, { kind: 'process' }>, home: string): Readonly<Record<string, unknown>> {
  const { step, isCommand, isReplaced, status, at, instance } = event;
  return {
    event: WORDS[step],
    manually: isCommand,
    process: {
      ...recordOf(instance, home),
      status,
      // How it is on the whole, where PM2's word for the step says less.
      actual_status: instance.status,
      ...(isReplaced ? { pm_id: `_old_${instance.id}` } : {}),
    },
    at,
  };
}

/** Without `env`, which would be there twice. */
function recordOf(instance: InstanceDetail, home: string): Readonly<Record<string, unknown>> {
  const { env: _, ...rest } = jlistEntry(instance, home).pm2_env;
  return { ...rest, pid: instance.pid };
}
