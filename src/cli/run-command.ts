/**
 * Runs one command to its exit code, whatever it throws. Without it each way in would end failures in its own way.
 */
import type { Command, Flags } from './command.ts';
import { showError } from './failure.ts';
import type { Session } from './session.ts';

export async function runCommand(
  session: Session,
  command: Command,
  words: readonly string[],
  flags: Flags,
): Promise<number> {
  try {
    return await command.run(session, words, flags);
  } catch (error) {
    showError(session.out, error);
    return 1;
  } finally {
    session.close();
  }
}
