/**
 * Programs in TypeScript against PM2's API, and a compiler for them. They are compiled against the types of a published PM2
 * and against ours: what compiles there has to compile here.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** By file name: `.mts` is an ES module, `.cts` CommonJS. Written by us, from the documented API. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'callbacks.cts': `
import * as pm2 from 'pm2';

pm2.connect((err) => {
  if (err) throw err;
  pm2.start({ script: 'api.js', name: 'api', exec_mode: 'cluster', instances: 2, env: { PORT: '3000' } }, (startError, proc) => {
    if (startError) console.error(startError.message);
    pm2.list((listError, list) => {
      for (const one of list) console.log(one.name, one.pid, one.pm_id, one.monit?.memory, one.pm2_env?.status, listError);
    });
    pm2.describe('api', (_error, [first]) => console.log(first?.pm2_env?.pm_uptime, proc.pm_id));
    pm2.restart('api', (error) => error && console.error(error));
    pm2.reload(0, { updateEnv: true }, () => {});
    pm2.stop('api', () => {});
    pm2.delete('api', () => pm2.disconnect());
  });
});
`,
  'default-import.mts': `
import pm2 from 'pm2';
import type { ProcessDescription, StartOptions } from 'pm2';

const options: StartOptions = {
  script: 'worker.js', args: ['--fast'], cwd: '/srv', interpreter: 'node', node_args: '--trace-warnings', output: '/dev/null',
  error: '/dev/null', log_date_format: 'YYYY', max_memory_restart: '300M', min_uptime: 1000, max_restarts: 3, autorestart: false,
  stop_exit_codes: [0], restart_delay: 10, exp_backoff_restart_delay: 100, watch: ['src'], ignore_watch: ['node_modules'],
  merge_logs: true, time: true, wait_ready: true, kill_timeout: 2000, listen_timeout: 1000, force: true, namespace: 'jobs',
};
const isUp = (one: ProcessDescription): boolean => one.pm2_env?.status === 'online';

pm2.connect(true, (error: Error) => {
  if (error) process.exit(2);
  pm2.start(options, (failed) => failed && console.error(failed));
  pm2.start('worker.js', options, () => {});
  pm2.start('ecosystem.config.js', () => {});
  pm2.list((_error, list) => console.log(list.filter(isUp).length));
  pm2.sendDataToProcessId(0, { type: 'process:msg', topic: true, data: {} }, () => {});
  pm2.sendSignalToProcessName('SIGUSR2', 'worker', () => {});
  pm2.launchBus((_error, bus) => bus.on('log:out', (packet: { data: string }) => console.log(packet.data)));
  pm2.dump(() => pm2.flush('worker', () => pm2.reloadLogs(() => pm2.killDaemon(() => {}))));
});
`,
  'named-imports.cts': `
import { connect, disconnect, list, type Proc, type Command } from 'pm2';

const shown = (proc: Proc): string => \`\${proc.name} \${proc.exec_mode} \${proc.pm_out_log_path} \${proc.restart_time}\`;
const begun = (command: Command): unknown => command.started_at;
connect((error) => {
  if (error) return;
  list((_error, processes) => {
    console.log(processes.length, shown({ name: 'x' }), begun({ locked: false }));
    disconnect();
  });
});
`,
  'promisified.mts': `
import { promisify } from 'node:util';
import * as pm2 from 'pm2';

const list = promisify(pm2.list);
const connect = promisify((callback: (error: Error) => void) => pm2.connect(callback));
const start = promisify<pm2.StartOptions, pm2.Proc>((options, callback) => pm2.start(options, callback));
await connect();
const proc: pm2.Proc = await start({ script: 'a.js' });
const names: (string | undefined)[] = (await list()).map((one) => one.name);
console.log(proc, names);
`,
  'other-methods.cts': `
import * as pm2 from 'pm2';

pm2.trigger('api', 'refresh', { all: true }, (error) => console.log(error));
pm2.sendLineToStdin(0, 'line', '\\n', (error) => console.log(error));
pm2.attach(0, '\\n');
pm2.getPID('api', (error, proc) => console.log(error, proc));
pm2.env(0);
pm2.set('key', 'value', () => {});
pm2.get('key', () => {});
pm2.unset('key');
pm2.multiset('a 1 b 2');
pm2.install('module', { safe: true }, () => {});
pm2.uninstall('module');
pm2.serve('/srv', 8080, { spa: true }, () => {});
pm2.startup('systemd', () => {});
pm2.inspect('api');
pm2.profile('cpu', 1000);
`,
};

/** @returns the compiler's complaints; empty: none */
export async function compile(programs: Readonly<Record<string, string>>, pm2Package: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'upkeep-types-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(pm2Package, join(folder, 'node_modules/pm2'));
    symlinkSync(ROOT, join(folder, 'node_modules/upkeep'));
    symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    for (const [file, text] of Object.entries(programs)) writeFileSync(join(folder, file), text);
    const args = ['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--esModuleInterop', '--skipLibCheck'];
    const settings = ['--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    return await new Promise((resolve) => {
      const compiler = join(ROOT, 'node_modules/.bin/tsc');
      execFile(compiler, [...args, ...settings, ...Object.keys(programs)], { cwd: folder }, (error, stdout, stderr) =>
        resolve(error === null ? '' : `${stdout}${stderr}` || error.message),
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
