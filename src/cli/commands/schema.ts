/**
 * `schema`: the JSON Schema of config files, for editors. Without it a typo in a config would only show at the start.
 */
import type { Command } from '../command.ts';

export const schema: Command = {
  async run(session) {
    const { jsonSchema } = await import('../../config/schema.ts');
    session.out.machine(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    return 0;
  },
};
