/** `set`, `get` and their kin. */
import { join } from 'node:path';
import { both } from './both.ts';
import type { Side } from './side.ts';

const { same, better } = both();

const file = (side: Side): unknown => JSON.parse(side.read(join(side.home, 'module_conf.json')));
/** The sections of one case must not meet those of the next. */
const emptied = (side: Side): Promise<string> => side.must('unset', 'all');

same('keys nest by dot and colon, and stay whole in quotes', async (side) => {
  await emptied(side);
  const keys = ['plain', 'x.y', 'x:z', 'a.b.c', '"q.r"', 's."t.u"', 'm.n:o'];
  const codes = await side.codes(...keys.map((key) => ['set', key, 'a value']));
  return [codes, file(side)];
});

same('several values at once', async (side) => {
  await emptied(side);
  const codes = await side.codes(['multiset', 'k1 v1 a:b v2 c.d "v 3"']);
  return [codes, file(side)];
});

same('unset takes one away, unset all everything', async (side) => {
  await emptied(side);
  await side.must('multiset', 'k v a:b 1 a:c 2');
  const codes = await side.codes(['unset', 'a:b'], ['unset', 'k'], ['unset', 'nosuch']);
  const left = file(side);
  return [codes, left, await side.codes(['unset', 'all']), file(side)];
});

same('get of a section, of a value, and of what is not there', async (side) => {
  await emptied(side);
  await side.must('multiset', 'a:b 1 a:c two');
  const section = await side.run('get', 'a');
  const value = await side.run('get', 'a:b');
  const none = [await side.run('get', 'nosuch'), await side.run('get', 'a:nosuch')];
  return [
    [section.code, /a:b 1\n/.test(section.stdout), /a:c two\n/.test(section.stdout)],
    [value.code, /Value for module a key b: 1/.test(value.stdout)],
    none.map(({ code }) => code),
  ];
});

better(
  'a key that reaches into JavaScript itself',
  async (side) => {
    await emptied(side);
    const { code } = await side.run('set', '__proto__.polluted', 'yes');
    return [code, side.read(join(side.home, 'module_conf.json'))];
  },
  { pm2: [0, '{\n    "__proto__.polluted": "yes"\n}'], upkeep: [1, '{}'] },
);

same('an app gets its section as variables, over those of its config, and as JSON', async (side) => {
  await emptied(side);
  await side.must('multiset', 'web:MODE set web:OTHER 1');
  side.write('web.json', JSON.stringify({ apps: [{ name: 'web', script: 'tell.js', env: { MODE: 'config' } }] }));
  await side.must('start', 'web.json');
  const { env } = await side.started();
  return [env.MODE, env.OTHER, JSON.parse(env.web ?? 'null')];
});

same('set restarts the app of that name, with the value in its record', async (side) => {
  await emptied(side);
  side.write('web.json', JSON.stringify({ apps: [{ name: 'web', script: 'tell.js' }] }));
  await side.must('start', 'web.json');
  await side.started();
  const code = await side.codes(['set', 'web:MODE', 'fast']);
  const { env } = await side.started(3);
  const entry = await side.one('web');
  return [code, env.MODE, entry.pm2_env.MODE, entry.pm2_env.restart_time];
});

better(
  'set for an app that is stopped',
  async (side) => {
    await emptied(side);
    side.write('web.json', JSON.stringify({ apps: [{ name: 'web', script: 'tell.js' }] }));
    await side.must('start', 'web.json');
    await side.started();
    await side.must('stop', 'web');
    await side.must('set', 'web:MODE', 'fast');
    const before = (await side.one('web')).pm2_env.status;
    await side.must('start', 'web');
    return [before, (await side.one('web')).pm2_env.MODE];
  },
  { pm2: ['online', 'fast'], upkeep: ['stopped', 'fast'] },
);

better(
  'several keys of a section shown as commands that can be run again',
  async (side) => {
    await emptied(side);
    await side.must('set', 'a.b.c', '1');
    return /set a:b(:c)? (.*)\n/.exec((await side.run('get', 'a')).stdout)?.slice(1);
  },
  { pm2: [undefined, '[object Object]'], upkeep: [':c', '1'] },
);
