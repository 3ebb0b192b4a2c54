/** The saved list: what is written, and what comes back of it. */
import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readProcess } from '../../src/platform/process.ts';
import { until } from '../helpers/until.ts';
import { both } from './both.ts';
import { Side } from './side.ts';

const { same, better } = both();

const dumpOf = (side: Side): string => join(side.home, 'dump.pm2');
const backupOf = (side: Side): string => join(side.home, 'dump.pm2.bak');

/** Cases share a home: each begins with nothing saved. */
function forget(side: Side): void {
  for (const name of readdirSync(side.home)) if (/^dump\./.test(name)) rmSync(join(side.home, name));
}

const records = (side: Side): readonly Readonly<Record<string, unknown>>[] =>
  JSON.parse(side.read(dumpOf(side))) as readonly Readonly<Record<string, unknown>>[];

/** What is seen of the list after a delete of everything and a resurrect. */
async function back(side: Side): Promise<unknown> {
  await side.must('delete', 'all');
  const { code } = await side.run('resurrect');
  return [code, await side.summary()];
}

same('save writes a file, and a second one keeps the first as a backup', async (side) => {
  forget(side);
  await side.must('start', 'stay.js');
  await side.must('save');
  const first = side.read(dumpOf(side));
  const hasBackup = existsSync(backupOf(side));
  await side.must('save');
  return [hasBackup, first !== '', side.read(backupOf(side)) === first];
});

same('what scripts read in the saved file', async (side) => {
  forget(side);
  await side.must('start', 'stay.js', '--name', 'web', '-i', '2', '--', 'a', 'b c');
  await side.must('start', 'tell.js', '--name', 'tell', '--kill-timeout', '3000', '--cron', '0 0 * * *');
  await side.must('stop', 'tell');
  await side.must('save');
  return records(side).map((record) =>
    [
      ...[
        'name',
        'namespace',
        'status',
        'exec_mode',
        'exec_interpreter',
        'pm_exec_path',
        'pm_cwd',
        'args',
        'node_args',
      ],
      ...[
        'kill_timeout',
        'cron_restart',
        'autorestart',
        'pm_out_log_path',
        'pm_err_log_path',
        'pm_log_path',
        'merge_logs',
      ],
      ...['instances', 'pm_id', 'prev_restart_delay'],
    ].map((key) => [key, key === 'merge_logs' ? record[key] === true : record[key]]),
  );
});

same('the environment is in the saved file', async (side) => {
  forget(side);
  await side.runWith({ env: { COLOUR: 'green' } }, 'start', 'stay.js');
  await side.must('save');
  return records(side).map((record) => [record.COLOUR, (record.env as Readonly<Record<string, unknown>>).COLOUR]);
});

same('dump is save', async (side) => {
  forget(side);
  await side.must('start', 'stay.js');
  return [await side.codes(['dump']), existsSync(dumpOf(side))];
});

same('an empty list: nothing is lost, nothing fails', async (side) => {
  forget(side);
  const codes = await side.codes(['save']);
  const fresh = side.read(dumpOf(side));
  await side.must('start', 'stay.js', '--name', 'kept');
  await side.must('save');
  await side.must('delete', 'all');
  return [codes, JSON.parse(fresh), await side.codes(['save']), records(side).map((record) => record.name)];
});

same('an empty list is saved by --force', async (side) => {
  forget(side);
  await side.must('start', 'stay.js');
  await side.must('save');
  await side.must('delete', 'all');
  const codes = await side.codes(['save', '--force']);
  return [codes, records(side), await side.codes(['resurrect']), await side.summary()];
});

same('an empty list is saved by FORCE in the environment', async (side) => {
  forget(side);
  await side.must('start', 'stay.js');
  await side.must('save');
  await side.must('delete', 'all');
  const { code } = await side.runWith({ env: { FORCE: '1' } }, 'save');
  return [code, records(side)];
});

same('resurrect brings everything back: names, modes, instances', async (side) => {
  forget(side);
  await side.must('start', 'stay.js', '--name', 'web', '-i', '2');
  await side.must('start', 'stay.js', '--name', 'solo');
  await side.must('save');
  return back(side);
});

