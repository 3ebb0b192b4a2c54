/**
 * The text of a logrotate config. Kept apart from the command that writes it, so that the text can be tried with the real
 * logrotate wherever it lies.
 */
import type { HomePaths } from '../platform/paths.ts';

/** logrotate's own quoting: a path in double quotes, its blanks and patterns as they are. */
const quoted = (path: string): string => {
  if (/["\n]/.test(path)) throw new RangeError(`logrotate cannot take the path ${path}`);
  return `"${path}"`;
};

/** Files are emptied in place: whoever has them open goes on writing to them, ours and those of other programs. */
export function logrotateConfig(paths: Pick<HomePaths, 'logs' | 'daemonLog'>, user: string): string {
  return `${quoted(`${paths.logs}/*.log`)} ${quoted(paths.daemonLog)} {
    su ${user} ${user}
    weekly
    rotate 12
    missingok
    notifempty
    compress
    delaycompress
    copytruncate
}
`;
}
