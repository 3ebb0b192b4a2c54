/**
 * Methods of PM2's API that Upkeep does not have, and why. Without them a program would fail with "is not a function", and
 * nobody would learn what to do instead.
 */
import { Pm2Error } from './failure.ts';
import type { Operations } from './operation.ts';

const CLI = 'it prints or draws for a person at a terminal';
const CLOUD = 'it is for a vendor service, which Upkeep does not talk to';

/** Name: why it is not here, and what is. */
const REASONS: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  dashboard: [CLI, 'run `upkeep list`'],
  monit: [CLI, 'run `upkeep list`'],
  streamLogs: [CLI, "launchBus gives 'log:out' and 'log:err'; the command is `upkeep logs`"],
  printLogs: [CLI, 'the command is `upkeep logs`'],
  speedList: [CLI, 'list() gives the same as data'],
  report: [CLI, "Client.executeRemote('getReport') gives data"],
  exitCli: [CLI, 'disconnect() lets the program end'],
  launchSysMonitoring: ['the daemon measures the machine by itself', 'slist() gives it'],
  boilerplate: [CLI, 'run `upkeep ecosystem`'],
  generateSample: [CLI, 'run `upkeep ecosystem`'],
  link: [CLOUD, 'there is nothing to do'],
  unlink: [CLOUD, 'there is nothing to do'],
  linkManagement: [CLOUD, 'there is nothing to do'],
  killAgent: [CLOUD, 'there is nothing to do'],
  launchAll: [CLOUD, 'there is nothing to do'],
  agentInfos: [CLOUD, 'there is nothing to do'],
  openDashboard: [CLOUD, 'there is nothing to do'],
  clearSetup: [CLOUD, 'there is nothing to do'],
  minimumSetup: [CLOUD, 'there is nothing to do'],
  remote: [CLOUD, 'call the methods of the API'],
  remoteV2: [CLOUD, 'call the methods of the API'],
  dockerMode: ['it runs docker', 'see `docs/how-to` for containers'],
  generateDockerfile: ['it writes a Dockerfile', 'see `docs/how-to` for containers'],
  autoinstall: ['it installs packages', 'run your package manager'],
  deepUpdate: ['it installs packages', 'run your package manager, then update()'],
  deleteModule: ['it is an inner step of uninstall', 'uninstall(name)'],
  launchModules: ['modules are started by the daemon', 'there is nothing to do'],
  generateModuleSample: [CLI, 'run `upkeep module:generate`'],
};

export const without: Operations = Object.fromEntries(
  Object.entries(REASONS).map(([name, [why, hint]]) => [
    name,
    async () => {
      throw new Pm2Error(`${name} is not part of Upkeep's API: ${why}`, 'BAD_REQUEST', { hint });
    },
  ]),
);