same('what was stopped comes back stopped', async (side) => {
  forget(side);
  await side.must('start', 'stay.js', '--name', 'up');
  await side.must('start', 'stay.js', '--name', 'down', '--force');
  await side.must('stop', 'down');
  await side.must('save');
  return back(side);
});

same('arguments, variables and log paths come back', async (side) => {
  forget(side);
  await side.runWith({ env: { COLOUR: 'green' } }, 'start', 'tell.js', '-o', 'said.log', '--', 'x', 'y z');
  await side.started();
  await side.must('save');
  await side.must('delete', 'all');
  await side.must('resurrect');
  const { args, env, cwd } = await side.started(3);
  return [args, env.COLOUR, cwd, (await side.one()).pm2_env.pm_out_log_path];
});

same('resurrect adds nothing to what is there', async (side) => {
  forget(side);
  await side.must('start', 'stay.js', '--name', 'web', '-i', '2');
  await side.must('save');
  const before = (await side.list()).map((entry) => entry.pid);
  const { code } = await side.run('resurrect');
  const after = (await side.list()).map((entry) => entry.pid);
  return [code, JSON.stringify(before) === JSON.stringify(after), after.length];
});

better(
  'resurrect of an app of which some instances are missing',
  async (side) => {
    forget(side);
    await side.must('start', 'stay.js', '--name', 'web', '-i', '2');
    await side.must('save');
    await side.must('delete', '0');
    await side.must('resurrect');
    return (await side.list()).length;
  },
  { pm2: 1, upkeep: 2 },
);

same('restarts are counted anew after resurrect', async (side) => {
  forget(side);
  await side.must('start', 'stay.js');
  await side.must('restart', 'stay');
  await side.must('save');
  return back(side);
});

/** Two saves, of which the second has one app more. */
async function savedTwice(side: Side): Promise<void> {
  forget(side);
  await side.must('start', 'stay.js', '--name', 'first');
  await side.must('save');
  await side.must('start', 'stay.js', '--name', 'second', '--force');
  await side.must('save');
}

same('a saved file that is broken: its backup is taken', async (side) => {
  await savedTwice(side);
  writeFileSync(dumpOf(side), '[{"name": "fir');
  const seen = await back(side);
  return [seen, existsSync(dumpOf(side))];
});

same('a saved file that is missing: its backup is taken', async (side) => {
  await savedTwice(side);
  rmSync(dumpOf(side));
  return back(side);
});

better(
  'file and backup broken',
  async (side) => {
    await savedTwice(side);
    writeFileSync(dumpOf(side), '{');
    writeFileSync(backupOf(side), '{');
    const [code, list] = (await back(side)) as readonly [number, readonly unknown[]];
    const isLeft = existsSync(dumpOf(side)) || existsSync(backupOf(side));
    return [code, list.length, isLeft, readdirSync(side.home).filter((name) => name.includes('broken')).length];
  },
  // PM2 deletes both. Upkeep sets both aside, and has a list of its own.
  { pm2: [0, 0, false, 0], upkeep: [0, 2, false, 2] },
);

same('both files removed: nothing comes back', async (side) => {
  await savedTwice(side);
  rmSync(dumpOf(side));
  rmSync(backupOf(side));
  return back(side);
});

same('a saved file that another program wrote is what comes back', async (side) => {
  await savedTwice(side);
  const edited = records(side)
    .filter((record) => record.name === 'second')
    .map((record) => ({ ...record, name: 'edited' }));
  writeFileSync(dumpOf(side), JSON.stringify(edited));
  return back(side);
});

same('cleardump', async (side) => {
  forget(side);
  await side.must('start', 'stay.js');
  await side.must('save');
  const codes = await side.codes(['cleardump']);
  return [codes, JSON.parse(side.read(dumpOf(side))), await back(side)];
});

same('words that these commands do not take', (side) =>
  side.codes(['save', 'x'], ['resurrect', 'x'], ['cleardump', 'x'], ['kill', 'x'], ['prettylist', 'x']),
);

same('kill does not save', async (side) => {
  forget(side);
  await side.must('start', 'stay.js', '--name', 'saved');
  await side.must('save');
  await side.must('start', 'stay.js', '--name', 'unsaved', '--force');
  await side.must('kill');
  return [records(side).map((record) => record.name), await side.summary()];
});

