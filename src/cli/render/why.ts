/**
 * The answer to "why?": the state and its reason, the last lives, the last lines, and what comes next. Without it an
 * `errored` would send people to four commands and a search of the logs.
 */

import { describeExit } from '../../core/exit.ts';
import type { WhyView } from '../../protocol/control.ts';
import { labelOf } from '../report.ts';
import { colorsFor } from './colors.ts';
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
  lines.push('', view.lastLines.length === 0 ? 'It has written nothing that is kept.' : 'Last lines:');
  for (const line of view.lastLines) {
    const stream = line.stream === 'err' ? colors.red('err') : colors.green('out');
    lines.push(`  ${localTime(line.at).slice(11, 23)} ${stream} | ${plainLine(line.text, hasColor)}`);
  }
  return lines.join('\n');
}

function sinceEnd({ lives }: WhyView, now: number): string {
  const last = lives[0];
  return last === undefined ? '' : ` since ${localTime(last.endedAt)} (${spokenDuration(now - last.endedAt)} ago)`;
}
