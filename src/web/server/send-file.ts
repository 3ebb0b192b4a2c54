/**
 * A file as the answer, piece by piece: a heap snapshot can be larger than what this process may hold.
 */
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Asking } from './routes.ts';

/** @param path of a file that was found in a list, never made of what somebody sent */
export function sendFile(asking: Asking, path: string): Response {
  const { incoming, outgoing } = asking.env;
  outgoing.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': statSync(path).size,
    'Content-Disposition': `attachment; filename="${basename(path).replace(/[^\w.-]/g, '_')}"`,
  });
  if (incoming.method === 'HEAD') outgoing.end();
  // What goes wrong on the way cuts the connection: the length has been told.
  else pipeline(createReadStream(path), outgoing, () => {});
  return RESPONSE_ALREADY_SENT;
}
