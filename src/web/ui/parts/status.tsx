/** The state of a process as a word with a sign: colour alone would say nothing to some, and nothing on paper. */
import type { InstanceView } from '../../../protocol/control.ts';

interface Look {
  readonly sign: string;
  readonly tone: 'good' | 'busy' | 'bad' | 'off';
  readonly word: string;
}

/** @returns what stands in the list for this process, with what PM2's word leaves out */
export function lookOf({ status, readiness, health }: InstanceView): Look {
  const isBlocked = health?.blocked != null && health.blocked.untilAt === null;
  switch (status) {
    case 'online':
      if (isBlocked) return { sign: '!', tone: 'bad', word: 'blocked' };
      if (readiness === 'unready') return { sign: '!', tone: 'bad', word: 'unready' };
      if (readiness === 'draining') return { sign: '◔', tone: 'busy', word: 'draining' };
      return { sign: '●', tone: 'good', word: 'online' };
    case 'launching':
      return { sign: '◐', tone: 'busy', word: 'launching' };
    case 'stopping':
      return { sign: '◔', tone: 'busy', word: 'stopping' };
    case 'waiting restart':
      return { sign: '↻', tone: 'bad', word: 'waiting restart' };
    case 'errored':
      return { sign: '✕', tone: 'bad', word: 'errored' };
    case 'stopped':
      return { sign: '■', tone: 'off', word: 'stopped' };
    default:
      return { sign: '?', tone: 'off', word: String(status) };
  }
}

/** For sorting by state: what needs somebody comes first. */
export function urgency(instance: InstanceView): number {
  return ['bad', 'busy', 'good', 'off'].indexOf(lookOf(instance).tone);
}

export function Status({ instance }: { readonly instance: InstanceView }) {
  const { sign, tone, word } = lookOf(instance);
  return (
    <span class={`status ${tone}`}>
      <span class="sign" aria-hidden="true">
        {sign}
      </span>
      {word}
    </span>
  );
}
