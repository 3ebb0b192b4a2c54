/** The image of examples/docker: its command does what the page says. */
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { inContainer, initOf, RUNTIME, startCompanion } from '../helpers/companion.ts';
import { freePort, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const ROOT = join(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(ROOT, 'examples/docker/Dockerfile'), 'utf8');

test('the page shows the Dockerfile of the example, and it uses the programs of this package', () => {
  expect(readFileSync(join(ROOT, 'docs/how-to/containers.md'), 'utf8')).toContain(dockerfile);
  const { bin, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
    readonly files: readonly string[];
  };
  expect(bin['upkeep-runtime']).toBe(bin['upkeep-docker']);
  expect(join(ROOT, bin['upkeep-runtime'] ?? '')).toBe(RUNTIME);
  expect(files).toContain('dist');
});

test('its CMD serves from both processes, and SIGTERM ends it with 0', async ({ rig }) => {
  const command = JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '') as string[];
  const app = join(rig.root, 'app');
  cpSync(join(ROOT, 'examples/docker'), app, { recursive: true });
  mkdirSync(join(app, 'node_modules/.bin'), { recursive: true });
  symlinkSync(RUNTIME, join(app, 'node_modules/.bin/upkeep-runtime'));
  const port = await freePort();
  const container = startCompanion(rig, inContainer(command), {
    cwd: app,
    env: {
      PATH: `${join(app, 'node_modules/.bin')}:${process.env.PATH}`,
      PORT: String(port),
      UPKEEP_HOME: join(rig.root, 'inside'),
    },
  });
  await until(
    () => (container.out().match(/serves port/g)?.length === 2 ? true : undefined),
    () => `both processes: ${container.out()}${container.err()}`,
  );
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  expect(await answer.text()).toMatch(/^hello from \d+\n$/);
  process.kill(await initOf(container), 'SIGTERM');
  expect(await container.ended).toBe(0);
});
