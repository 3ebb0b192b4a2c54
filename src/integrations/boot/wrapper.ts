/**
 * The script between the init system and the command line, which finds Node anew at every boot. Without it the service
 * would name the Node of the day it was written, and a machine whose Node was upgraded would come up empty.
 */
import { shellQuote } from '../../config/words.ts';

export interface WrapperFacts {
  readonly home: string;
  readonly user: string;
  readonly userHome: string;
  readonly path: string;
  /** The Node and the program of this very command; others are looked for only if these are gone. */
  readonly node: string;
  readonly cli: string;
  /** Root of nvm, if it is not the default. */
  readonly nvm: string | null;
}

export const WRAPPER_NAME = 'boot.sh';

export function renderWrapper({ home, user, userHome, path, node, cli, nvm }: WrapperFacts): string {
  const set = (name: string, value: string): string => `${name}=${shellQuote(value)}`;
  return `#!/bin/sh
# Written by \`upkeep startup\`; the service of the init system calls it: boot.sh start | stop | reload | status | which
${set('UPKEEP_HOME', home)}
${set('HOME', userHome)}
${set('USER', user)}
${set('PATH', path)}
${set('chosen_node', node)}
${set('chosen_cli', cli)}
${nvm === null ? 'nvm=$HOME/.nvm' : set('nvm', nvm)}
LOGNAME=$USER
export UPKEEP_HOME HOME USER LOGNAME PATH

say() { echo "upkeep boot.sh: $*" >&2; }

runs() {
  [ -x "$1" ] && "$1" -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' >/dev/null 2>&1
}

nvm_default() {
  # shellcheck disable=SC1091
  [ -s "$nvm/nvm.sh" ] && (. "$nvm/nvm.sh" && nvm which default) 2>/dev/null
}

pick_node() {
  node=$chosen_node
  runs "$node" && return
  for node in "$(nvm_default)" "$HOME/.volta/bin/node" "$HOME/.local/share/fnm/aliases/default/bin/node" \\
    "$HOME/.asdf/shims/node" "$HOME/.nodenv/shims/node" "$(command -v node)" \\
    /opt/homebrew/bin/node /usr/local/bin/node /usr/bin/node "$nvm"/versions/node/*/bin/node; do
    if runs "$node"; then
      say "$chosen_node is gone or too old: $node is used; \\\`upkeep startup\\\` remembers it"
      return
    fi
  done
  say "there is no Node of version 20 or newer: not $chosen_node, nor one of a version manager, nor one in $PATH"
  exit 1
}

pick_cli() {
  for cli in "$chosen_cli" "$(dirname "$node")/../lib/node_modules/upkeep/dist/cli.cjs"; do
    [ -f "$cli" ] && return
  done
  cli=$(command -v upkeep) && return
  say "upkeep is not installed for $node: $chosen_cli is gone; try npm install --global upkeep"
  exit 1
}

run_upkeep() {
  case $cli in
    *.cjs) "$node" "$cli" "$@" ;;
    *) "$cli" "$@" ;;
  esac
}

ready() {
  pick_node
  PATH=$(dirname "$node"):$PATH
  pick_cli
}

case $1 in
  start)
    ready
    # An app that does not come up is the daemon's to bring up: the service as a whole has started.
    run_upkeep resurrect || say 'not everything came up; each app is restarted as its rules say'
    run_upkeep ping >/dev/null || exit 1
    ;;
  stop)
    ready
    run_upkeep kill
    ;;
  save-and-stop)
    ready
    run_upkeep save
    run_upkeep kill
    ;;
  reload)
    ready
    run_upkeep reload all
    ;;
  status)
    pid=$(cat "$UPKEEP_HOME/daemon.pid" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null
    ;;
  which)
    ready
    echo "$node"
    echo "$cli"
    ;;
  *)
    say 'boot.sh start | stop | reload | status | which'
    exit 64
    ;;
esac
`;
}
