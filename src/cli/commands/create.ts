/**
 * `create`: a small app to try things with, written here and started. Without it a newcomer's first ten minutes would go
 * into writing one.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { carryOut } from '../carry-out.ts';
import { type Command, hasFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { SAMPLES } from '../samples.ts';
import type { Session } from '../session.ts';
import { planStart } from '../start-plan.ts';

const names = SAMPLES.map(({ name }) => name).join(', ');

export const create: Command = {
  usage: '[sample]',
  flags: [{ flags: '-f, --force', description: 'Overwrite files that are there.' }],
  notes: [`Samples: ${names}. Without one it asks, on a terminal.`],
  async run(session, [given], flags) {
    const wanted = given ?? (await ask(session));
    const sample = SAMPLES.find(({ name }) => name === wanted);
    if (sample === undefined) throw mistake(`there is no sample ${wanted}`, `there are: ${names}`);
    const folder = join(session.cwd, sample.name);
    for (const file of Object.keys(sample.files)) {
      if (!hasFlag(flags, 'force') && existsSync(join(folder, file)))
        throw mistake(`${join(folder, file)} is there already`, '--force overwrites it');
    }
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(sample.files)) {
      writeFileSync(join(folder, file), text);
      session.out.info(`Wrote ${join(folder, file)}`);
    }
    const inside: Session = { ...session, cwd: folder };
    const client = await session.client();
    const registered = { instances: await client.describe() };
    const plan = await planStart(inside, ['ecosystem.config.js'], {}, registered, { isForced: false });
    return carryOut(inside, client, plan, {});
  },
};

async function ask(session: Session): Promise<string> {
  if (!session.out.isTerminal || !process.stdin.isTTY)
    throw mistake('which sample? There is no terminal to ask on', `upkeep create <sample>, one of: ${names}`);
  const { createInterface } = await import('node:readline/promises');
  for (const [index, { name, what }] of SAMPLES.entries())
    session.out.print(`  ${index + 1}) ${name.padEnd(10)} ${what}`);
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = (await reader.question('Which one? ')).trim();
    return SAMPLES[Number(answer) - 1]?.name ?? answer;
  } finally {
    reader.close();
  }
}
