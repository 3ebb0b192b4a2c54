/**
 * `env`: what a process gets as environment, and from where. Without the sources nobody could tell why an old value
 * still holds; without the masks nobody could show it to anyone.
 */
import { maskedValue } from '../../core/secrets.ts';
import { sourcedVariables } from '../../core/variables.ts';
import { type Command, hasFlag } from '../command.ts';
import { plain } from '../render/words.ts';

export const env: Command = {
  usage: '<target>',
  flags: [
    { flags: '--show-secrets', description: 'Do not mask values that look like secrets.' },
    {
      flags: '--sources',
      description:
        'Say of each variable where it comes from: caller, env, env_<name>, deploy.<name>.env, port, program or upkeep.',
    },
    { flags: '--json', description: 'As one JSON object.' },
  ],
  async run(session, [target = ''], flags) {
    const { out } = session;
    const client = await session.client();
    const { env: layers, instanceEnv } = await client.env(target);
    const shown = sourcedVariables(layers, instanceEnv).map(({ name, value, source }) => ({
      name,
      source,
      value: hasFlag(flags, 'showSecrets') ? value : maskedValue(name, value),
    }));
    if (hasFlag(flags, 'json')) {
      const pairs = shown.map(({ name, value, source }) => [
        name,
        hasFlag(flags, 'sources') ? { value, source } : value,
      ]);
      out.machine(`${JSON.stringify(Object.fromEntries(pairs), null, 2)}\n`);
      return 0;
    }
    for (const { name, value, source } of shown) {
      out.machine(`${hasFlag(flags, 'sources') ? `${source} ` : ''}${plain(name)}: ${plain(value)}\n`);
    }
    return 0;
  },
};
