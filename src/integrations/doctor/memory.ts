/**
 * How much memory there is, for the machine and for the control group, and whether the kernel has had to kill. Without it an
 * app that "just disappears" would be looked for in its code.
 */
import { type Finding, findingsOf, type Read, sizeInWords } from './finding.ts';
import { groupFolder } from './limits.ts';

export interface MemoryFacts {
  readonly read: Read;
  readonly pid: number | 'self';
  readonly availableBytes: number;
  readonly totalBytes: number;
}

const LOW_SHARE = 0.1;
const HIGH_SHARE = 0.9;

const { good, warning, problem } = findingsOf('Memory');

export function checkMemory(facts: MemoryFacts): readonly Finding[] {
  return [machine(facts), ...group(facts)];
}

function machine({ availableBytes, totalBytes }: MemoryFacts): Finding {
  const text = `${sizeInWords(availableBytes)} of ${sizeInWords(totalBytes)} memory are available`;
  return availableBytes < totalBytes * LOW_SHARE
    ? warning(text, '`upkeep list` shows who has it; `max_memory_restart` bounds an app')
    : good(text);
}

const bytesOf = (text: string | null): number | null => {
  const value = Number(text?.trim() || Number.NaN);
  return Number.isNaN(value) ? null : value;
};

function group({ read, pid }: MemoryFacts): readonly Finding[] {
  const folder = groupFolder(read(`/proc/${pid}/cgroup`));
  if (folder === null) return [];
  const findings: Finding[] = [];
  const kills = Number(/^oom_kill (\d+)$/m.exec(read(`${folder}/memory.events`) ?? '')?.[1] ?? 0);
  if (kills > 0)
    findings.push(
      problem(
        `the kernel has killed ${kills} process${kills === 1 ? '' : 'es'} of the control group for want of memory`,
        'raise `MemoryMax=` or the memory of the container, or bound the apps by `max_memory_restart`',
      ),
    );
  const [limit, used] = [bytesOf(read(`${folder}/memory.max`)), bytesOf(read(`${folder}/memory.current`))];
  if (limit !== null && used !== null) {
    const text = `${sizeInWords(used)} of the ${sizeInWords(limit)} of the control group are in use`;
    findings.push(
      used > limit * HIGH_SHARE
        ? warning(text, 'what files take is given back, the rest is not: raise the limit, or bound the apps')
        : good(text),
    );
  }
  return findings;
}
