/**
 * What the shells are told, so that they ask us what may stand at the cursor. The words come from the program at every
 * press of the key: a list in the script would be that of an older version.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Shell = 'bash' | 'zsh' | 'fish';

const BEGIN = '###-begin-upkeep-completion-###';
const END = '###-end-upkeep-completion-###';

/** For bash and zsh at once, as both read what `upkeep completion` prints. */
const POSIX = `${BEGIN}
# Written by \`upkeep completion\`; \`upkeep completion uninstall\` removes it.
if [ -n "$ZSH_VERSION" ]; then
  type compdef >/dev/null 2>&1 || { autoload -Uz compinit && compinit; }
  _upkeep_completion() {
    local IFS=$'\\n'
    local found
    found=($(COMP_CWORD="$((CURRENT - 1))" COMP_LINE="$BUFFER" COMP_POINT="$CURSOR" command upkeep completion -- "\${words[@]}" 2>/dev/null))
    if [ "\${#found[@]}" -gt 0 ]; then compadd -- "\${found[@]}"; else _files; fi
  }
  compdef _upkeep_completion upkeep pm2
elif type complete >/dev/null 2>&1; then
  _upkeep_completion() {
    local IFS=$'\\n'
    COMPREPLY=($(COMP_CWORD="$COMP_CWORD" COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" command upkeep completion -- "\${COMP_WORDS[@]}" 2>/dev/null))
  }
  complete -o default -F _upkeep_completion upkeep pm2
fi
${END}
`;

const FISH = `${BEGIN}
# Written by \`upkeep completion\`; \`upkeep completion uninstall\` removes it.
function __upkeep_candidates
  set -l words (commandline -opc) (commandline -ct)
  set -lx COMP_LINE (commandline -cp)
  set -lx COMP_POINT (string length -- "$COMP_LINE")
  set -lx COMP_CWORD (math (count $words) - 1)
  command upkeep completion -- $words 2>/dev/null
end
complete -c upkeep -a '(__upkeep_candidates)'
complete -c pm2 -a '(__upkeep_candidates)'
${END}
`;

export const completionScript = (shell: Shell): string => (shell === 'fish' ? FISH : POSIX);

/** The file that the shell reads when it starts. */
export function startFile(shell: Shell, home: string, env: NodeJS.ProcessEnv): string {
  switch (shell) {
    case 'bash':
      return join(home, '.bashrc');
    case 'zsh':
      return join(env.ZDOTDIR || home, '.zshrc');
    case 'fish':
      return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'fish', 'conf.d', 'upkeep.fish');
  }
}

/** The text of the file without our part; null: our part is not in it. */
export function withoutOurs(text: string): string | null {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END, from);
  if (from === -1 || to === -1) return null;
  return text.slice(0, from) + text.slice(to + END.length).replace(/^\n/, '');
}

/** Empty if there is none. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
