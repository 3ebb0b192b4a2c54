/** The types of `upkeep/pm2`: what programs that were written for PM2 say, and what only we have. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compile, PROGRAMS } from '../helpers/typed-programs.ts';

const OURS = join(import.meta.dirname, '../../dist/pm2');

const NEWER: Readonly<Record<string, string>> = {
  'promises.mts': `
import pm2, { custom, list, type Bus, type Pm2Error } from 'pm2';

const { new_pm2_instance: isNew } = await pm2.connect();
const [first] = await pm2.start({ script: 'a.js', name: 'a', cron_restart: '0 * * * *' });
const id: number | undefined = first?.pm2_env.pm_id;
const sum: number = (await list()).reduce((total, one) => total + (one.monit?.memory ?? 0), 0);
const bus: Bus = await pm2.launchBus();
bus.on('log:*', (type: string, packet: { data: string }) => console.log(type, packet.data)).off('log:*');
const replies = await pm2.trigger('a', 'refresh');
const success: boolean = (await pm2.scale('a', '+1')).success;
try {
  await pm2.delete('nobody');
} catch (error) {
  const { code, hint, errors } = error as Pm2Error;
  console.log(code, hint, errors.length);
}
const other = new custom({ pm2_home: '/srv/other', cwd: '/srv' });
await other.restart('all', { updateEnv: true });
await other.disconnect();
console.log(isNew, id, sum, replies[0]?.data.return, success, pm2.daemon_mode, pm2.Client);
`,
  'by-its-own-name.mts': `
import pm2, { list, type ProcessDescription } from 'upkeep/pm2';

const all: ProcessDescription[] = await list();
pm2.disconnect(() => console.log(all.length));
`,
  'required.cts': `
import pm2 = require('upkeep/pm2');

pm2.list((error, all) => console.log(error, all.length));
`,
};

test("programs against PM2's types, and with promises, compile", async () => {
  expect(await compile({ ...PROGRAMS, ...NEWER }, OURS)).toBe('');
});

test('a mistake does not compile', async () => {
  const program = "import pm2 from 'pm2';\nawait pm2.start({ scrip: 'a.js' });\n";
  expect(await compile({ 'mistake.mts': program }, OURS)).toContain("'scrip' does not exist");
});
