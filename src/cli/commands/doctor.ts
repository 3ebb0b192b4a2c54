/**
 * `doctor`: what is wrong with this machine for running apps on it, and what to do about each thing. Without it every one of
 * those would be found by an outage of its own.
 */
import { checkBoot } from '../../integrations/doctor/boot.ts';
import type { Finding, Verdict } from '../../integrations/doctor/finding.ts';
import { examine } from '../../integrations/doctor/index.ts';
import { foreignHome } from '../../pm2/foreign.ts';
import { pm2DaemonOf } from '../../pm2/neighbour.ts';
import { type Command, hasFlag } from '../command.ts';
import { colorsFor } from '../render/colors.ts';
import { plain } from '../render/words.ts';

const MARKS: Readonly<Record<Verdict, string>> = { good: '✓', warning: '!', problem: '✗' };
const INDENT = ' '.repeat(4);

function render(findings: readonly Finding[], hasColor: boolean, isBrief: boolean): string {
  const { bold, green, yellow, red, dim } = colorsFor(hasColor);
  const paints = { good: green, warning: yellow, problem: red };
  const shown = isBrief ? findings.filter(({ verdict }) => verdict !== 'good') : findings;
  const lines: string[] = [];
  let area: string | null = null;
  for (const { area: next, verdict, text, advice } of shown) {
    if (next !== area) lines.push(bold(next));
    area = next;
    lines.push(`  ${paints[verdict](MARKS[verdict])} ${plain(text)}`);
    if (advice !== null) lines.push(`${INDENT}${dim('→')} ${plain(advice)}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

export const doctor: Command = {
  usage: '[ignored...]',
  flags: [
    { flags: '--json', description: 'The findings as JSON: area, verdict (good, warning, problem), text, advice.' },
    { flags: '--brief', description: 'Only what is not as it should be.' },
  ],
  notes: [
    'Looks at Node, the home, the daemon, the boot, limits of the kernel, memory and the registered apps; changes nothing.',
    'The exit code is 1 if there is a problem; warnings leave it 0.',
  ],
  async run(session, _words, flags) {
    const { env, home, out } = session;
    const client = await session.existingClient({ anyProtocol: true });
    const findings = await examine({
      env,
      home,
      client,
      pm2Pid: pm2DaemonOf(foreignHome(env, null)),
      boot: () => checkBoot({ env, home, program: process.argv[1] as string }, env.UPKEEP_BOOT_ROOT ?? ''),
    });
    const numberOf = (verdict: Verdict): number => findings.filter((one) => one.verdict === verdict).length;
    const [problems, warnings] = [numberOf('problem'), numberOf('warning')];
    if (hasFlag(flags, 'json')) out.machine(`${JSON.stringify(findings)}\n`);
    else {
      out.machine(render(findings, out.hasColor, hasFlag(flags, 'brief')));
      out.print(
        problems + warnings === 0
          ? 'All is as it should be.'
          : `${count(problems, 'problem')}, ${count(warnings, 'warning')}.`,
      );
    }
    return problems > 0 ? 1 : 0;
  },
};
