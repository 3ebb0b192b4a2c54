import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AGENT_PROTOCOL } from '../../../src/protocol/agent.ts';
import { encodeFrame } from '../../../src/protocol/frame.ts';
import { Agents } from '../../../src/supervisor/agents.ts';
import { RECORDED } from '../../helpers/recorded.ts';
import { until } from '../../helpers/until.ts';

const NEXT = AGENT_PROTOCOL.protocol + 1;

let folder: string;
let agents: Agents;
const heard: [string, unknown][] = [];
const opened: Socket[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-agents-'));
  agents = new Agents(folder, '1.2.3');
  heard.length = 0;
  await agents.listen(join(folder, 'agent.sock'));
  agents.expect('secret', null, {
    onHello: (node) => heard.push(['hello', node]),
    onForeign: ({ protocol }) => heard.push(['foreign', protocol]),
    onMessage: (message) => heard.push(['message', message]),
    onDraining: () => {},
    onStranded: () => {},
    onConnections: () => {},
    onReport: ({ type }) => heard.push(['report', type]),
  });
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  agents.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the daemon says to an app that says this. */
function say(...frames: readonly unknown[]): () => unknown[] {
  const socket = connect(join(folder, 'agent.sock'));
  opened.push(socket);
  let told = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  for (const frame of frames) socket.write(encodeFrame(frame));
  return () =>
    told
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
}

const hello = (speaks: object): object => ({ type: 'hello', token: 'secret', pid: 1, node: '20.0.0', ...speaks });
const MESSAGE = { type: 'message', n: 1, message: 'well' };

const count = (told: () => unknown[], number: number): Promise<true> =>
  until(
    () => (told().length >= number ? true : undefined),
    () => `${number} frames; there are ${JSON.stringify(told())}`,
  );

describe('the line to an app', () => {
  it('begins with a hello of the daemon', async () => {
    const told = say(hello(AGENT_PROTOCOL), MESSAGE);
    await count(told, 2);
    expect(told()).toEqual([
      { type: 'hello', protocol: AGENT_PROTOCOL.protocol, version: '1.2.3' },
      { type: 'ack', n: 1 },
    ]);
    expect(heard).toEqual([
      ['hello', '20.0.0'],
      ['report', 'hello'],
      ['message', 'well'],
    ]);
  });

  it('speaks our version with a newer runtime that understands it', async () => {
    const told = say(hello({ protocol: NEXT, oldest: AGENT_PROTOCOL.protocol }), MESSAGE);
    await count(told, 2);
    expect(told()[0]).toMatchObject({ protocol: AGENT_PROTOCOL.protocol });
    expect(heard).toContainEqual(['message', 'well']);
  });

  it('is heard no further, and kept, if its runtime speaks no version of ours', async () => {
    const foreign = say(hello({ protocol: NEXT + 1, oldest: NEXT }), MESSAGE);
    await count(foreign, 1);
    // A second one is heard after the first has been dealt with.
    const told = say(hello(AGENT_PROTOCOL), { ...MESSAGE, message: 'later' });
    await count(told, 2);
    expect(heard).toEqual([
      ['foreign', NEXT + 1],
      ['hello', '20.0.0'],
      ['report', 'hello'],
      ['message', 'later'],
    ]);
    expect(foreign()).toEqual([{ type: 'hello', protocol: AGENT_PROTOCOL.protocol, version: '1.2.3' }]);
    expect(opened[0]?.destroyed).toBe(false);
  });

  it.each(RECORDED)('understands what a runtime of $version says', async ({ folder: recorded }) => {
    const frames = JSON.parse(readFileSync(join(recorded, 'agent.json'), 'utf8')) as { readonly type: string }[];
    const told = say(...frames.map((frame) => (frame.type === 'hello' ? { ...frame, token: 'secret' } : frame)));
    const messages = frames.filter(({ type }) => type === 'message').length;
    await count(told, 1 + messages);
    expect(heard.filter(([kind]) => kind === 'hello')).toHaveLength(1);
    expect(heard.filter(([kind]) => kind === 'message')).toHaveLength(messages);
    expect(heard).toContainEqual(['report', 'measured']);
    expect(heard).toContainEqual(['report', 'pong']);
    expect(agents.stop('secret', { signal: 'SIGINT', limitMs: 1 })).toBe(true);
  });

  it('is closed on a token that nobody has', async () => {
    say({ ...hello(AGENT_PROTOCOL), token: 'guessed' });
    await until(
      () => (opened[0]?.destroyed === true ? true : undefined),
      () => 'the line to be closed',
    );
    expect(heard).toEqual([]);
  });
});
