/**
 * Numbers and bodies of requests, read with care. Without it a word where a number belongs would become `NaN` somewhere
 * behind.
 */
import { badRequest, RefusedRequest } from './refusal.ts';
import type { Asking } from './routes.ts';

/** Larger bodies are not read to their end. */
const LARGEST_BODY_BYTES = 64 * 1024;

/** A whole number of the query; null: it is not there. */
export function numberOf(asking: Asking, name: string, most: number): number | null {
  const text = asking.req.query(name) ?? '';
  if (text === '') return null;
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value > most)
    throw badRequest(`${name} is a whole number up to ${most}, not ${text.slice(0, 20)}`);
  return value;
}

export function idOf(asking: Asking): number {
  const text = asking.req.param('id') ?? '';
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`${text.slice(0, 20)} is not the id of a process`);
  return Number(text);
}

async function textOf(asking: Asking): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of asking.env.incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_BODY_BYTES)
      throw new RefusedRequest(413, `the body of a request has at most ${LARGEST_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The body as an object. A form of another page cannot send this type without asking the browser first. */
export async function bodyOf(asking: Asking): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\b/i.test(asking.req.header('content-type') ?? ''))
    throw new RefusedRequest(415, 'the body of a POST is JSON, with Content-Type: application/json');
  const text = await textOf(asking);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw badRequest('the body of this request is not JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('the body is not an object');
  return body as Readonly<Record<string, unknown>>;
}
