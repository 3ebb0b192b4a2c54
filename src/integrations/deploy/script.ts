/**
 * What is run on a host, as one POSIX shell script a command. Without the quoting done here a blank in a path, or a `$` in
 * a variable, would become a command on somebody's server.
 */
import { shellQuote } from '../../config/words.ts';
import type { DeploySection, Hook } from './section.ts';

export type DeployCommand =
  | { readonly kind: 'setup' }
  /** null: the ref of the section. */
  | { readonly kind: 'update'; readonly ref: string | null }
  /** So many deploys back. */
  | { readonly kind: 'revert'; readonly steps: number }
  | { readonly kind: 'current' }
  | { readonly kind: 'previous'; readonly steps: number }
  | { readonly kind: 'exec'; readonly command: string }
  | { readonly kind: 'list' };

/** Commits that `fetch: "fast"` brings along. */
const SHALLOW_DEPTH = 5;

export interface ScriptFacts {
  readonly section: DeploySection;
  /** The config file as it is named on the host: for what is run after a deploy if nothing else was said. */
  readonly configName: string;
  /** Content of hooks that name a script of this machine. */
  readonly localScripts: Readonly<Partial<Record<Hook, string>>>;
}

export function renderScript(command: DeployCommand, facts: ScriptFacts): string {
  const { section } = facts;
  const head = ['set -e', `deploy_path=${folderWord(section.path)}`, ...exports(section)];
  return `${[...head, ...body(command, facts)].join('\n')}\n`;
}

/** `~/x` and `$HOME/x` belong to the host's shell, everything else is taken word by word. */
function folderWord(path: string): string {
  const [, rest] = /^(?:~|\$HOME)(?:\/(.*))?$/s.exec(path) ?? [];
  if (!/^(~|\$HOME)/.test(path)) return shellQuote(path);
  return rest === undefined || rest === '' ? '"$HOME"' : `"$HOME"/${shellQuote(rest)}`;
}

/** As written and, as PM2's users expect, in capitals. */
function exports({ env }: DeploySection): string[] {
  return Object.entries(env).flatMap(([key, value]) =>
    [...new Set([key, key.toUpperCase()])].map((name) => `export ${name}=${shellQuote(value)}`),
  );
}

const say = (text: string): string => `echo ${shellQuote(`--> ${text}`)}`;

function body(command: DeployCommand, facts: ScriptFacts): readonly string[] {
  const { section } = facts;
  switch (command.kind) {
    case 'setup':
      return setup(facts);
    case 'update':
      return [...intoCurrent(section), `ref=${shellQuote(command.ref ?? section.ref)}`, ...release(facts)];
    case 'revert':
      return [
        ...intoCurrent(section),
        `ref=$(sed '/^$/d' ../.deploys 2>/dev/null | tail -n ${command.steps + 1} | head -n 1)`,
        `count=$(sed '/^$/d' ../.deploys 2>/dev/null | wc -l)`,
        `if [ "$count" -le ${command.steps} ]; then echo "there are only $count deploys: cannot go back ${command.steps}" >&2; exit 1; fi`,
        ...release(facts),
      ];
    case 'current':
      return [...intoPath(section), 'tail -n 1 .deploys'];
    case 'previous':
      return [
        ...intoPath(section),
        `if [ "$(wc -l <.deploys)" -le ${command.steps} ]; then echo 'there is no deploy before' >&2; exit 1; fi`,
        `tail -n ${command.steps + 1} .deploys | head -n 1`,
      ];
    case 'exec':
      return [...intoCurrent(section), command.command];
    case 'list':
      // Numbered as `revert` counts them.
      return [
        ...intoPath(section),
        `awk '{ line[NR] = $0 } END { for (at = NR; at > 0; at--) printf "%d\\t%s\\n", NR - at, line[at] }' .deploys`,
      ];
    default:
      return command satisfies never;
  }
}

const into = (folder: string, { name }: DeploySection): string[] => [
  `cd ${folder} 2>/dev/null || { echo "there is no "${folder}${shellQuote(`: run upkeep deploy ${name} setup first`)} >&2; exit 1; }`,
];
const intoCurrent = (section: DeploySection): string[] => into('"$deploy_path/current"', section);

/** For what reads the list of deploys. */
const intoPath = (section: DeploySection): string[] => [
  ...into('"$deploy_path"', section),
  "[ -s .deploys ] || { echo 'nothing was deployed here yet' >&2; exit 1; }",
];

/** In a shell of its own: its `cd`, `exit` and options are no affair of what follows, its failure is. */
function hook(name: Hook, { section, localScripts }: ScriptFacts): string[] {
  const text = localScripts[name] ?? section.hooks[name];
  return text === undefined ? [] : [say(name), `(\nset +e\n${text}\n)`];
}

function setup(facts: ScriptFacts): readonly string[] {
  const { repo, ref, isShallow } = facts.section;
  const branch = ref.replace(/^origin\//, '');
  const options = isShallow ? `--depth=${SHALLOW_DEPTH} --branch ${shellQuote(branch)}` : '';
  return [
    ...hook('pre-setup', facts),
    say('making folders'),
    'mkdir -p "$deploy_path/shared/logs" "$deploy_path/shared/pids"',
    `if [ -e "$deploy_path/source/.git" ]; then echo "$deploy_path/source is there already" >&2; exit 1; fi`,
    say(`cloning ${withoutPassword(repo)}`),
    `git clone ${options} -- ${shellQuote(repo)} "$deploy_path/source"`,
    'ln -sfn "$deploy_path/source" "$deploy_path/current"',
    ...(facts.section.hooks['post-setup'] === undefined
      ? []
      : ['cd "$deploy_path/current"', ...hook('post-setup', facts)]),
    say('set up'),
  ];
}

const withoutPassword = (repo: string): string => repo.replace(/^([a-z+]+:\/\/[^/:@]+):[^@/]+@/, '$1:***@');

/** What the shell's `ref` names is fetched, checked out and started. */
function release(facts: ScriptFacts): readonly string[] {
  const { section } = facts;
  const depth = section.isShallow ? `--depth=${SHALLOW_DEPTH} ` : '';
  return [
    ...hook('pre-deploy', facts),
    say('fetching'),
    `git fetch ${depth}--tags --force origin '+refs/heads/*:refs/remotes/origin/*'`,
    // The name of a branch means what the remote has now, not what was checked out here once.
    `if git rev-parse --verify --quiet "refs/remotes/origin/$ref" >/dev/null; then ref=origin/$ref; fi`,
    `commit=$(git rev-parse --verify --quiet "$ref^{commit}") || { echo "there is no commit or branch $ref in the repository" >&2; exit 1; }`,
    'git reset --hard "$commit" --',
    '[ ! -f .gitmodules ] || git submodule update --init --recursive',
    'ln -sfn "$deploy_path/source" "$deploy_path/current"',
    'echo "$commit" >>"$deploy_path/.deploys"',
    'cd "$deploy_path/current"',
    ...postDeploy(facts),
    'echo "--> deployed $commit"',
  ];
}

function postDeploy(facts: ScriptFacts): string[] {
  if (facts.section.hooks['post-deploy'] !== undefined) return hook('post-deploy', facts);
  return [
    say('startOrRestart'),
    "command -v upkeep >/dev/null || { echo 'upkeep is not in the PATH of this host: install it, or set post-deploy' >&2; exit 127; }",
    `upkeep startOrRestart ${shellQuote(facts.configName)} --env ${shellQuote(facts.section.name)}`,
  ];
}
