/**
 * The Node that Upkeep and the apps run on: how long it is supported, whether it will be there after the next upgrade, and
 * what in the environment changes it. Without it a machine would be found to run on a dead version when a security hole makes
 * the news.
 */
import { type Finding, findingsOf } from './finding.ts';

/** Last day of support of each major with long-term support: the schedule of the Node.js release working group. */
const SUPPORTED_UNTIL: Readonly<Record<string, string>> = {
  '18': '2025-04-30',
  '20': '2026-04-30',
  '22': '2027-04-30',
  '24': '2028-04-30',
  '26': '2029-04-30',
};

/** Folders of programs that install each version in a folder of its own. */
const VERSION_FOLDERS = /\/(\.nvm|\.fnm|fnm|\.volta|\.asdf|\.nodenv|mise|n\/versions)\//;

export interface NodeFacts {
  /** `20.20.2` */
  readonly version: string;
  readonly execPath: string;
  /** Path that a boot unit would name: the same, or a lasting link to it. */
  readonly lastingPath: string;
  /** Of the daemon; null: none runs. */
  readonly daemonVersion: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly now: number;
}

const { good, warning } = findingsOf('Node');

export function checkNode(facts: NodeFacts): readonly Finding[] {
  return [support(facts), ...daemonsNode(facts), ...place(facts), ...environment(facts)];
}

function support({ version, now }: NodeFacts): Finding {
  const major = version.split('.')[0] ?? '';
  const until = SUPPORTED_UNTIL[major];
  if (until === undefined) {
    return Number(major) % 2 === 1
      ? warning(
          `Node ${version} is of an odd major, which has no long-term support`,
          'use the newest even one for servers',
        )
      : good(`Node ${version}`);
  }
  return now > Date.parse(`${until}T23:59:59Z`)
    ? warning(
        `Node ${version} has had no security fixes since ${until}`,
        'install a supported major, then `upkeep update` and `upkeep reload all`',
      )
    : good(`Node ${version}, supported until ${until}`);
}

function daemonsNode({ version, daemonVersion }: NodeFacts): readonly Finding[] {
  if (daemonVersion === null || daemonVersion === version) return [];
  return [
    warning(
      `the daemon runs on Node ${daemonVersion}, this shell on ${version}`,
      '`upkeep update` brings the daemon to this one, without touching an app',
    ),
  ];
}

function place({ execPath, lastingPath }: NodeFacts): readonly Finding[] {
  if (lastingPath !== execPath || !VERSION_FOLDERS.test(execPath)) return [];
  return [
    warning(
      `Node lies in the folder of one version, ${execPath}`,
      'when that version is removed apps cannot be restarted: keep it until `upkeep restart all` ran under the new one',
    ),
  ];
}

function environment({ env, version }: NodeFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (/--inspect(?!-port)/.test(env.NODE_OPTIONS ?? ''))
    findings.push(
      warning(
        'NODE_OPTIONS opens an inspector: apps that are started from this shell inherit it, and all want one port',
        'unset it, and use `upkeep inspect <app>`',
      ),
    );
  if (env.NODE_EXTRA_CA_CERTS && Number(version.split('.')[0]) < 22)
    findings.push(
      warning(
        'NODE_EXTRA_CA_CERTS makes each start of this Node slower by some 50 ms, those of apps and commands',
        'Node 22 and later read the file only when they need it',
      ),
    );
  return findings;
}
