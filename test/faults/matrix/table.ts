/**
 * The results as a table, for the terminal and for docs/guarantees.md. Without it the figures on the page would be copied
 * by hand, and be those of another day.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { boundOf, EXCLUDED_MOMENTS, FAULT_MEANING, FAULTS, VICTIM_MEANING, VICTIMS, whyExcluded } from './cells.ts';
import type { Result } from './run-cell.ts';

const PAGE = join(import.meta.dirname, '../../../docs/guarantees.md');
const BEGIN = '<!-- fault matrix: begin (npm run test:faults -- --write) -->';
const END = '<!-- fault matrix: end -->';

export const readResults = (path: string): Result[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Result);

const most = (numbers: readonly number[]): number => Math.max(0, ...numbers);
const middle = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[(numbers.length - 1) >> 1] ?? 0;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** A row for each victim and fault that was run. */
export function tableOf(results: readonly Result[]): string {
  const rows = VICTIMS.flatMap((victim) =>
    FAULTS.flatMap((fault) => {
      const runs = results.filter((result) => result.victim === victim && result.fault === fault);
      if (runs.length === 0) return [];
      const bound = boundOf({ victim, fault });
      const moments = new Set(runs.map(({ moment }) => moment)).size;
      const failed = most(runs.map((run) => run.failed));
      const lost = most(runs.map((run) => run.lost));
      const cells = [
        victim,
        fault,
        `${runs.length} (${moments})`,
        sum(runs.map((run) => run.sent)),
        `${failed} (${bound.failed})`,
        `${lost} (${bound.lines})`,
        middle(runs.map((run) => run.inChargeMs)),
        most(runs.map((run) => run.inChargeMs)),
        most(runs.map((run) => run.upMs)),
        runs.filter((run) => run.broken.length > 0).length,
      ];
      return [`| ${cells.join(' | ')} |`];
    }),
  );
  return [
    '| victim | fault | runs (moments) | requests | most failed in a run (bound) | most lines lost (bound) | in charge, median ms | worst ms | all up, worst ms | runs that broke a law |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** Puts the table between its marks. */
export function writePage(results: readonly Result[]): void {
  const excluded = VICTIMS.flatMap((victim) =>
    FAULTS.flatMap((fault) => {
      const reason = whyExcluded({ victim, fault });
      return reason === null ? [] : [`| ${victim} | ${fault} | ${reason} |`];
    }),
  );
  const busy = results.map((result) => result.busy);
  const seeds = [...new Set(results.map(({ seed }) => seed))];
  const text = [
    BEGIN,
    '',
    `Seen on ${new Date().toISOString().slice(0, 10)}: ${results.length} runs on ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}, Linux,`,
    `two cells at a time, on a machine that others kept busy (load average ${Math.min(...busy)} to ${most(busy)}): times are those of that machine; seeds ${Math.min(...seeds)} to ${Math.max(...seeds)}.`,
    '',
    tableOf(results),
    '',
    'Victims:',
    '',
    ...VICTIMS.map((victim) => `- **${victim}**: ${VICTIM_MEANING[victim]}`),
    '',
    'Faults:',
    '',
    ...FAULTS.map((fault) => `- **${fault}**: ${FAULT_MEANING[fault]}`),
    '',
    'Left out, at every moment, because they make no sense:',
    '',
    '| victim | fault | why |',
    '|---|---|---|',
    ...excluded,
    '',
    'Left out at one moment:',
    '',
    '| victim | fault | moment | why |',
    '|---|---|---|---|',
    ...EXCLUDED_MOMENTS.map(({ victim, fault, moment, why }) => `| ${victim} | ${fault} | ${moment} | ${why} |`),
    '',
    END,
  ].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} lacks the marks of the fault matrix`);
  writeFileSync(PAGE, before + text + after);
}
