/**
 * Runs a script on the hosts, one after the other: over the system's own ssh, or here for `localhost`. Without the stop at
 * the first failure a release that cannot start would be brought to all hosts.
 */
import { spawn } from 'node:child_process';
import type { DeploySection } from './section.ts';

export type HostEnd = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** For any shell that a user may have there: nothing stands inside quotes that fish reads in another way than sh. */
function portableQuote(text: string): string {
  return `'${text.replace(/['\\]/g, (sign) => `'\\${sign}'`)}'`;
}

export function sshCommand(host: string, script: string, section: DeploySection): readonly string[] {
  const { user, port, key, sshOptions, forwardAgent, needsTty } = section;
  return [
    'ssh',
    ...(port === null ? [] : ['-p', String(port)]),
    ...(key === null ? [] : ['-i', key]),
    ...sshOptions.flatMap((option) => ['-o', option]),
    ...(forwardAgent ? ['-A'] : []),
    ...(needsTty ? ['-tt'] : []),
    '--',
    user === null || host.includes('@') ? host : `${user}@${host}`,
    `sh -c ${portableQuote(script)}`,
  ];
}

export function commandFor(host: string, script: string, section: DeploySection): readonly string[] {
  return host === 'localhost' ? ['sh', '-c', script] : sshCommand(host, script, section);
}

/** Its output is ours. It reads the terminal only where one was asked for. */
export function runOn(host: string, script: string, section: DeploySection, cwd: string): Promise<HostEnd> {
  const [program = '', ...args] = commandFor(host, script, section);
  const isRemote = program === 'ssh';
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: [section.needsTty ? 'inherit' : 'ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      resolve({ ok: false, why: isRemote ? `${error.message}; the OpenSSH client is needed` : error.message });
    });
    child.on('close', (code, signal) => {
      if (code === 0) return resolve({ ok: true });
      if (isRemote && code === 255)
        return resolve({ ok: false, why: 'ssh could not connect, or the connection broke' });
      resolve({ ok: false, why: code === null ? `it was ended by ${signal}` : `it ended with code ${code}` });
    });
  });
}
