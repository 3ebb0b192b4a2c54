/** `why`, and what a failed `start` says by itself. */
import { createServer } from 'node:net';
import { expect } from 'vitest';
import { freePort, test } from '../helpers/rig.ts';

const SERVER = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');`;

test('a port in use: start and why name the app that has it', async ({ rig }) => {
  const port = await freePort();
  rig.write('server.js', SERVER);
  const options = { env: { PORT: String(port) } };
  expect((await rig.runWith(options, 'start', 'server.js', '--name', 'first')).code).toBe(0);
  const { code, stderr } = await rig.runWith(options, 'start', 'server.js', '--name', 'second', '--no-autorestart');
  expect(code).toBe(1);
  expect(stderr).toContain(`port ${port} is held by first (0), process ${(await rig.one('first')).pid}`);
  expect(stderr).toContain('EADDRINUSE: address already in use');
  expect(await rig.must('why', 'second')).toContain(`port ${port} is wanted by it and held by first (0)`);
  const [view] = JSON.parse(await rig.must('why', 'second', '--json')) as [{ portConflict: { port: number } }];
  expect(view.portConflict.port).toBe(port);
});

test('a port in use by a stranger: its pid and command are named', async ({ rig }) => {
  const stranger = createServer();
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  rig.onDispose(() => void stranger.close());
  const { port } = stranger.address() as { port: number };
  rig.write('server.js', SERVER);
  const { code, stderr } = await rig.runWith({ env: { PORT: String(port) } }, 'start', 'server.js', '--no-autorestart');
  expect(code).toBe(1);
  expect(stderr).toContain(`port ${port} is held by process ${process.pid} (`);
});
