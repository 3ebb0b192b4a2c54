/**
 * A folder as a page: folders first, each with size and time. Without escaping in one place, a file with a clever name
 * would run as a script in its visitor's browser.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);

const STYLE =
  'body{font:15px/1.6 system-ui,sans-serif;margin:2rem}td{padding:0 1.5rem 0 0}td:nth-child(n+2){color:#777;font-variant-numeric:tabular-nums}';

interface Item {
  readonly name: string;
  readonly isFolder: boolean;
  readonly bytes: number;
  readonly changedAt: Date;
}

/**
 * @param folder absolute
 * @param path as asked for, decoded
 */
export async function listingOf(folder: string, path: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(
    names.map(async (name): Promise<Item | null> => {
      // What cannot be looked at (a dangling link) could not be fetched either.
      const one = await stat(join(folder, name)).catch(() => null);
      return one === null ? null : { name, isFolder: one.isDirectory(), bytes: one.size, changedAt: one.mtime };
    }),
  );
  const items = found
    .filter((item) => item !== null)
    .sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || (a.name < b.name ? -1 : 1));
  // Links are relative: to this folder, or to the one above when it was asked for without its slash.
  const base = path.endsWith('/') ? './' : `./${encodeURIComponent(path.slice(path.lastIndexOf('/') + 1))}/`;
  const rows = items.map(({ name, isFolder, bytes, changedAt }) => {
    const link = `${base}${encodeURIComponent(name)}${isFolder ? '/' : ''}`;
    const when = changedAt.toISOString().slice(0, 19).replace('T', ' ');
    return `<tr><td><a href="${escaped(link)}">${escaped(name)}${isFolder ? '/' : ''}</a></td><td>${isFolder ? '-' : spokenBytes(bytes)}</td><td>${when}</td></tr>`;
  });
  const up = path === '/' ? [] : [`<tr><td><a href="${escaped(`${base}../`)}">../</a></td><td>-</td><td>-</td></tr>`];
  const title = `Index of ${escaped(path)}`;
  return `<!DOCTYPE html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head>
<body><h1>${title}</h1><table>
${[...up, ...rows].join('\n')}
</table></body></html>
`;
}

function spokenBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1024;
  let at = 0;
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return `${value.toFixed(1)} ${units[at]}`;
}
