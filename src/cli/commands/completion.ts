/**
 * `completion`: what makes a shell complete our words, and its answers while somebody types. Without it people would look
 * up the names of their apps before every command.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname } from 'node:path';
import { type Command, textFlag } from '../command.ts';
import { candidates, type KnownCommands, wordAt } from '../completion-candidates.ts';
import { completionScript, type Shell, startFile, textOf, withoutOurs } from '../completion-scripts.ts';
import { mistake } from '../failure.ts';
import type { Session } from '../session.ts';

const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'];

export const completionOf = (known: KnownCommands): Command => ({
  usage: '[install|uninstall]',
  flags: [{ flags: '--shell <name>', description: 'bash, zsh or fish. Default: as $SHELL says.' }],
  notes: [
    'Without a word it prints what the shell is to read: `source <(upkeep completion)`; fish: `upkeep completion --shell fish | source`.',
  ],
  async run(session, [action], flags) {
    if (session.passthrough !== null) return answer(session, session.passthrough, known);
    const shell = shellOf(session, textFlag(flags, 'shell'), action !== undefined);
    if (action === undefined) {
      session.out.machine(completionScript(shell));
      return 0;
    }
    const path = startFile(shell, session.env.HOME || homedir(), session.env);
    if (action === 'install') install(session, shell, path);
    else if (action === 'uninstall') uninstall(session, path);
    else throw mistake(`completion does not know ${action}`, '`upkeep completion install` or `uninstall`');
    return 0;
  },
});

function shellOf(session: Session, given: string | null, isNeeded: boolean): Shell {
  const name = given ?? basename(session.env.SHELL ?? '');
  if (SHELLS.includes(name)) return name as Shell;
  if (given === null && !isNeeded) return 'bash';
  throw mistake(
    `the shell ${name === '' ? '(SHELL is not set)' : name} is not known`,
    `--shell, one of: ${SHELLS.join(', ')}`,
  );
}

function install(session: Session, shell: Shell, path: string): void {
  const text = textOf(path);
  const kept = withoutOurs(text) ?? text;
  const gap = kept === '' || kept.endsWith('\n') ? '' : '\n';
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${kept}${gap}${completionScript(shell)}`);
  session.out.info(`Wrote it to ${path}: it works in shells that are opened from now on`);
}

function uninstall(session: Session, path: string): void {
  const kept = withoutOurs(textOf(path));
  if (kept === null) {
    session.out.info(`It is not in ${path}: nothing to remove`);
    return;
  }
  if (kept === '') rmSync(path);
  else writeFileSync(path, kept);
  session.out.info(`Removed from ${path}`);
}

/** The shell asks: one candidate a line. */
async function answer(session: Session, words: readonly string[], known: KnownCommands): Promise<number> {
  const { COMP_LINE: text = words.join(' '), COMP_POINT: point, COMP_CWORD: index } = session.env;
  const line = { text, cursor: Number(point ?? text.length) };
  const found = await candidates(line, known, async () => {
    const client = await session.existingClient();
    if (client === null) return [];
    return (await client.list()).flatMap(({ name, namespace }) => [
      name,
      ...(namespace === 'default' ? [] : [namespace]),
    ]);
  });
  // bash cuts words at colons, and replaces only what stands behind the last one.
  const whole = wordAt(line);
  const cut = index === undefined ? whole : (words[Number(index)] ?? whole).replace(/^:$/, '');
  const prefix = whole.includes(':') && whole.endsWith(cut) ? whole.length - cut.length : 0;
  session.out.machine(found.map((one) => `${one.slice(prefix)}\n`).join(''));
  return 0;
}
