/**
 * Which version of a language two builds have in common, and what is said where there is none. Without it each end would decide
 * by itself whether it understands the other, and one of them would be wrong after an upgrade.
 */

/** What a hello says of the language that its sender speaks. */
export interface Speaks {
  readonly protocol: number;
  /** It understands all from here to `protocol`. Absent: only `protocol`. */
  readonly oldest?: number;
}

/** Builds from before there was a hello speak this. */
const BEFORE_HELLOS: Speaks = { protocol: 1 };

const isVersion = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What a message that came from another build says of its language. */
export function speaksOf({ protocol, oldest }: { readonly protocol?: unknown; readonly oldest?: unknown }): Speaks {
  if (!isVersion(protocol)) return BEFORE_HELLOS;
  return isVersion(oldest) && oldest <= protocol ? { protocol, oldest } : { protocol };
}

/** The newest version that both understand; null: there is none. */
export function agreedProtocol(a: Speaks, b: Speaks): number | null {
  const newest = Math.min(a.protocol, b.protocol);
  const oldest = Math.max(a.oldest ?? a.protocol, b.oldest ?? b.protocol);
  return newest >= oldest ? newest : null;
}

/** A build as people name it. */
export interface Build {
  /** null: it did not say. */
  readonly version: string | null;
  readonly protocol: number;
}

const named = ({ version, protocol }: Build): string => `${version ?? 'of another version'} (protocol ${protocol})`;

/** Why a command and a daemon cannot speak with each other, and what to do. */
export function mismatch(daemon: Build, command: Build): { readonly message: string; readonly hint: string } {
  const replaced = `\`upkeep update\` replaces the daemon by ${command.version ?? 'the one of this command'}, and your apps go on`;
  return {
    message: `the daemon runs upkeep ${named(daemon)}, this command is ${named(command)}: they have no protocol in common`,
    hint:
      daemon.protocol > command.protocol
        ? `use the upkeep command of ${daemon.version ?? 'the daemon'}; or go back: ${replaced}`
        : `run ${replaced}`,
  };
}

/** Whether a version such as `0.3.0` comes after another; what stands behind a hyphen comes before the release. */
export function isLater(version: string, other: string): boolean {
  const [numbers, before = ''] = version.split('-', 2);
  const [otherNumbers, otherBefore = ''] = other.split('-', 2);
  const [a, b] = [numbersOf(numbers), numbersOf(otherNumbers)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  if (before === '' || otherBefore === '') return before === '' && otherBefore !== '';
  return before > otherBefore;
}

const numbersOf = (text = ''): number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0);

/** What a command says once of a daemon of another version that it can speak with. */
export function otherVersion(daemon: string, command: string): string {
  return isLater(daemon, command)
    ? `the daemon runs upkeep ${daemon}, which is newer than this command (${command})`
    : `the daemon in memory is out of date: it runs upkeep ${daemon}, this command is ${command}. Run \`upkeep update\`: your apps go on`;
}
