/**
 * Commands whose output programs read: `jlist`, `prettylist`, `id`, `pid`, `ping`. Without their silence about all else a
 * script would have to pick the JSON out of notes.
 */
import { plainLines } from '../../core/plain-text.ts';
import type { Command } from '../command.ts';
import { mistake } from '../failure.ts';

export const jlist: Command = {
  usage: '[ignored...]',
  async run(session) {
    const client = await session.client();
    const [{ jlistEntry }, details] = await Promise.all([import('../../pm2/jlist.ts'), client.describe()]);
    session.out.machine(JSON.stringify(details.map((detail) => jlistEntry(detail, session.home))));
    return 0;
  },
};

export const prettylist: Command = {
  usage: '[none...]',
  async run(session, words) {
    if (words.length > 0) throw mistake(`prettylist takes no arguments: ${words.join(' ')}`);
    const client = await session.client();
    const [{ jlistEntry }, { inspect }, details] = await Promise.all([
      import('../../pm2/jlist.ts'),
      import('node:util'),
      client.describe(),
    ]);
    const entries = details.map((detail) => jlistEntry(detail, session.home));
    const text = inspect(entries, { depth: null, colors: false, maxArrayLength: null, maxStringLength: null });
    // Without a line end, as PM2 writes it.
    session.out.machine(plainLines(text, false));
    return 0;
  },
};

/** Ids of a name in Node's notation, `[]` if there is none. */
export const id: Command = {
  usage: '<name>',
  async run(session, [name = '']) {
    const client = await session.client();
    const { resolve } = await import('node:path');
    const script = resolve(session.cwd, name);
    const details = await client.describe();
    const ids = details.filter((one) => one.name === name || one.spec.script === script).map((one) => one.id);
    session.out.machine(ids.length === 0 ? '[]\n' : `[ ${ids.join(', ')} ]\n`);
    return 0;
  },
};

/** One pid a line, 0 for what does not run; an empty line where nothing has the name. */
export const pid: Command = {
  usage: '[name]',
  async run(session, [name]) {
    const client = await session.client();
    const views = await client.list();
    const pids = views
      .filter((view) => name === undefined || view.name === name || String(view.id) === name)
      .map((view) => view.pid);
    session.out.machine(`${pids.join('\n')}\n`);
    return 0;
  },
};

export const ping: Command = {
  usage: '[ignored...]',
  async run(session) {
    const client = await session.client();
    await client.ping();
    session.out.machine("{ msg: 'pong' }\n");
    return 0;
  },
};
