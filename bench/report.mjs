// Turns rows into a table for the terminal and for docs/benchmarks.md. What misses its target stands first there, so that
// nobody has to look for it.
import { execSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

const show = (value) =>
  value === null || value === undefined
    ? '–'
    : typeof value === 'number'
      ? String(Math.round(value * 100) / 100)
      : value;

export function table(rows) {
  const head = ['what', 'upkeep', 'pm2', 'bare', 'figure', 'target', 'met'];
  const lines = rows.map(({ what, upkeep, pm2, bare, figure, target, met }) => [
    what,
    show(upkeep),
    show(pm2),
    show(bare),
    show(figure),
    target ?? '–',
    met === null || met === undefined ? '–' : met ? 'yes' : '**no**',
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function document(rows, command) {
  const missed = rows
    .filter((row) => row.met === false)
    .map((row) => `- ${row.what}: ${show(row.figure)}, target ${row.target}`);
  return `# Benchmarks

Side by side in one run with a published PM2 and bare Node. The figures of one machine on one day: compare the ratios.

${missed.length === 0 ? 'Every target was met.' : `## What misses its target\n\n${missed.join('\n')}`}

## The run

- \`${command}\`
- ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${execSync('uname -r', { encoding: 'utf8' }).trim()}
- times in ms, memory in MB, medians

${table(rows)}

"start of N" is the time until all pids exist; \`upkeep start\` itself returns later, when each process has been up for \`min_uptime\`.
"bare" is \`node -e 0\`, an idle Node process, a loop of spawns, Node's own cluster, or the same writer into a file.
`;
}
