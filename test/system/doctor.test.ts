/** `doctor` on a real home: what is wrong is found, with what to do, and the exit code says so. */
import { chmodSync, rmSync } from 'node:fs';
import { expect } from 'vitest';
import type { Finding } from '../../src/integrations/doctor/finding.ts';
import { type Rig, test } from '../helpers/rig.ts';

const STAY = 'setInterval(() => {}, 1000)';

async function findings(rig: Rig, code = 0): Promise<readonly Finding[]> {
  const done = await rig.run('doctor', '--json');
  expect({ code: done.code, stderr: done.stderr }).toEqual({ code, stderr: '' });
  return JSON.parse(done.stdout) as Finding[];
}

const about = (found: readonly Finding[], text: string): Finding | undefined =>
  found.find((finding) => finding.text.includes(text));

test('a home without a daemon is looked at, and none is started', async ({ rig }) => {
  expect(about(await findings(rig), 'no daemon runs')).toMatchObject({ area: 'Daemon', verdict: 'good' });
  expect(rig.read('daemon.pid')).toBe('');
});

test('what is wrong with apps and home is found, and is gone when it is mended', async ({ rig }) => {
  const app = rig.write('app.js', STAY);
  rig.write('bad.js', 'process.exit(3)');
  await rig.must('start', 'app.js');
  const before = await findings(rig);
  expect(about(before, 'is for its user alone')?.verdict).toBe('good');
  expect(about(before, 'its guard waits')?.verdict).toBe('good');
  expect(about(before, '1 app could be started again')?.verdict).toBe('good');
  expect(about(before, 'nothing is saved')).toMatchObject({ verdict: 'warning', advice: '`upkeep save`' });

  await rig.must('save');
  await rig.run('start', 'bad.js', '--max-restarts', '1');
  await rig.when('bad', ({ status }) => status === 'errored', 'to be given up');
  rmSync(app);
  chmodSync(rig.home, 0o755);
  const found = await findings(rig, 1);
  expect(about(found, 'is open to others (mode 755)')).toMatchObject({ verdict: 'problem', area: 'Home' });
  expect(about(found, `app: ${app} is not there`)).toMatchObject({ verdict: 'problem', area: 'Apps' });
  expect(about(found, 'bad (1) is given up')?.advice).toContain('upkeep why 1');
  expect(about(found, 'the saved list is without bad')?.verdict).toBe('warning');

  const { code, stdout } = await rig.run('doctor', '--brief');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Home\n {2}✗ .*\n {4}→ `chmod 700 .*`$/m);
  expect(stdout).not.toContain('✓');
  expect(stdout).toMatch(/^3 problems, \d+ warnings?\.\n$/m);

  chmodSync(rig.home, 0o700);
  rig.write('app.js', STAY);
  await rig.must('delete', 'bad');
  await findings(rig);
});
