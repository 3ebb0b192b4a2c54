/**
 * `/metrics`: what Prometheus scrapes. Apart from the page's paths, because its reader is a program that asks for one of two forms
 * and takes it packed.
 */
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { CONTENT_TYPES, expositionFor, renderMetrics } from '../prometheus.ts';
import type { DaemonLink } from './link.ts';
import type { Asking } from './routes.ts';

const zipped = promisify(gzip);

export async function metricsPage(asking: Asking, { client }: DaemonLink): Promise<Response> {
  const exposition = expositionFor(asking.req.header('accept'));
  const text = renderMetrics(await client.metrics(), exposition);
  const headers = { 'Content-Type': CONTENT_TYPES[exposition], Vary: 'Accept, Accept-Encoding' };
  if (!/\bgzip\b/.test(asking.req.header('accept-encoding') ?? '')) return asking.body(text, 200, headers);
  // Most of it is repeated: the least effort makes a twentieth of it.
  const packed = await zipped(text, { level: constants.Z_BEST_SPEED });
  return asking.body(new Uint8Array(packed), 200, { ...headers, 'Content-Encoding': 'gzip' });
}
