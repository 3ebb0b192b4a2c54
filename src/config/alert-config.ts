/**
 * An alerts file as people write it, read into the form that the daemon keeps. All mistakes are told at once, each with its
 * place, because a destination that is left out in silence is found in the night in which it was needed.
 */
import type { AlertConfig, Destination, RuleKind, Target } from '../core/alerts/config.ts';
import { fail, ok, type Result } from '../core/errors.ts';
import { type Complain, readFields, shown } from './alert-fields.ts';
import { kindOf, readPatterns, readRules, readSeverity, unknownRule } from './alert-rules.ts';
import { isObject } from './values.ts';

const DEFAULT_GROUP_MS = 5_000;
const DEFAULT_REMIND_MS = 4 * 3_600_000;
const LEAST_REMIND_MS = 60_000;
const DEFAULT_RATE = { atMost: 10, perMs: 600_000 };
const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 120_000;
const MOST_DESTINATIONS = 32;
const SENDMAIL = '/usr/sbin/sendmail';

const TOP = {
  $schema: 'any',
  rules: 'any',
  destinations: 'any',
  defaults: 'boolean',
  group_wait: 'duration',
  remind_every: 'duration',
} as const;

const TARGETS = ['webhook', 'slack', 'discord', 'command', 'shell', 'mail'] as const;

const DESTINATION = {
  webhook: 'text',
  slack: 'text',
  discord: 'text',
  command: 'texts',
  shell: 'text',
  mail: 'texts',
  headers: 'headers',
  secret: 'text',
  from: 'text',
  sendmail: 'text',
  severity: 'text',
  rules: 'texts',
  apps: 'texts',
  except: 'texts',
  recovery: 'boolean',
  at_most: 'count',
  per: 'duration',
  timeout: 'duration',
} as const;

/** What belongs to one kind of target only. */
const ONLY_FOR: Readonly<Record<string, (typeof TARGETS)[number]>> = {
  headers: 'webhook',
  secret: 'webhook',
  from: 'mail',
  sendmail: 'mail',
};

/**
 * Fails with BAD_CONFIG and every mistake, each with its place.
 * @param file as it is to be named
 */
export function readAlerts(content: unknown, file: string): Result<AlertConfig> {
  const problems: string[] = [];
  const complain: Complain = (where, what) => problems.push(`${where} ${what}`);
  if (!isObject(content)) return fail('BAD_CONFIG', `${file}: expected an object with \`destinations\` and \`rules\``);
  const top = readFields(content, TOP, '', complain);
  const destinations = readDestinations(top.destinations, complain);
  const rules = readRules(top.rules, top.defaults ?? true, complain);
  const { group_wait: groupMs = DEFAULT_GROUP_MS, remind_every: remindMs = DEFAULT_REMIND_MS } = top;
  if (remindMs !== 0 && remindMs < LEAST_REMIND_MS)
    complain('remind_every', 'is too short; at least 1m, or 0 for never');
  if (problems.length > 0)
    return fail(
      'BAD_CONFIG',
      `${file}: ${problems.length === 1 ? problems[0] : ['these cannot be used:', ...problems].join('\n- ')}`,
    );
  return ok({ format: 1, rules, destinations, groupMs, remindMs: remindMs === 0 ? null : remindMs });
}

function readDestinations(raw: unknown, complain: Complain): readonly Destination[] {
  if (raw === undefined) return [];
  if (!isObject(raw)) {
    complain('destinations', `${shown(raw)} cannot be used; expected an object, by names that you choose`);
    return [];
  }
  const entries = Object.entries(raw);
  if (entries.length > MOST_DESTINATIONS) complain('destinations', `are too many; at most ${MOST_DESTINATIONS}`);
  return entries.flatMap(([name, value]) => {
    const where = `destinations.${name}`;
    if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) complain(where, 'is no name; letters, digits, `.`, `_` and `-`');
    if (!isObject(value)) {
      complain(where, `${shown(value)} cannot be used; expected an object such as { webhook: 'https://…' }`);
      return [];
    }
    return readDestination(name, value, where, complain) ?? [];
  });
}

function readDestination(
  name: string,
  raw: Readonly<Record<string, unknown>>,
  where: string,
  complain: Complain,
): Destination | null {
  const fields = readFields(raw, DESTINATION, where, complain);
  const types = TARGETS.filter((type) => raw[type] !== undefined);
  const type = types[0];
  if (types.length !== 1 || type === undefined) {
    const found = types.length === 0 ? 'it has none' : `it has ${types.join(', ')}`;
    complain(where, `needs exactly one of ${TARGETS.join(', ')}; ${found}`);
    return null;
  }
  for (const [key, only] of Object.entries(ONLY_FOR))
    if (raw[key] !== undefined && type !== only) complain(`${where}.${key}`, `is of use with ${only} only`);
  const { per: perMs = DEFAULT_RATE.perMs, timeout: timeoutMs = DEFAULT_TIMEOUT_MS } = fields;
  if (timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS) complain(`${where}.timeout`, 'must be between 1ms and 2m');
  const target = readTarget(type, fields, where, complain);
  if (target === null) return null;
  return {
    name,
    target,
    severity: readSeverity(fields.severity, where, complain) ?? 'info',
    rules: fields.rules === undefined ? null : readKinds(fields.rules, `${where}.rules`, complain),
    apps: readPatterns(fields.apps ?? ['*'], `${where}.apps`, complain),
    except: readPatterns(fields.except ?? [], `${where}.except`, complain),
    recovery: fields.recovery ?? true,
    atMost: fields.at_most ?? DEFAULT_RATE.atMost,
    perMs,
    timeoutMs,
  };
}

type Fields = ReturnType<typeof readFields<typeof DESTINATION>>;

function readTarget(type: (typeof TARGETS)[number], fields: Fields, where: string, complain: Complain): Target | null {
  switch (type) {
    case 'webhook':
    case 'slack':
    case 'discord': {
      const url = fields[type];
      if (url === undefined) return null;
      if (!isWebAddress(url)) {
        // It may hold a token: it is not repeated.
        complain(`${where}.${type}`, 'is no address; expected one that begins with https:// or http://');
        return null;
      }
      if (type !== 'webhook') return { type, url };
      const { headers = {}, secret = null } = fields;
      for (const header of Object.keys(headers))
        if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header))
          complain(`${where}.headers.${header}`, 'is no name of a header');
      return { type, url, headers, secret };
    }
    case 'command':
      return fields.command === undefined ? null : { type, command: fields.command };
    case 'shell':
      return fields.shell === undefined ? null : { type: 'command', command: ['/bin/sh', '-c', fields.shell] };
    case 'mail': {
      const { mail, from = null, sendmail = SENDMAIL } = fields;
      const strange = mail?.find((address) => !/^[^\s,<>@]+@[^\s,<>@]+$|^[\w.-]+$/.test(address));
      if (strange !== undefined) complain(`${where}.mail`, `${shown(strange)} is no mail address`);
      if (!sendmail.startsWith('/')) complain(`${where}.sendmail`, 'must be an absolute path');
      return mail === undefined ? null : { type, to: mail, from, sendmail };
    }
  }
}

function isWebAddress(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
  } catch {
    return false;
  }
}

function readKinds(words: readonly string[], where: string, complain: Complain): readonly RuleKind[] {
  return words.flatMap((word) => {
    const kind = kindOf(word);
    if (kind === null) complain(where, `${shown(word)} ${unknownRule(word)}`);
    return kind ?? [];
  });
}
