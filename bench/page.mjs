// Prints docs/benchmarks.md: the texts of page.md with the tables of results.json, the curves and the counts of instructions in
// their places. A place without results says so, so that a case that was never run is not taken for one without figures.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES } from './cases.mjs';
import { charts } from './charts.mjs';
import { instructionTable } from './instruction-table.mjs';
import { readResults } from './results.mjs';
import { missed, table } from './tables.mjs';

const { cases } = readResults();
const all = Object.values(cases);
const latest = all.reduce((a, b) => (a.at > b.at ? a : b), {
  at: '',
  machine: 'nothing was measured yet',
  versions: {},
});
const versions = Object.assign({}, ...all.map((one) => one.versions));

function section(name) {
  const found = cases[name];
  if (found === undefined) return `Not measured yet: \`npm run bench -- --only ${name} --write\`.`;
  const told = [
    `\`${found.command}\``,
    // What was measured before results were kept has no more than a date.
    found.at.length === 10 ? found.at : `${found.at.slice(0, 16).replace('T', ' ')} UTC`,
    ...(found.tookS === null ? [] : [`${found.tookS} s`]),
    ...(found.machine === latest.machine ? [] : [`on ${found.machine}`]),
  ];
  return `${table(found)}\n\n${told.join(', ')}${found.quick ? '; a quick look' : ''}.`;
}

const misses = missed(cases);
const places = {
  missed: misses.length === 0 ? 'Every target was met.' : misses.join('\n'),
  machine: latest.machine,
  versions: Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', '),
  curves: charts(cases.growth?.points ?? []),
  instructions: instructionTable(),
};

const template = readFileSync(join(import.meta.dirname, 'page.md'), 'utf8');
const homeless = Object.keys(CASES).filter((name) => !template.includes(`{{${name}}}`));
if (homeless.length > 0) throw new Error(`page.md has no place for ${homeless.join(', ')}`);
const text = template.replace(/\{\{(\w+)\}\}/g, (_, place) => {
  if (places[place] !== undefined) return places[place];
  if (CASES[place] === undefined) throw new Error(`page.md has a place {{${place}}} that nothing fills`);
  return section(place);
});
process.stdout.write(text);
