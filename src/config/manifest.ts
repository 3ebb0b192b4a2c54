/**
 * The package.json that an app belongs to. Without it the list could not show the app's version, and
 * npm scripts could not be run without npm in between.
 */
import { folderOf, resolvePath } from '../core/path-text.ts';
import type { Context } from './context.ts';

/** `version` of the nearest package.json at or above the script, as PM2 shows it. */
export function versionOf(script: string, context: Context): string {
  const manifest = nearestManifest(folderOf(script), context);
  const version = manifest?.content.version;
  return typeof version === 'string' && version !== '' ? version : 'N/A';
}

export interface Manifest {
  readonly folder: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** The nearest readable package.json at or above a folder. */
export function nearestManifest(folder: string, context: Context): Manifest | null {
  for (let current = folder; ; current = folderOf(current)) {
    const text = context.lookup.textOf(resolvePath(current, 'package.json'));
    const content = text === null ? null : parseObject(text);
    if (content !== null) return { folder: current, content };
    if (current === '/') return null;
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
