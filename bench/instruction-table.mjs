// What instructions.json keeps of each release, as a table, and by how much a tree differs from the last of them. Without the
// releases side by side a hundred small steps would make the start slow, each too small to be noticed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { grid } from './tables.mjs';

export const INSTRUCTIONS_FILE = join(import.meta.dirname, 'instructions.json');
const LIMIT_PERCENT = 3;

export const readInstructions = () => JSON.parse(readFileSync(INSTRUCTIONS_FILE, 'utf8'));

const millions = (count) => (count / 1e6).toFixed(2);
const signed = (value) => `${value > 0 ? '+' : ''}${value.toFixed(2)} %`;

const change = (name, now, before) => {
  const old = before?.counts[name]?.count;
  return old === undefined ? null : ((now.counts[name].count - old) / old) * 100;
};

/** Counts under another Node or valgrind are other counts. */
const isComparable = (now, before) =>
  before !== undefined && now.node === before.node && now.valgrind === before.valgrind;

export const grown = (now, before) =>
  isComparable(now, before)
    ? Object.keys(now.counts).filter((name) => (change(name, now, before) ?? 0) > LIMIT_PERCENT)
    : [];

/** For the terminal: this tree beside the last release. */
export function differences(now, before) {
  const lines = Object.entries(now.counts).map(([name, { count, spread }]) => {
    const by = change(name, now, before);
    return [name, millions(count), `${spread.toFixed(3)} %`, by === null ? 'new' : signed(by)];
  });
  const text = grid(['what', 'millions', 'spread of 3 runs', `beside ${before?.version ?? 'nothing'}`], lines);
  if (before === undefined) return text;
  if (!isComparable(now, before))
    return `${text}\n\nNot comparable: ${before.version} was counted with Node ${before.node} and ${before.valgrind}.`;
  const worse = grown(now, before);
  return `${text}\n\n${worse.length === 0 ? `Nothing grew by over ${LIMIT_PERCENT} %.` : `Grown by over ${LIMIT_PERCENT} %: ${worse.join(', ')}.`}`;
}

/** For the page: the releases side by side. */
export function instructionTable() {
  const releases = readInstructions();
  if (releases.length === 0) return 'Not counted yet: `npm run bench:instructions -- --write`.';
  const names = [...new Set(releases.flatMap(({ counts }) => Object.keys(counts)))];
  const last = releases.at(-1);
  const lines = names.map((name) => [
    name,
    ...releases.map(({ counts }) => (counts[name] === undefined ? '–' : millions(counts[name].count))),
    last.counts[name] === undefined ? '–' : `${last.counts[name].spread.toFixed(3)} %`,
  ]);
  const of = releases.map(({ version, at, node, valgrind }) => `${version}: ${at}, Node ${node}, ${valgrind}.`);
  const head = ['millions of instructions', ...releases.map(({ version }) => version), 'spread of 3 runs'];
  return `${grid(head, lines)}\n\n${of.join(' ')}`;
}
