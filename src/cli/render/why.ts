/**
 * The answer to "why?": the state and its reason, the last lives, the last lines, and what comes next. Without it an
 * `errored` would send people to four commands and a search of the logs.
 */

import { describeExit } from '../../core/exit.ts';
import type { WhyView } from '../../protocol/control.ts';
import { labelOf } from '../report.ts';
import { colorsFor } from './colors.ts';
import { spokenProbe } from './describe.ts';
import { localTime, plain, plainLine, shortSize, spokenDuration } from './words.ts';

const LIVES_SHOWN = 5;

export function renderWhy(
  view: WhyView,
  { now, hasColor }: { readonly now: number; readonly hasColor: boolean },
): string {
  const { instance } = view;
  const colors = colorsFor(hasColor);
  const ago = (at: number): string => `${spokenDuration(now - at)} ago`;
  const isUp = instance.pid !== 0;
  const since = isUp ? ` for ${spokenDuration(now - instance.startedAt)}` : sinceEnd(view, now);
  const paint =
    instance.status === 'online'
      ? colors.green
      : instance.status === 'errored' || instance.status === 'stopped'
        ? colors.red
        : colors.yellow;
  const lines: string[] = [
    `${colors.bold(labelOf(instance))} is ${paint(instance.status)}${since}`,
    `  because:   ${plain(instance.reason)}`,
    `  next:      ${plain(view.next)}`,
  ];
  if (isUp) {
    lines.push(
      `  process:   pid ${instance.pid}, ${shortSize(instance.memoryBytes)}, ${Math.round(instance.cpuPercent * 10) / 10} % of a core`,
    );
    lines.push(`  listening: ${view.listening.length === 0 ? 'on nothing' : view.listening.map(plain).join(', ')}`);
  }
  lines.push(
    `  restarts:  ${instance.restarts}${instance.unstableRestarts > 0 ? `, ${instance.unstableRestarts} unstable in a row` : ''}`,
  );
  lines.push(...healthLines(view, now, colors));
  if (view.portConflict !== null) {
    const { port, owner } = view.portConflict;
    lines.push(`  ${colors.yellow(`port ${port}`)} is wanted by it and held by ${plain(owner)}`);
  }
  if (instance.logBytesLost > 0) lines.push(`  ${shortSize(instance.logBytesLost)} of its output could not be written`);
  if (view.cut !== undefined && view.cut.length > 0)
    lines.push('', 'Cut when it was last killed:', ...view.cut.map((line) => `  ${plain(line)}`));
  if (view.lives.length > 0) {
    lines.push('', 'Last ends, newest first:');
    for (const life of view.lives.slice(0, LIVES_SHOWN)) {
      const lasted = spokenDuration(life.endedAt - life.startedAt);
      lines.push(
        `  ${localTime(life.endedAt)} (${ago(life.endedAt)}): ${plain(describeExit(life.exit))} after ${lasted}; ${plain(life.verdict)}`,
      );
    }
    const rest = view.lives.length - LIVES_SHOWN;
    if (rest > 0) lines.push(`  and ${rest} before`);
  }
  if (view.crash != null) lines.push(`  newest crash record: upkeep crash show ${view.crash}`);
  lines.push('', view.lastLines.length === 0 ? 'It has written nothing that is kept.' : 'Last lines:');
  for (const line of view.lastLines) {
    const stream = line.stream === 'err' ? colors.red('err') : colors.green('out');
    lines.push(`  ${localTime(line.at).slice(11, 23)} ${stream} | ${plainLine(line.text, hasColor)}`);
  }
  return lines.join('\n');
}

function healthLines({ instance }: WhyView, now: number, colors: ReturnType<typeof colorsFor>): string[] {
  const { health, generation } = instance;
  const lines = generation === 0 ? [] : [`  generation ${generation}: it was reloaded`];
  for (const probe of health?.probes ?? []) {
    const text = `  ${`${probe.kind}:`.padEnd(11)}${plain(spokenProbe(probe))}`;
    lines.push(probe.verdict === 'failing' ? colors.yellow(text) : text);
  }
  const blocked = health?.blocked ?? null;
  if (blocked === null) return lines;
  const lasted = spokenDuration((blocked.untilAt ?? now) - blocked.sinceAt);
  const since = localTime(blocked.sinceAt);
  const isOver = blocked.untilAt !== null;
  lines.push(
    colors.yellow(
      `  its event loop ${isOver ? `did not turn for ${lasted}` : `has not turned for ${lasted}`}, since ${since}`,
    ),
  );
  if (blocked.whyNoStack !== null) lines.push(`    ${plain(blocked.whyNoStack)}`);
  for (const frame of blocked.frames) lines.push(`    at ${plain(frame)}`);
  return lines;
}

function sinceEnd({ lives }: WhyView, now: number): string {
  const last = lives[0];
  return last === undefined ? '' : ` since ${localTime(last.endedAt)} (${spokenDuration(now - last.endedAt)} ago)`;
}
