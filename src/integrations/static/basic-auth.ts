/**
 * Basic authentication, compared in a time that tells nothing. Without it the time of an answer would give away how much
 * of a guessed password is right.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { StaticSettings } from './settings.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export function isAllowed(header: string | undefined, auth: StaticSettings['auth']): boolean {
  if (auth === null) return true;
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '')?.[1] ?? '';
  const given = Buffer.from(encoded, 'base64').toString('utf8');
  // Digests have one length, whatever was given.
  return timingSafeEqual(digest(given), digest(`${auth.username}:${auth.password}`));
}
