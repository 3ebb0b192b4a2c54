/**
 * Carries out a plan: starts, restarts, and says of each process whether it is up. Without it the commands that start
 * something would each tell the truth in another way.
 */
import type { Client } from '../client/client.ts';
import { UpkeepError } from '../core/errors.ts';
import type { Report } from '../protocol/control.ts';
import { type Flags, hasFlag, textFlag } from './command.ts';
import { mistake, showError } from './failure.ts';
import { plain } from './render/words.ts';
import { showReport } from './report.ts';
import type { Session } from './session.ts';
import { showList } from './show-list.ts';
import type { Plan } from './start-plan.ts';

/** `rolling`: what runs is replaced one by one, the new process first. */
export async function carryOut(
  session: Session,
  client: Client,
  plan: Plan,
  flags: Flags,
  rolling = false,
): Promise<number> {
  const { out } = session;
  const parallel = parallelOf(session, flags);
  await warnOfVariables(session, client);
  const ids: number[] = [];
  let code = 0;
  const tell = async (act: () => Promise<Report>): Promise<void> => {
    try {
      const report = await act();
      ids.push(...report.outcomes.map((outcome) => outcome.id).filter((id) => id >= 0));
      if (showReport(session, report, null) !== 0) code = 1;
    } catch (error) {
      if (!(error instanceof UpkeepError) || error.code === 'NO_DAEMON') throw error;
      showError(out, error);
      code = 1;
    }
  };
  if (plan.starts.length > 0) {
    out.info(`Starting ${plan.starts.map((spec) => plain(spec.name)).join(', ')}`);
    await tell(() => client.start(plan.starts, { force: hasFlag(flags, 'force'), wait: true }));
  }
  if (plan.restarts.length > 0) {
    const { specs, toggleWatch } = plan;
    await tell(() =>
      rolling
        ? client.reload(plan.restarts, { specs, ...(parallel === null ? {} : { parallel }) })
        : client.restart(plan.restarts, { specs, wait: true, toggleWatch }),
    );
  }
  if (hasFlag(flags, 'write')) await writeDeclared(session, plan);
  await showList(session, client);
  if (hasFlag(flags, 'attach') && ids.length > 0) {
    const { attach } = await import('./commands/logs.ts');
    await attach(session, client, ids.map(String));
  }
  return code;
}

/** @throws before anything is done if it is no number */
function parallelOf(session: Session, flags: Flags): number | null {
  const text = textFlag(flags, 'parallel');
  if (text === null) {
    const usual = session.env.PM2_CONCURRENT_ACTIONS ?? '';
    return /^[1-9]\d*$/.test(usual) ? Number(usual) : null;
  }
  if (!/^[1-9]\d*$/.test(text)) throw mistake(`--parallel takes a number of at least 1, not ${text}`);
  return Number(text);
}

/** Variables that steered PM2, or that steer the daemon, and do not do what their caller believes. */
async function warnOfVariables({ env, out }: Session, client: Client): Promise<void> {
  if (!Object.keys(env).some((name) => /^(?:PM2_|UPKEEP_WORKER|UPKEEP_LOG_DISK|OVER_HOME|PROCESS_TITLE)/.test(name)))
    return;
  const { differingVariables, idleVariables } = await import('../pm2/variables.ts');
  for (const line of [...idleVariables(env), ...differingVariables(env, client.daemon.variables ?? {})]) out.warn(line);
}

async function writeDeclared(session: Session, plan: Plan): Promise<void> {
  const [{ writeFileSync }, { join }, { safeName }] = await Promise.all([
    import('node:fs'),
    import('node:path'),
    import('../core/log-paths.ts'),
  ]);
  for (const spec of plan.starts) {
    const path = join(session.cwd, `${safeName(spec.name)}-pm2.json`);
    const declared = {
      ...spec.declared,
      ...(Object.keys(spec.env.declared).length > 0 ? { env: spec.env.declared } : {}),
    };
    writeFileSync(path, `${JSON.stringify(declared, null, 2)}\n`);
    session.out.info(`Wrote ${path}`);
  }
}
