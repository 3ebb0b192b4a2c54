/** What the runtime tells of the inside of apps, and does in them, on each major of Node. */
import { existsSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { readCrash, readCrashes } from '../../src/client/crashes.ts';
import { hearBus } from '../helpers/bus.ts';
import { MAJORS } from '../helpers/majors.ts';
import { testWith } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

describe.each(MAJORS)('Node $major', ({ major, path }) => {
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
    for (const command of ['heapdump', 'cpuprofile', 'heapprofile']) {
      const time = command === 'heapdump' ? [] : ['50ms'];
      const printed = await rig.must(command, 'app', ...time, '--into', '.');
      expect(existsSync(printed.trim().split('\n').at(-1) as string), command).toBe(true);
    }
    await rig.run('start', 'fails.js', '--no-autorestart');
    expect(await bus.first('process:exception')).toMatchObject({ data: { message: 'at once', name: 'TypeError' } });
  });

  test('crash records: an exception, and a full heap, each with a report that has no environment', async ({ rig }) => {
    rig.write('fails.js', `setTimeout(() => { throw new TypeError('soon', { cause: new Error('deep') }); }, 100);`);
    rig.write(
      'heap.js',
      `const kept = [];
       setTimeout(() => { for (let i = 0; ; i++) kept.push(Buffer.alloc(100_000, 97).toString('latin1') + i); }, 100);`,
    );
    const apps = [
      { name: 'fails', script: './fails.js', autorestart: false },
      { name: 'heap', script: './heap.js', autorestart: false, node_args: '--max-old-space-size=20' },
    ];
    rig.write('apps.json', JSON.stringify({ apps }));
    await rig.run('start', 'apps.json');
    const records = await until(
      async () => {
        const found = await readCrashes(rig.home);
        return found.length === 2 ? Promise.all(found.map(({ crash }) => readCrash(rig.home, crash))) : undefined;
      },
      () => 'two crash records',
    );
    const [fails, heap] = apps.map(({ name }) => records.find((record) => record.name === name));
    expect(fails?.errors.map(({ message }) => message)).toEqual(['soon', 'deep']);
    expect(fails?.nodeVersion).toMatch(new RegExp(`^${major}\\.`));
    expect(heap?.memoryNote).toContain('V8 reached the limit of its heap');
    for (const record of records) {
      expect(record.files.map(({ name }) => name)).toEqual(['report.json']);
      const report = JSON.parse(rig.read(`crashes/${record.crash}/report.json`));
      expect(report.header.nodejsVersion).toBe(`v${record.nodeVersion}`);
      expect(report).not.toHaveProperty('environmentVariables');
    }
  });
});
