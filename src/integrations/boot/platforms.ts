/**
 * All init systems, and how one is found. Without the list the words that users of PM2 know (`ubuntu`, `centos`, `macos`)
 * would mean nothing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openrc, systemv, upstart } from './init-scripts.ts';
import { launchd, smf } from './manifests.ts';
import { rcd, rcdOpenbsd } from './rc-scripts.ts';
import type { Platform } from './service.ts';
import { systemd, systemdUser } from './systemd.ts';

/** In the order in which they are looked for. */
const PLATFORMS: readonly Platform[] = [systemd, upstart, systemv, openrc, launchd, rcd, rcdOpenbsd, smf];

export const platformNamed = (word: string): Platform | null =>
  [...PLATFORMS, systemdUser].find(({ words }) => words.includes(word.toLowerCase())) ?? null;

export const platformWords = (): string[] => PLATFORMS.flatMap(({ words }) => words);

/** By the first of their programs that is there; null: this machine has no init system that we know. */
export const detectPlatform = (path: string): Platform | null =>
  PLATFORMS.find(({ tool }) => path.split(':').some((folder) => folder !== '' && existsSync(join(folder, tool)))) ??
  null;
