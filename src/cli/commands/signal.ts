/**
 * `sendSignal` and `send`: a signal to processes, a line to a program's stdin. Without them a user would look up pids
 * and could signal a process that has taken over an old one's.
 */
import { constants } from 'node:os';
import { nearest } from '../../core/nearest.ts';
import type { Command } from '../command.ts';
import { mistake } from '../failure.ts';
import { showReport } from '../report.ts';
import { resolveWords } from '../targets.ts';

/** `SIGUSR2` of `SIGUSR2`, `usr2` or `12`. */
function signalName(word: string): string {
  const known = Object.entries(constants.signals);
  const upper = word.toUpperCase();
  const found = known.find(([name, number]) => name === upper || name === `SIG${upper}` || String(number) === word);
  if (found !== undefined) return found[0];
  const meant = nearest(
    upper,
    known.map(([name]) => name),
  );
  throw mistake(`there is no signal ${word}`, meant === null ? undefined : `did you mean ${meant}?`);
}

export const sendSignal: Command = {
  usage: '<signal> <targets...>',
  async run(session, [word = '', ...targets]) {
    const signal = signalName(word);
    const client = await session.client();
    const report = await client.signal(await resolveWords(session, client, targets), signal);
    return showReport(session, report, `got ${signal}`);
  },
};

export const send: Command = {
  usage: '<id> <line...>',
  async run(session, [target = '', ...line]) {
    const client = await session.client();
    return showReport(session, await client.send(target, line.join(' ')), 'got the line');
  },
};
