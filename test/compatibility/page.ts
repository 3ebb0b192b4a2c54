/**
 * Makes docs/pm2-compatibility.md of the rows. Without one place that reads them all, a section could be written and never
 * be shown.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Section, Verdict } from './row.ts';

const FOLDER = join(import.meta.dirname, 'rows');

/** Every module in `rows/` exports `sections`. */
export async function allSections(): Promise<readonly Section[]> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'));
  const modules = await Promise.all(
    files.map((file) => import(join(FOLDER, file)) as Promise<{ readonly sections: readonly Section[] }>),
  );
  return modules
    .flatMap(({ sections }) => sections)
    .sort((a, b) => a.number.localeCompare(b.number, 'en', { numeric: true }));
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

export function page(sections: readonly Section[]): string {
  const rows = sections.flatMap((section) => section.rows);
  const count = (verdict: Verdict): number => rows.filter((row) => row.verdict === verdict).length;
  const tables = sections.map((section) => {
    const lines = section.rows.map(
      ({ row, verdict, how, test }) =>
        `| ${cell(row)} | ${verdict}${how === undefined ? '' : `: ${cell(how)}`} | ${cell(test.replace(/^(\S+)/, '`$1`'))} |`,
    );
    return `## ${section.title}\n\n| PM2 7 | Upkeep | shown by |\n| --- | --- | --- |\n${lines.join('\n')}\n`;
  });
  return `# Upkeep beside PM2, row by row

Generated from \`test/compatibility/rows\` by \`npm run docs\`; each row names the test that shows it. **${count('same')}** rows are the same,
**${count('better')}** better, **${count('different')}** different.

${tables.join('\n')}`;
}
