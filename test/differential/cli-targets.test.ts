/** What the words behind `stop`, `restart` and `delete` mean. */
import { both } from './both.ts';

const { same, better } = both();

same('a name, an id, a script path and `all` are targets of restart', async (side) => {
  await side.must('start', 'stay.js', '--name', 'web');
  const codes = await side.codes(['restart', 'web'], ['restart', '0'], ['restart', 'stay.js'], ['restart', 'all']);
  return [codes, await side.summary()];
});

better(
  'several targets of reload',
  async (side) => {
    await side.must('start', 'stay.js', '--name', 'a');
    await side.must('start', 'stay.js', '--name', 'b');
    const { code } = await side.run('reload', 'a', 'b');
    return [code, (await side.list()).map((entry) => entry.pm2_env.restart_time)];
  },
  { pm2: [0, [1, 0]], upkeep: [0, [1, 1]] },
);
