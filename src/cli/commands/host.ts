/**
 * `slist`: what the machine does, under the keys that PM2's dashboards read. Without it they would have to measure it
 * themselves.
 */
import { type Command, hasFlag } from '../command.ts';

export const slist: Command = {
  usage: '[ignored...]',
  flags: [{ flags: '-t, --tree', description: 'As a tree.' }],
  notes: [
    'CPU, memory, disks and network; rates are averages since the last look (30 s). `upkeep set pm2:sysmonit false` turns it off.',
  ],
  async run(session, _words, flags) {
    const client = await session.client();
    const [{ hostMetrics }, host] = await Promise.all([import('../../pm2/host-metrics.ts'), client.host()]);
    const metrics = host === null ? {} : hostMetrics(host);
    if (hasFlag(flags, 'tree')) {
      session.out.machine(tree(metrics));
      return 0;
    }
    const { inspect } = await import('node:util');
    session.out.machine(`${inspect(metrics, { depth: null, colors: false, breakLength: 80 })}\n`);
    return 0;
  },
};

type Branch = { readonly [key: string]: unknown };

const isBranch = (value: unknown): value is Branch => typeof value === 'object' && value !== null;

function tree(branch: Branch, indent = ''): string {
  const entries = Object.entries(branch);
  return entries
    .map(([key, value], index) => {
      const isLast = index === entries.length - 1;
      const line = `${indent}${isLast ? '└─' : '├─'} ${key}`;
      if (!isBranch(value)) return `${line}: ${String(value)}\n`;
      return `${line}\n${tree(value, `${indent}${isLast ? '   ' : '│  '}`)}`;
    })
    .join('');
}
