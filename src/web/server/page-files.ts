/**
 * The files of the page, read once and kept: they are few and small. Without it a name with `..` in it could name any file of
 * the machine.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** null: it would not become smaller. */
  readonly gzipped: Buffer | null;
  readonly etag: string;
  /** Its name changes with its content. */
  readonly isHashed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
};
const COMPRESSED_ALREADY = new Set(['.png', '.woff2', '.ico']);
const HASHED = /[.-][A-Za-z0-9_-]{8,}\.\w+$/;

/** By path, such as `/assets/page-1a2b3c4d.js`. Only what is listed here is ever served. */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const extension = extname(entry.name);
    const type = TYPES[extension];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    const gzipped = COMPRESSED_ALREADY.has(extension) ? null : gzipSync(bytes, { level: 9 });
    files.set(path.slice(folder.length).replaceAll('\\', '/'), {
      type,
      bytes,
      gzipped: gzipped !== null && gzipped.length < bytes.length ? gzipped : null,
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      isHashed: HASHED.test(entry.name) && extension !== '.html',
    });
  }
  return files;
}

export function answerFile(file: PageFile, request: Request): Response {
  const headers: Record<string, string> = {
    'Content-Type': file.type,
    ETag: file.etag,
    // The cookie decides who gets it: nothing between us and the browser may keep it for others.
    'Cache-Control': file.isHashed ? 'private, max-age=31536000, immutable' : 'private, no-cache',
    Vary: 'Accept-Encoding',
  };
  if (request.headers.get('if-none-match') === file.etag) return new Response(null, { status: 304, headers });
  const isGzip = file.gzipped !== null && /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
  if (isGzip) headers['Content-Encoding'] = 'gzip';
  return new Response(new Uint8Array(isGzip ? (file.gzipped ?? file.bytes) : file.bytes), { headers });
}
