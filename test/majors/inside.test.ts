/** What the runtime tells of the inside of apps, and does in them, on each major of Node. */
import { existsSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { hearBus } from '../helpers/bus.ts';
import { MAJORS } from '../helpers/majors.ts';
import { testWith } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

describe.each(MAJORS)('Node $major', ({ path }) => {
  const test = testWith(path);

  test('measures, profiles, messages, and an exception that is thrown at once', async ({ rig }) => {
    rig.write(
      'app.js',
      `process.on('message', (m) => process.send({ type: 'echo', data: m }));
       const http = require('node:http'); const server = http.createServer((_, res) => res.end()).listen(0, () =>
         setInterval(() => http.get({ port: server.address().port, agent: false }, (res) => res.resume()), 50));`,
    );
    rig.write('fails.js', `throw new TypeError('at once');`);
    await rig.must('start', 'app.js');
    const bus = await hearBus(rig);
    await rig.call('app.message', { targets: ['app'], message: 'hello' });
    expect(await bus.first('echo')).toMatchObject({ data: 'hello' });
    await until(
      async () => {
        const { instances } = await rig.call('instance.describe', { targets: ['app'] });
        const measures = instances[0]?.inApp?.measures;
        return measures?.loop && (measures.http?.perMinute ?? 0) > 0 ? true : undefined;
      },
      () => 'its measures',
    );
    const node = await until(
      async () => {
        const { processes } = await rig.call('metrics.now', {});
        const seen = processes.find(({ name }) => name === 'app')?.node;
        return (seen?.http?.durations.count ?? 0) > 0 && seen?.gc.minor !== undefined ? seen : undefined;
      },
      () => 'its requests and collections',
    );
    expect(node.http?.answered[2]).toBe(node.http?.durations.count);
    expect(node.loopIdleSeconds).toBeGreaterThan(0);
    for (const command of ['heapdump', 'cpuprofile', 'heapprofile']) {
      const time = command === 'heapdump' ? [] : ['50ms'];
      const printed = await rig.must(command, 'app', ...time, '--into', '.');
      expect(existsSync(printed.trim().split('\n').at(-1) as string), command).toBe(true);
    }
    await rig.run('start', 'fails.js', '--no-autorestart');
    expect(await bus.first('process:exception')).toMatchObject({ data: { message: 'at once', name: 'TypeError' } });
  });
});
