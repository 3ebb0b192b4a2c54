/**
 * What a user wants to be told of, and where: the alerts of a home as they are kept, with every default filled in. Without
 * one normal form the daemon would have to read what people write, and two versions could read it in two ways.
 */

export type Severity = 'info' | 'warning' | 'critical';

export const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);

/** Names as views and messages have them; in a config file with `_` for `-`. */
export type RuleKind =
  | 'crash-loop'
  | 'errored'
  | 'restart'
  | 'not-ready'
  | 'event-loop'
  | 'memory'
  | 'cpu'
  | 'p99'
  | 'error-rate'
  | 'reload-failed'
  | 'log-loss'
  | 'disk-budget'
  | 'daemon';

/** A figure of a process that a rule can look at. */
export type Measure = 'memoryBytes' | 'cpuPercent' | 'loopDelayP99Ms' | 'requestP99Ms' | 'errorShare';

/** How a rule decides. */
export type Condition =
  /** Something begins and ends: raised once it has lasted. */
  | { readonly how: 'lasting'; readonly forMs: number }
  /** Something happens: raised at the `count`th time within a while, over after a while of quiet. */
  | { readonly how: 'counted'; readonly count: number; readonly withinMs: number; readonly clearAfterMs: number }
  /** A figure is above a line: raised once it has been for so long, over once it has not been for so long. */
  | {
      readonly how: 'measured';
      readonly measure: Measure;
      readonly above: number;
      readonly forMs: number;
      readonly clearAfterMs: number;
      /** Of `errorShare`: with fewer requests a second nothing is judged. */
      readonly leastRequestsPerSecond: number;
    };

export interface AlertRule {
  /** Tells several rules of one kind apart: `memory`, `memory-2`. */
  readonly key: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  /** Names of apps, with `*`, or `/regex/`. */
  readonly apps: readonly string[];
  readonly except: readonly string[];
  readonly condition: Condition;
}

export type Target =
  | {
      readonly type: 'webhook';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Key of the signature; null: not signed. */
      readonly secret: string | null;
    }
  | { readonly type: 'slack'; readonly url: string }
  | { readonly type: 'discord'; readonly url: string }
  /** Program and arguments; without a shell. */
  | { readonly type: 'command'; readonly command: readonly string[] }
  | { readonly type: 'mail'; readonly to: readonly string[]; readonly from: string | null; readonly sendmail: string };

export interface Destination {
  readonly name: string;
  readonly target: Target;
  /** Less severe alerts do not go here. */
  readonly severity: Severity;
  /** Kinds that go here; null: all. */
  readonly rules: readonly RuleKind[] | null;
  readonly apps: readonly string[];
  readonly except: readonly string[];
  /** Also tell when an alert is over. */
  readonly recovery: boolean;
  /** Messages within `perMs`; what is more waits and goes out in one. */
  readonly atMost: number;
  readonly perMs: number;
  readonly timeoutMs: number;
}

export interface AlertConfig {
  readonly format: 1;
  readonly rules: readonly AlertRule[];
  readonly destinations: readonly Destination[];
  /** What comes within this goes out in one message. */
  readonly groupMs: number;
  /** A raised alert is told again after this; null: not. */
  readonly remindMs: number | null;
}

const MASK = '******';

/** The address without what makes it a secret: its path, its query and who it is for. */
export function maskedUrl(url: string): string {
  const found = /^([a-z]+:\/\/)(?:[^/@]*@)?([^/?#]*)(.*)$/i.exec(url);
  if (found === null) return MASK;
  const [, scheme = '', host = '', rest = ''] = found;
  return `${scheme}${host}${rest === '' || rest === '/' ? rest : `/${MASK}`}`;
}

/** For people: secrets of URLs, headers and signatures are not in it. */
export function maskedConfig(config: AlertConfig): AlertConfig {
  return {
    ...config,
    destinations: config.destinations.map((destination) => ({
      ...destination,
      target: maskedTarget(destination.target),
    })),
  };
}

function maskedTarget(target: Target): Target {
  switch (target.type) {
    case 'webhook': {
      const headers = Object.fromEntries(Object.keys(target.headers).map((name) => [name, MASK]));
      return { ...target, url: maskedUrl(target.url), headers, secret: target.secret === null ? null : MASK };
    }
    case 'slack':
    case 'discord':
      return { ...target, url: maskedUrl(target.url) };
    case 'command':
      // An argument may be a token: the program alone says enough.
      return { ...target, command: target.command.map((word, index) => (index === 0 ? word : MASK)) };
    case 'mail':
      return target;
  }
}

/** Where it goes, in a few words without secrets. */
export function describeTarget(target: Target): string {
  switch (target.type) {
    case 'webhook':
    case 'slack':
    case 'discord':
      return `${target.type} ${maskedUrl(target.url)}`;
    case 'command':
      return `command ${target.command[0] ?? ''}`;
    case 'mail':
      return `mail to ${target.to.join(', ')}`;
  }
}
