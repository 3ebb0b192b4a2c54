/**
 * `metrics`: everything that is measured, once, as Prometheus reads it. Without it a machine whose exporter collects text files
 * would need a port of ours to be open.
 */
import { renderMetrics } from '../../web/prometheus.ts';
import { type Command, hasFlag } from '../command.ts';

export const metrics: Command = {
  usage: '[none...]',
  flags: [{ flags: '--openmetrics', description: 'In the form of OpenMetrics.' }],
  notes: [
    'For the textfile collector of node_exporter: write into a file beside and rename it, as in',
    '`upkeep metrics > upkeep.prom.new && mv upkeep.prom.new upkeep.prom`. `upkeep web` serves the same at /metrics.',
  ],
  async run(session, _words, flags) {
    const client = await session.client();
    const readings = await client.request('metrics.now', {});
    session.out.machine(renderMetrics(readings, hasFlag(flags, 'openmetrics') ? 'openmetrics' : 'prometheus'));
    return 0;
  },
};
