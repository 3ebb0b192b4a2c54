/** The example apps, in cluster mode, as their own packages: both processes answer, and a reload fails no request. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { answerers, ask } from '../helpers/answers.ts';
import { startLoad } from '../helpers/load.ts';
import { MAJORS } from '../helpers/majors.ts';
import { freePort, type Rig, test, testWith } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const pidOf = (body: string): string => String((JSON.parse(body) as { pid: number }).pid);

interface Shape {
  readonly name: string;
  readonly example: string;
  /** Of `upkeep start`. */
  readonly start: readonly string[];
  /** Answers with the pid, as JSON. */
  readonly path: string;
}

const server = (example: string, script: string, ...more: string[]): Shape => ({
  name: `${example}: ${[script, ...more].join(' ')}`,
  example,
  start: [script, ...more],
  path: '/',
});

const SHAPES: readonly Shape[] = [
  server('express-api', 'server.js'),
  server('fastify-api', 'server.js'),
  server('koa-api', 'server.js'),
  server('nestjs-api', 'dist/cjs/main.js'),
  server('nestjs-api', 'dist/esm/main.js'),
  server('typescript-api', 'server.ts', '--interpreter', 'node', '--node-args', '--import tsx'),
  { ...server('nextjs-site', 'npm start'), path: '/api/pid' },
  { ...server('nextjs-site', '.next/standalone/server.js'), path: '/api/pid' },
];

/** That npm does not stand in between is told. */
const withoutNpmNotes = (stderr: string): string => stderr.replace(/^.*is run as '.*', without npm in between\n/gm, '');

async function startShape(rig: Rig, { example, start }: Shape, ...more: string[]): Promise<number> {
  const port = await freePort();
  const env = {
    PORT: String(port),
    HOSTNAME: '0.0.0.0',
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
  };
  const args = ['start', ...start, '--name', 'app', '-i', '2', '--min-healthy', '1s', ...more];
  const { code, stderr } = await rig.runWith({ env, cwd: join(EXAMPLES, example) }, ...args);
  expect({ code, problems: withoutNpmNotes(stderr) }).toEqual({ code: 0, problems: '' });
  return port;
}

const pids = async (rig: Rig): Promise<string[]> => (await rig.list()).map((instance) => String(instance.pid)).sort();

describe.each(SHAPES)('$name', (shape) => {
  test('two processes share the port; reload under load: 0 failed requests; stop leaves nothing', {
    timeout: 180_000,
  }, async ({ rig }) => {
    const port = await startShape(rig, shape);
    const before = await pids(rig);
    // The answering processes are those that Upkeep supervises: nothing stands in between.
    expect([...(await answerers({ port, path: shape.path }, 2, pidOf))].sort()).toEqual(before);
    const load = startLoad(port, { keepAlive: 3, fresh: 3, path: shape.path });
    await rig.must('reload', 'app');
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(load.sent()).toBeGreaterThan(50);
    const after = await pids(rig);
    for (const pid of after) expect(before).not.toContain(pid);
    expect([...(await answerers({ port, path: shape.path }, 2, pidOf))].sort()).toEqual(after);
    console.log(JSON.stringify({ shape: shape.name, requests: load.sent(), failed: load.failures().length }));
    await rig.must('stop', 'app');
    await expect(ask({ port, path: shape.path })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('npm start', () => {
  test('is resolved to the program it runs: no npm and no shell in between', async ({ rig }) => {
    for (const example of ['express-api', 'fastify-api', 'koa-api', 'nextjs-site']) {
      const shape = { ...server(example, 'npm start'), path: example === 'nextjs-site' ? '/api/pid' : '/' };
      const port = await startShape(rig, shape);
      expect([...(await answerers({ port, path: shape.path }, 2, pidOf))].sort()).toEqual(await pids(rig));
      await rig.must('delete', 'app');
    }
  });
});

describe('socketio-chat', () => {
  interface ClientSocket {
    on(event: string, listener: (value: { pid: number; text: string }) => void): ClientSocket;
    emit(event: string, text: string): void;
    disconnect(): void;
  }
  const load = createRequire(join(EXAMPLES, 'socketio-chat/package.json'));

  test('WebSocket clients are spread over both processes, and find the new ones after a reload', {
    timeout: 180_000,
  }, async ({ rig }) => {
    const { io } = load('socket.io-client') as { io(url: string, options: object): ClientSocket };
    const port = await startShape(rig, server('socketio-chat', 'server.js'));
    const before = await pids(rig);
    const greetedBy: (string | null)[] = [];
    const said: string[] = [];
    const clients = Array.from({ length: 8 }, (_, i) => {
      greetedBy.push(null);
      const options = { transports: ['websocket'], forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };
      return io(`http://127.0.0.1:${port}`, options)
        .on('hello', ({ pid }) => {
          greetedBy[i] = String(pid);
        })
        .on('said', ({ text }) => said.push(text));
    });
    rig.onDispose(() => {
      for (const client of clients) client.disconnect();
    });
    const allAt = (wanted: readonly string[]): Promise<true> =>
      until(
        () => (greetedBy.every((pid) => pid !== null && wanted.includes(pid)) ? true : undefined),
        () => `clients to be at ${wanted}; they are at ${greetedBy}`,
        60_000,
      );
    await allAt(before);
    clients[0]?.emit('say', 'one');
    await until(
      () => (said.includes('one') ? true : undefined),
      () => 'the words of the first client',
    );
    // The old ones say goodbye, and the clients come again.
    await rig.must('reload', 'app');
    const after = await pids(rig);
    await allAt(after);
    clients[0]?.emit('say', 'two');
    await until(
      () => (said.includes('two') ? true : undefined),
      () => 'the words of the first client',
    );
    await rig.must('stop', 'app');
  });
});

describe('TypeScript without a build and without a loader', () => {
  const strips = MAJORS.filter(({ major }) => major >= 22);

  for (const { major, path } of strips) {
    testWith(path)(`Node ${major} strips the types`, async ({ rig }) => {
      const port = await startShape(rig, server('typescript-api', 'server.ts'));
      expect([...(await answerers({ port }, 2, pidOf))].sort()).toEqual(await pids(rig));
      await rig.must('reload', 'app');
    });
  }
});

test('the examples have their own config files, which are right', async ({ rig }) => {
  for (const example of ['fastify-api', 'koa-api', 'nestjs-api', 'nextjs-site', 'socketio-chat', 'typescript-api']) {
    const { code, stderr } = await rig.runWith({ cwd: EXAMPLES }, 'start', `${example}/ecosystem.config.cjs`);
    expect({ example, code, problems: withoutNpmNotes(stderr) }).toEqual({ example, code: 0, problems: '' });
    await rig.must('delete', 'all');
  }
});
