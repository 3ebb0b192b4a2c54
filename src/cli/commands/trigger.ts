/**
 * `trigger`, `inspect`, and the profiles of apps: calls that a process answers. Without them a snapshot of a program in
 * production would need a line of code in it that somebody wrote before.
 */
import { resolve } from 'node:path';
import type { Client, TriggerOptions } from '../../client/client.ts';
import { parseDuration } from '../../core/units.ts';
import type { TriggerResult } from '../../protocol/control.ts';
import { type Command, type Flags, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { plain } from '../render/words.ts';
import type { Session } from '../session.ts';

/** A snapshot of a large heap takes its time. */
const PROFILE_WAIT_MS = 600_000;
const PROFILE_MS = 10_000;

interface Answer {
  readonly success?: boolean;
  readonly err?: string;
  readonly dump_file?: string;
  readonly url?: string | null;
}

const answerOf = (data: unknown): unknown => (data as { readonly return?: unknown } | null)?.return ?? null;

function limitOf(flags: Flags): number | null {
  const text = textFlag(flags, 'timeout');
  if (text === null) return null;
  const limit = parseDuration(text);
  if (limit === null || limit <= 0) throw mistake(`--timeout takes a time such as 5000 or 30s, not ${text}`);
  return limit;
}

export const trigger: Command = {
  usage: '<target> <action> [params]',
  flags: [{ flags: '--timeout <time>', description: 'Wait this long for the answers. Default: 30s.' }],
  notes: ['An app offers actions through @pm2/io or tx2; `upkeep describe` shows them.'],
  async run(session, [target = '', action = '', params], flags) {
    const { out } = session;
    const client = await session.client();
    const waitMs = limitOf(flags);
    const result = await client.trigger(target, action, {
      ...(params === undefined ? {} : { params }),
      ...(waitMs === null ? {} : { waitMs }),
    });
    out.print(`${result.called} ${result.called === 1 ? 'process was' : 'processes were'} called: ${plain(action)}`);
    for (const { process, data } of result.replies)
      out.machine(
        `[${plain(process.name)}:${process.id}:${plain(process.namespace)}]=${JSON.stringify(answerOf(data))}\n`,
      );
    return close(session, result);
  },
};

/** Those that have no such action are only named; who was called and did not answer is a failure. */
function close(session: Session, { called, replies, failures }: TriggerResult): number {
  for (const failure of failures) session.out.warn(plain(failure.message));
  return replies.length === called ? 0 : 1;
}

type Tell = (session: Session, label: string, answer: Answer) => number;

async function call(
  session: Session,
  client: Client,
  target: string,
  action: string,
  tell: Tell,
  options: TriggerOptions = {},
): Promise<number> {
  const result = await client.trigger(target, action, { waitMs: PROFILE_WAIT_MS, by: 'runtime', ...options });
  let code = close(session, result);
  for (const { process, data } of result.replies) {
    const label = `${plain(process.name)} (${process.id})`;
    const answer = answerOf(data) as Answer;
    if (answer.success === true) code = Math.max(code, tell(session, label, answer));
    else {
      session.out.error(`${label} did not do it: ${plain(answer.err ?? 'it does not say why')}`);
      code = 1;
    }
  }
  return code;
}

const tellFile: Tell = ({ out }, label, { dump_file }) => {
  out.info(`${label} has written`);
  out.machine(`${plain(dump_file ?? '')}\n`);
  return 0;
};

export const inspect: Command = {
  usage: '<target>',
  notes: ['The inspector listens on 127.0.0.1 only, at a free port: who can connect can run code in the app.'],
  async run(session, [target = '']) {
    return call(session, await session.client(), target, 'internal:inspect', ({ out }, label, { url }) => {
      out.info(`${label} can be inspected at`);
      out.machine(`${plain(url ?? '')}\n`);
      return 0;
    });
  },
};

const INTO = {
  flags: '--into <folder>',
  description: 'Where the app is to write the file. Default: its folder for temporary files.',
};

/** The app writes the file, so that it can be as large as it likes. */
async function intoOf(
  session: Session,
  client: Client,
  target: string,
  flags: Flags,
  extension: string,
): Promise<TriggerOptions> {
  const folder = textFlag(flags, 'into');
  if (folder === null) return {};
  const details = await client.describe(target);
  if (details.length > 1) throw mistake(`${target} names ${details.length} processes: --into takes one at a time`);
  const at = new Date().toISOString().replace(/[:.]/g, '-');
  return { params: { path: resolve(session.cwd, folder, `${details[0]?.name ?? target}-${at}.${extension}`) } };
}

export const heapdump: Command = {
  usage: '<target>',
  flags: [INTO],
  notes: ['The app stands still while it writes, and needs about as much memory again as its heap.'],
  async run(session, [target = ''], flags) {
    const client = await session.client();
    return call(
      session,
      client,
      target,
      'km:heapdump',
      tellFile,
      await intoOf(session, client, target, flags, 'heapsnapshot'),
    );
  },
};

const profileOf = (kind: 'cpu:profiling' | 'heap:sampling', extension: string): Command => ({
  usage: '<target> [time]',
  flags: [INTO],
  notes: ['Without a time: 10s.'],
  async run(session, [target = '', time], flags) {
    const ms = time === undefined ? PROFILE_MS : parseDuration(time);
    if (ms === null || ms <= 0) throw mistake(`a profile takes a time such as 5000 or 30s, not ${time}`);
    const client = await session.client();
    const options = await intoOf(session, client, target, flags, extension);
    const begun = await call(session, client, target, `km:${kind}:start`, () => 0);
    if (begun !== 0) return begun;
    await new Promise((resolveWait) => setTimeout(resolveWait, ms));
    return call(session, client, target, `km:${kind}:stop`, tellFile, options);
  },
});

export const cpuProfile: Command = profileOf('cpu:profiling', 'cpuprofile');
export const heapProfile: Command = profileOf('heap:sampling', 'heapprofile');
