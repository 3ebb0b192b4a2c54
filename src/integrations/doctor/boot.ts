/**
 * Whether the next boot would bring the apps up, as one of many checks. Without it that question would be asked only by those
 * who know of `startup --verify`.
 */
import { existsSync } from 'node:fs';
import { UpkeepError } from '../../core/errors.ts';
import { pathsOf } from '../../platform/paths.ts';
import { type BootPlan, type BootRequest, type Caller, planBoot } from '../boot/plan.ts';
import { verify } from '../boot/verification.ts';
import { type Finding, findingsOf } from './finding.ts';

const NOTHING_ASKED: BootRequest = {
  platform: null,
  user: null,
  userHome: null,
  serviceName: null,
  waitIp: false,
  isUserUnit: false,
  isLook: true,
};

const { good, warning, problem } = findingsOf('Boot');

/** @param root put before the paths of services: empty, but for tests */
export function checkBoot(caller: Omit<Caller, 'note'>, root: string): readonly Finding[] {
  if (root === '' && (existsSync('/.dockerenv') || existsSync('/run/.containerenv')))
    return [good('in a container: what starts it starts the apps')];
  let plans: readonly BootPlan[];
  try {
    plans = plansFor({ ...caller, note: () => {} });
  } catch (error) {
    if (!(error instanceof UpkeepError)) throw error;
    return [warning(error.message, error.hint ?? '`upkeep startup` tells more')];
  }
  const installed = plans.find(({ platform, service }) => existsSync(root + platform.file(service).path));
  if (installed === undefined)
    return [warning('after a boot nothing starts the apps', '`upkeep startup`, then `upkeep save`')];
  const { platform, service, wrapperText, owner } = installed;
  const { dump } = pathsOf(service.home);
  return verify({ platform, service, wrapperText, dump, root, owner }).map(({ isGood, text, advice }) =>
    isGood ? good(text) : problem(text, advice ?? '`upkeep startup --verify` tells more'),
  );
}

/** A unit of the machine, and one of the user's own systemd. */
function plansFor(caller: Caller): readonly BootPlan[] {
  const plan = planBoot(NOTHING_ASKED, caller);
  return plan.platform.id === 'systemd' ? [plan, planBoot({ ...NOTHING_ASKED, isUserUnit: true }, caller)] : [plan];
}
