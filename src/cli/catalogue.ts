/**
 * All commands by name, and where their code lies. Without this list every start would load the code of every command.
 * The everyday ones are there already: `main` comes with them.
 */
import type { Command } from './command.ts';
import { list } from './commands/list.ts';
import { id, jlist, pid, ping, prettylist } from './commands/machine.ts';

export interface Entry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly group: Group;
  readonly summary: string;
  load(): Promise<Command>;
}

export type Group = 'Apps' | 'Looking' | 'Logs' | 'State' | 'Daemon' | 'Files' | 'Settings' | 'Way over' | 'Elsewhere';

const entry = (group: Group, names: string, summary: string, load: () => Promise<Command>): Entry => {
  const [name = '', ...aliases] = names.split(' ');
  return { name, aliases, group, summary, load };
};

export const CATALOGUE: readonly Entry[] = [
  entry(
    'Apps',
    'start',
    'Start a script, program, command or config file; or what is registered',
    async () => (await import('./commands/start.ts')).start,
  ),
  entry('Apps', 'restart', 'Stop and start', async () => (await import('./commands/restart.ts')).restart),
  entry(
    'Apps',
    'reload',
    'Replace each process by a new one without a gap (cluster mode)',
    async () => (await import('./commands/restart.ts')).reload,
  ),
  entry(
    'Apps',
    'scale',
    'Change the number of instances: 4, +2, -1',
    async () => (await import('./commands/scale.ts')).scale,
  ),
  entry('Apps', 'stop', 'Stop and keep in the list', async () => (await import('./commands/lifecycle.ts')).stop),
  entry('Apps', 'delete del', 'Stop and forget', async () => (await import('./commands/lifecycle.ts')).del),
  entry(
    'Apps',
    'startOrRestart',
    'Apps of a config file: restart those that are there, start the others',
    async () => (await import('./commands/start-or.ts')).startOrRestart,
  ),
  entry(
    'Apps',
    'startOrReload startOrGracefulReload',
    'The same with reload',
    async () => (await import('./commands/start-or.ts')).startOrReload,
  ),
  entry('Apps', 'reset', 'Set the count of restarts to 0', async () => (await import('./commands/lifecycle.ts')).reset),
  entry(
    'Apps',
    'sendSignal',
    'Send a signal to the main processes',
    async () => (await import('./commands/signal.ts')).sendSignal,
  ),
  entry(
    'Apps',
    'send',
    'Write a line to the stdin of a process',
    async () => (await import('./commands/signal.ts')).send,
  ),
  entry(
    'Apps',
    'pull',
    "Update an app's git repository, then reload it",
    async () => (await import('./commands/git.ts')).pull,
  ),
  entry('Apps', 'forward', 'One commit forward, then reload', async () => (await import('./commands/git.ts')).forward),
  entry('Apps', 'backward', 'One commit back, then reload', async () => (await import('./commands/git.ts')).backward),
  entry('Apps', 'monitor', 'Mark as monitored', async () => (await import('./commands/vendor.ts')).monitor),
  entry('Apps', 'unmonitor', 'Take the mark away', async () => (await import('./commands/vendor.ts')).unmonitor),
  entry(
    'Apps',
    'attach',
    'Talk to a process: what is typed goes to its stdin, what it prints is shown',
    async () => (await import('./commands/attach.ts')).attach,
  ),
  entry(
    'Apps',
    'trigger',
    'Call an action that an app offers, and print the answers',
    async () => (await import('./commands/trigger.ts')).trigger,
  ),
  entry(
    'Looking',
    'inspect',
    'Open the inspector of a Node app, on loopback',
    async () => (await import('./commands/trigger.ts')).inspect,
  ),
  entry(
    'Looking',
    'heapdump',
    'Write a heap snapshot of a Node app',
    async () => (await import('./commands/trigger.ts')).heapdump,
  ),
  entry(
    'Looking',
    'cpuprofile',
    'Profile the CPU of a Node app for a while',
    async () => (await import('./commands/trigger.ts')).cpuProfile,
  ),
  entry(
    'Looking',
    'heapprofile',
    'Profile the allocations of a Node app for a while',
    async () => (await import('./commands/trigger.ts')).heapProfile,
  ),
  entry('Looking', 'list ls l ps status', 'All processes', () => Promise.resolve(list)),
  entry(
    'Looking',
    'why',
    'Why a process is in its state, and what happens next',
    async () => (await import('./commands/why.ts')).why,
  ),
  entry(
    'Looking',
    'crashes',
    'Ends that nobody wanted: the crash records',
    async () => (await import('./commands/crashes.ts')).crashes,
  ),
  entry('Looking', 'crash', 'Show or remove a crash record', async () => (await import('./commands/crashes.ts')).crash),
  entry(
    'Looking',
    'describe desc info show',
    'All that is known of a process',
    async () => (await import('./commands/describe.ts')).describe,
  ),
  entry(
    'Looking',
    'env',
    'The environment of a process, secrets masked',
    async () => (await import('./commands/env.ts')).env,
  ),
  entry(
    'Looking',
    'monit dashboard dash imonit',
    'Processes, logs, graphs and actions on one screen',
    async () => (await import('./commands/monit.ts')).monit,
  ),
  entry(
    'Looking',
    'top',
    'Processes by CPU, live; or once, into a pipe',
    async () => (await import('./commands/monit.ts')).top,
  ),
  entry(
    'Looking',
    'slist sysinfos',
    'What the machine does: CPU, memory, disks, network',
    async () => (await import('./commands/host.ts')).slist,
  ),
  entry('Looking', 'web', 'Everything on a page in the browser', async () => (await import('./commands/web.ts')).web),
  entry(
    'Looking',
    'metrics',
    'Everything that is measured, as text for Prometheus',
    async () => (await import('./commands/metrics.ts')).metrics,
  ),
  entry(
    'Looking',
    'doctor',
    'What is wrong with this machine for running apps, and what to do',
    async () => (await import('./commands/doctor.ts')).doctor,
  ),
  entry('Looking', 'events', 'What happened, numbered', async () => (await import('./commands/events.ts')).events),
  entry(
    'Looking',
    'alerts',
    'What is raised, and who is told: by webhook, Slack, Discord, command or mail',
    async () => (await import('./commands/alerts.ts')).alerts,
  ),
  entry('Looking', 'jlist', 'All processes as JSON', () => Promise.resolve(jlist)),
  entry('Looking', 'prettylist', 'The same, indented', () => Promise.resolve(prettylist)),
  entry('Looking', 'id', 'Ids of a name', () => Promise.resolve(id)),
  entry('Looking', 'pid', 'Pids of a name', () => Promise.resolve(pid)),
  entry(
    'Logs',
    'logs log',
    'Last lines, then new ones as they come',
    async () => (await import('./commands/logs.ts')).logs,
  ),
  entry(
    'Logs',
    'ship',
    'Send logs and metrics to a collector, syslog or journald',
    async () => (await import('./commands/ship.ts')).ship,
  ),
  entry('Logs', 'flush', 'Empty log files', async () => (await import('./commands/log-files.ts')).flush),
  entry(
    'Logs',
    'reloadLogs',
    'Open all log files anew',
    async () => (await import('./commands/log-files.ts')).reloadLogs,
  ),
  entry(
    'Logs',
    'logrotate',
    "Write a config for the system's own log rotation",
    async () => (await import('./commands/logrotate.ts')).logrotate,
  ),
  entry('State', 'save dump', 'Write the list to disk', async () => (await import('./commands/state.ts')).save),
  entry('State', 'resurrect', 'Start what was saved', async () => (await import('./commands/state.ts')).resurrect),
  entry('State', 'cleardump', 'Forget what was saved', async () => (await import('./commands/state.ts')).cleardump),
  entry(
    'State',
    'startup',
    'Start at boot: write and enable a service of the init system',
    async () => (await import('./commands/startup.ts')).startup,
  ),
  entry('State', 'unstartup', 'Remove that service', async () => (await import('./commands/startup.ts')).unstartup),
  entry('Daemon', 'ping', 'Is the daemon there? (Starts it if not.)', () => Promise.resolve(ping)),
  entry(
    'Daemon',
    'update updatePM2',
    'Replace the daemon; apps go on',
    async () => (await import('./commands/daemon.ts')).update,
  ),
  entry(
    'Daemon',
    'kill',
    'Stop everything and end the daemon',
    async () => (await import('./commands/daemon.ts')).kill,
  ),
  entry('Files', 'serve expose', 'Serve a folder over http', async () => (await import('./commands/serve.ts')).serve),
  entry(
    'Files',
    'deploy',
    'Bring a git revision to other hosts, over ssh',
    async () => (await import('./commands/deploy.ts')).deploy,
  ),
  entry(
    'Files',
    'ecosystem init',
    'Write a sample config file',
    async () => (await import('./commands/sample.ts')).ecosystem,
  ),
  entry(
    'Daemon',
    'report',
    'What belongs into the report of a problem',
    async () => (await import('./commands/report.ts')).report,
  ),
  entry(
    'Daemon',
    'profile:cpu',
    'Profile the daemon itself',
    async () => (await import('./commands/report.ts')).profileCpu,
  ),
  entry(
    'Daemon',
    'profile:mem',
    "Profile the daemon's memory",
    async () => (await import('./commands/report.ts')).profileMemory,
  ),
  entry(
    'Files',
    'create',
    'Write a small app to try things with, and start it',
    async () => (await import('./commands/create.ts')).create,
  ),
  entry('Files', 'completion', 'Completion of commands, options and names in bash, zsh and fish', async () =>
    (await import('./commands/completion.ts')).completionOf({ allNames, findEntry }),
  ),
  entry('Files', 'examples', 'Lines to copy', async () => (await import('./commands/examples.ts')).examples),
  entry(
    'Elsewhere',
    'link unlink plus register login logout open',
    "PM2's monitoring service: accepted, without effect",
    async () => (await import('./commands/vendor.ts')).service,
  ),
  entry(
    'Elsewhere',
    'install-otel',
    'Accepted, without effect; says how to trace an app',
    async () => (await import('./commands/vendor.ts')).otelInstall,
  ),
  entry(
    'Elsewhere',
    'uninstall-otel',
    'Accepted, without effect',
    async () => (await import('./commands/vendor.ts')).otelUninstall,
  ),
  entry(
    'Elsewhere',
    'autoinstall',
    'Nothing to install',
    async () => (await import('./commands/vendor.ts')).autoinstall,
  ),
  entry(
    'Elsewhere',
    'deepUpdate',
    'Says how to update upkeep itself',
    async () => (await import('./commands/vendor.ts')).deepUpdate,
  ),
  entry(
    'Files',
    'schema',
    'Print the JSON Schema of config files',
    async () => (await import('./commands/schema.ts')).schema,
  ),
  entry(
    'Settings',
    'install module:install',
    'Install a module and start it',
    async () => (await import('./commands/modules.ts')).install,
  ),
  entry(
    'Settings',
    'uninstall module:uninstall',
    'End a module and remove it',
    async () => (await import('./commands/modules.ts')).uninstall,
  ),
  entry(
    'Settings',
    'module:update',
    'Install the latest version of a module',
    async () => (await import('./commands/modules.ts')).updateModule,
  ),
  entry(
    'Settings',
    'module:generate',
    'Write a sample module into a new folder',
    async () => (await import('./commands/modules.ts')).generate,
  ),
  entry(
    'Settings',
    'package',
    'Pack a module into an archive',
    async () => (await import('./commands/modules.ts')).packageModule,
  ),
  entry(
    'Settings',
    'publish module:publish',
    'Publish a module by npm',
    async () => (await import('./commands/modules.ts')).publish,
  ),
  entry(
    'Way over',
    'import',
    'Register what PM2 has saved, with its settings',
    async () => (await import('./commands/import.ts')).importFrom,
  ),
  entry(
    'Way over',
    'takeover',
    'Move what runs under PM2 to Upkeep, app by app; or back',
    async () => (await import('./commands/takeover.ts')).takeover,
  ),
  entry(
    'Settings',
    'set',
    'Set a value that an app or module is started with',
    async () => (await import('./commands/settings.ts')).set,
  ),
  entry('Settings', 'multiset', 'Set several values', async () => (await import('./commands/settings.ts')).multiset),
  entry('Settings', 'get conf', 'Show settings', async () => (await import('./commands/settings.ts')).get),
  entry('Settings', 'config', 'Show or set a value', async () => (await import('./commands/settings.ts')).config),
  entry('Settings', 'unset', 'Forget a setting', async () => (await import('./commands/settings.ts')).unset),
];

export const findEntry = (name: string): Entry | undefined =>
  CATALOGUE.find((one) => one.name === name || one.aliases.includes(name));

export const allNames = (): string[] => CATALOGUE.flatMap((one) => [one.name, ...one.aliases]);