/** @throws if there is none: a signal to 0 would go to the tests themselves */
function daemonPid(side: Side): number {
  const pid = Number(side.read(join(side.home, side.which === 'pm2' ? 'pm2.pid' : 'daemon.pid')));
  if (!(pid > 1)) throw new Error(`${side.which} has no file with the pid of its daemon`);
  return pid;
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)
  same(`${signal} to the daemon: the list is saved, everything ends`, async (side) => {
    forget(side);
    await side.must('start', 'stay.js', '--name', signal);
    const [daemon, app] = [daemonPid(side), (await side.one()).pid];
    process.kill(daemon, signal);
    await until(
      () => (readProcess(daemon) === null && readProcess(app) === null ? true : undefined),
      () => `${side.which}: daemon and app to be gone`,
    );
    await side.must('resurrect');
    return (await side.list()).map((entry) => [entry.name, entry.pm2_env.status]);
  });

same('SIGHUP to the daemon is ignored', async (side) => {
  await side.must('start', 'stay.js');
  const [daemon, app] = [daemonPid(side), (await side.one()).pid];
  process.kill(daemon, 'SIGHUP');
  return [await side.codes(['ping']), daemonPid(side) === daemon, (await side.one()).pid === app];
});

same('monitor and unmonitor mark entries by id, name and all', async (side) => {
  await side.must('start', 'stay.js', '--name', 'web', '-i', '2');
  await side.must('start', 'stay.js', '--name', 'other', '--force');
  const marks = async (): Promise<unknown> => (await side.list()).map((entry) => entry.pm2_env._km_monitored === true);
  const seen: unknown[] = [];
  for (const line of [
    ['monitor', '0'],
    ['monitor', 'web'],
    ['unmonitor', 'all'],
    ['monitor', 'all'],
  ]) {
    seen.push((await side.run(...line)).code, await marks());
  }
  return seen;
});

same('words of this topic and their exit codes', (side) =>
  side.codes(['examples'], ['report'], ['autoinstall'], ['ecosystem', '--force'], ['completion']),
);

better(
  'ecosystem where there is a file already',
  async (side) => {
    side.write('ecosystem.config.js', 'module.exports = { apps: [] }; // mine');
    const { code } = await side.run('ecosystem');
    return [code, side.read('ecosystem.config.js').includes('mine')];
  },
  { pm2: [0, false], upkeep: [1, true] },
);

test('each reads the list that the other has saved', async () => {
  const sides = [new Side('pm2'), new Side('upkeep')] as const;
  const [pm2, upkeep] = sides;
  try {
    for (const side of sides) side.newCase();
    await pm2.must('start', 'stay.js', '--name', 'web', '-i', '2');
    await pm2.must('start', 'stay.js', '--name', 'down', '--', 'a', 'b');
    await pm2.must('stop', 'down');
    await pm2.must('save');
    await upkeep.must('ping');
    copyFileSync(dumpOf(pm2), dumpOf(upkeep));
    const before = await pm2.summary();
    await pm2.must('delete', 'all');
    await upkeep.must('resurrect');
    expect(await upkeep.summary()).toEqual(before);
    expect((await upkeep.one('down')).pm2_env.args).toEqual(['a', 'b']);
    // And back.
    await upkeep.must('save');
    copyFileSync(dumpOf(upkeep), dumpOf(pm2));
    await upkeep.must('delete', 'all');
    await pm2.must('resurrect');
    expect(await pm2.summary()).toEqual(before);
  } finally {
    for (const side of sides) await side.dispose();
  }
});

test('slist has the keys of PM2', async () => {
  const sides = [new Side('pm2'), new Side('upkeep')] as const;
  try {
    const keys = sides.map(async (side) => {
      side.newCase();
      await side.runWith({ env: { PM2_WORKER_INTERVAL: '300' } }, 'ping');
      const look = async (): Promise<readonly string[]> =>
        [...(await side.must('slist')).matchAll(/^ {2}'([^']+)': \{/gm)].map((match) => match[1] ?? '');
      return until(
        async () => ((await look()).length > 0 ? look() : undefined),
        () => `${side.which} to have looked at the machine`,
      );
    });
    const [pm2, upkeep] = await Promise.all(keys);
    expect(new Set(upkeep)).toEqual(new Set(pm2));
  } finally {
    for (const side of sides) await side.dispose();
  }
});
