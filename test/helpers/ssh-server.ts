/** An sshd of the test's own on loopback: its own keys, its own config, nobody else's known hosts. */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, type Rig } from './rig.ts';
import { until } from './until.ts';

export interface SshServer {
  readonly port: number;
  /** Private key that may log in. */
  readonly key: string;
  /** For `ssh -o`. */
  readonly options: readonly string[];
}

const SSHD = '/usr/sbin/sshd';

/** @param env of every session */
export async function startSshServer(rig: Rig, env: Readonly<Record<string, string>>): Promise<SshServer> {
  const folder = join(rig.root, 'ssh');
  mkdirSync(folder, { mode: 0o700 });
  // Where it drops its privileges, if it has any.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const [hostKey, key] = [join(folder, 'host'), join(folder, 'user')];
  for (const path of [hostKey, key]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  copyFileSync(`${key}.pub`, join(folder, 'authorized'));
  const port = await freePort();
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    `SetEnv ${Object.entries(env)
      .map(([name, value]) => `"${name}=${value}"`)
      .join(' ')}`,
  ];
  const file = join(folder, 'config');
  writeFileSync(file, `${config.join('\n')}\n`);
  let said = '';
  const server = spawn(SSHD, ['-D', '-e', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  server.on('error', (error) => {
    said += `${SSHD}: ${error.message}`;
  });
  server.stderr.on('data', (chunk) => {
    said += chunk;
  });
  rig.onDispose(async () => {
    server.kill();
    await until(
      () => (server.exitCode !== null || server.signalCode !== null ? true : undefined),
      () => 'sshd to end',
    );
  });
  await until(
    () =>
      new Promise<true | undefined>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy();
          resolve(true);
        });
        socket.on('error', () => resolve(undefined));
      }),
    () => `sshd to listen: ${said}`,
  );
  const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${join(folder, 'known')}`, 'IdentitiesOnly=yes'];
  return { port, key, options: [...options, 'LogLevel=ERROR'] };
}
