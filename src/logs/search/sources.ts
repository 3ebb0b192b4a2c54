/**
 * Which logs belong to which processes. Without one list of them a search would show the lines of a shared file once for each
 * process that writes to it.
 */
import type { StreamName } from '../../core/terms.ts';
import type { InstanceDetail } from '../../protocol/control.ts';
import type { LogSource } from './query.ts';

/** Of the daemon's own log: it belongs to no process. */
export const DAEMON_ID = -1;

/** The files of both streams; the combined one only for streams that have none of their own. */
export function sourcesOf(details: readonly InstanceDetail[]): LogSource[] {
  const found = new Map<string, LogSource>();
  for (const { id, name, namespace, paths, spec } of details) {
    const { format, dateFormat } = spec.log;
    const add = (path: string | null, stream: StreamName, isBoth: boolean): void => {
      if (path === null || path === '/dev/null') return;
      const known = found.get(path);
      // In shared files the first stands for all, where the lines do not tell.
      if (known !== undefined) found.set(path, { ...known, hasBoth: known.hasBoth || known.stream !== stream });
      else
        found.set(path, {
          path,
          id,
          name,
          namespace,
          stream,
          hasBoth: isBoth,
          isJson: format === 'json',
          datePattern: dateFormat === '' ? null : dateFormat,
        });
    };
    if (paths.out !== null) add(paths.out, 'out', false);
    if (paths.err !== null) add(paths.err, 'err', false);
    if (paths.out === null || paths.err === null) add(paths.combined, paths.out === null ? 'out' : 'err', true);
  }
  return [...found.values()];
}

export function daemonSource(path: string): LogSource {
  return {
    path,
    id: DAEMON_ID,
    name: 'daemon',
    namespace: '',
    stream: 'out',
    hasBoth: false,
    isJson: false,
    datePattern: null,
  };
}
