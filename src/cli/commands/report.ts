/**
 * `report` and `profile`: what a report of a problem with Upkeep itself needs. Without them every report would begin with
 * three questions.
 */
import { VERSION } from '../../client/version.ts';
import { readLastLines } from '../../logs/tail.ts';
import { pathsOf } from '../../platform/paths.ts';
import type { Command } from '../command.ts';
import { mistake } from '../failure.ts';
import { renderHost } from '../render/host.ts';
import { renderList } from '../render/list.ts';
import { plainLine, shortSize, spokenDuration } from '../render/words.ts';

const DAEMON_LINES = 20;
const DEFAULT_PROFILE_MS = 10_000;

export const report: Command = {
  usage: '[ignored...]',
  notes: ['Read it before you post it: it names your apps, your user and the end of the daemon’s log.'],
  async run(session) {
    const client = await session.client();
    const [os, { instances, notes }, host] = await Promise.all([
      import('node:os'),
      client.listWithNotes(),
      client.host(),
    ]);
    const { version, pid, home, startedAt, node } = client.daemon;
    const now = Date.now();
    const block = (title: string, lines: readonly (readonly [name: string, value: string])[]): string[] => [
      `--- ${title} ${'-'.repeat(Math.max(3, 50 - title.length))}`,
      ...lines.map(([name, value]) => `${name.padEnd(20)} : ${value}`),
    ];
    const { lines } = readLastLines(pathsOf(home, session.env).daemonLog, DAEMON_LINES);
    const text = [
      '```',
      ...block('Daemon', [
        ['upkeep version', version],
        ['node version', node],
        ['pid', String(pid)],
        ['home', home],
        ['up for', spokenDuration(now - startedAt)],
        ...notes.map((note) => ['note', note] as const),
      ]),
      ...block('CLI', [
        ['upkeep version', VERSION],
        ['node version', process.versions.node],
        ['node path', process.execPath],
        ['program', process.argv[1] ?? ''],
        ['user', os.userInfo().username],
      ]),
      ...block('System', [
        ['platform', `${os.type()} ${os.release()} ${os.arch()}`],
        ['cpus', `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown'}`],
        ['memory', `${shortSize(os.freemem())} free of ${shortSize(os.totalmem())}`],
        [
          'load',
          os
            .loadavg()
            .map((load) => load.toFixed(2))
            .join(' '),
        ],
        ...(host === null ? [] : [['now', renderHost(host, false)] as const]),
      ]),
      ...block('Processes', []),
      renderList(instances, { now, columns: null, hasColor: false, sort: null }),
      ...block(`Daemon log, last ${DAEMON_LINES} lines`, []),
      ...lines.map((line) => plainLine(line, false)),
      '```',
    ];
    session.out.machine(`${text.join('\n')}\n`);
    return 0;
  },
};

const profile = (kind: 'cpu' | 'mem', ending: string): Command => ({
  usage: '[ms]',
  notes: [`Default: ${DEFAULT_PROFILE_MS} ms. The file opens in the developer tools of Chrome.`],
  async run(session, [given]) {
    const durationMs = given === undefined ? DEFAULT_PROFILE_MS : Number(given);
    if (!Number.isInteger(durationMs) || durationMs < 0)
      throw mistake(`a number of milliseconds is needed, not ${given}`);
    const client = await session.client();
    const { join } = await import('node:path');
    const stamp = new Date().toISOString().replaceAll(':', '-').replace(/\..*/, '');
    session.out.info(`Watching the daemon (pid ${client.daemon.pid}) for ${spokenDuration(durationMs)}`);
    const path = await client.profileDaemon(kind, durationMs, join(session.cwd, `upkeep-daemon-${stamp}.${ending}`));
    session.out.info(`Wrote ${path}`);
    return 0;
  },
});

export const profileCpu = profile('cpu', 'cpuprofile');
export const profileMemory = profile('mem', 'heapprofile');
