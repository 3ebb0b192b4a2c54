/**
 * The `deploy` section of a config file, checked. Without it a typo in a key would be found out on the other machine, or
 * be part of a shell command there.
 */
import { nearest } from '../../core/nearest.ts';

export interface DeploySection {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly user: string | null;
  readonly port: number | null;
  /** Path of a private key. */
  readonly key: string | null;
  /** Values for `ssh -o`. */
  readonly sshOptions: readonly string[];
  readonly forwardAgent: boolean;
  readonly needsTty: boolean;
  readonly repo: string;
  /** Folder on the host; `~/` is the user's home there. */
  readonly path: string;
  readonly ref: string;
  /** Only the last commits are fetched. */
  readonly isShallow: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly hooks: Readonly<Partial<Record<Hook, string>>>;
}

export type Hook = 'pre-setup' | 'post-setup' | 'pre-deploy-local' | 'pre-deploy' | 'post-deploy';

const HOOKS: readonly Hook[] = ['pre-setup', 'post-setup', 'pre-deploy-local', 'pre-deploy', 'post-deploy'];

const KEYS: readonly string[] = [
  ...[
    'host',
    'user',
    'port',
    'key',
    'ssh_options',
    'forward-agent',
    'needs_tty',
    'repo',
    'path',
    'ref',
    'fetch',
    'env',
  ],
  ...HOOKS,
];

export type SectionReading =
  | { readonly ok: true; readonly section: DeploySection; readonly notes: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

type Raw = Readonly<Record<string, unknown>>;

export function readSection(name: string, raw: Raw): SectionReading {
  const problems: string[] = [];
  const text = (key: string, isNeeded = false): string | null => {
    const value = raw[key];
    if (value === undefined || value === null || value === '') {
      if (isNeeded) problems.push(`${key}: missing`);
      return null;
    }
    // A line break would be a second command.
    if (typeof value === 'string' && (HOOKS as readonly string[]).includes(key)) return value;
    if (typeof value === 'string' && !/[\0\r\n]/.test(value)) return value;
    problems.push(`${key}: expected a text on one line`);
    return null;
  };
  const texts = (key: string): readonly string[] => {
    const value = raw[key] ?? [];
    const list = Array.isArray(value) ? value : [value];
    if (list.every((item): item is string => typeof item === 'string' && item !== '' && !/[\0\r\n]/.test(item)))
      return list;
    problems.push(`${key}: expected a text or a list of texts`);
    return [];
  };
  const isOn = (key: string): boolean => raw[key] === true || raw[key] === 'true' || raw[key] === 'yes';
  const hosts = texts('host');
  if (hosts.length === 0) problems.push('host: missing; expected a host or a list of hosts');
  for (const word of [...hosts, text('user') ?? '']) {
    // ssh would take it for an option.
    if (/^-|\s/.test(word)) problems.push(`host or user '${word}': it cannot begin with a dash or hold blanks`);
  }
  const port = raw.port === undefined || raw.port === '' ? null : Number(raw.port);
  if (port !== null && !(Number.isInteger(port) && port > 0 && port < 65536))
    problems.push(`port: expected a number from 1 to 65535`);
  const hooks = Object.fromEntries(
    HOOKS.flatMap((hook) => [[hook, text(hook)] as const]).filter(([, value]) => value !== null),
  );
  const section: DeploySection = {
    name,
    hosts,
    user: text('user'),
    port,
    key: text('key'),
    sshOptions: texts('ssh_options'),
    forwardAgent: isOn('forward-agent'),
    needsTty: isOn('needs_tty'),
    repo: text('repo', true) ?? '',
    path: text('path', true) ?? '',
    ref: text('ref', true) ?? '',
    isShallow: raw.fetch === 'fast',
    env: environment(raw.env, problems),
    hooks,
  };
  if (section.ref.startsWith('-')) problems.push(`ref: '${section.ref}' would be an option of git`);
  if (section.path !== '' && !/^(\/|~\/|~$|\$HOME\/)/.test(section.path))
    problems.push(`path: '${section.path}' must begin with / or ~/`);
  if (problems.length > 0) return { ok: false, problems: problems.map((problem) => `deploy.${name}.${problem}`) };
  return { ok: true, section, notes: unknownKeys(name, raw) };
}

function environment(raw: unknown, problems: string[]): Readonly<Record<string, string>> {
  if (raw === undefined || raw === null) return {};
  if (typeof raw !== 'object' || Array.isArray(raw)) {
    problems.push('env: expected an object of variables');
    return {};
  }
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (!/^[A-Za-z_]\w*$/.test(key)) problems.push(`env.${key}: not a name that a shell can export`);
    else if (value !== null && value !== undefined)
      env[key] = typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  return env;
}

function unknownKeys(name: string, raw: Raw): string[] {
  return Object.keys(raw)
    .filter((key) => !KEYS.includes(key))
    .map((key) => {
      const meant = nearest(key, KEYS);
      return `deploy.${name}.${key} is not known and has no effect${meant === null ? '' : `; did you mean ${meant}?`}`;
    });
}
