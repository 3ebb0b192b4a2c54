/**
 * Lines that were written, for the page. Without it the page could only show what comes while it is open.
 */
import type { Client } from '../../client/client.ts';
import { readLastLines } from '../../logs/tail.ts';
import type { LogEntry, LogPage } from '../api.ts';
import { filterOf, streamsOf } from './log-filter.ts';
import { badRequest } from './refusal.ts';

export const MOST_LINES = 2000;
export const USUAL_LINES = 200;

function jsonLine(text: string): { readonly text: string; readonly at: number | null } {
  try {
    const { message, timestamp } = JSON.parse(text) as { message?: unknown; timestamp?: unknown };
    const at = Date.parse(String(timestamp));
    if (typeof message === 'string') return { text: message, at: Number.isNaN(at) ? null : at };
  } catch {
    // written before the format was changed
  }
  return { text, at: null };
}

export async function lastLines(
  client: Client,
  query: Readonly<Record<string, string>>,
  limit: number,
): Promise<LogPage> {
  for (const name of ['since', 'until', 'level', 'before'])
    if ((query[name] ?? '') !== '') throw badRequest(`${name} cannot be asked for here`);
  const filter = filterOf(query);
  const seen = new Set<string>();
  const lines: LogEntry[] = [];
  for (const { id, name, paths, spec } of await client.describe(query.target ?? 'all'))
    for (const stream of streamsOf(query)) {
      const path = stream === 'out' ? paths.out : paths.err;
      if (path === null || seen.has(path)) continue;
      seen.add(path);
      for (const text of readLastLines(path, limit).lines) {
        const line = spec.log.format === 'json' ? jsonLine(text) : { text, at: null };
        lines.push({ id, name, stream, level: null, ...line });
      }
    }
  return { lines: lines.filter(filter).slice(-limit), before: null };
}
