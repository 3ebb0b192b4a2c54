/** Modules: installed by npm or from an archive, beside the apps, and kept when those go. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const STAY = 'setInterval(() => {}, 1e6);';
const CRASH = 'setTimeout(() => process.exit(1), 5);';

/** A package below the rig's folder. */
function writeModule(rig: Rig, folder: string, content: object, script = STAY): string {
  rig.write(`${folder}/package.json`, JSON.stringify({ version: '1.0.0', main: 'index.js', ...content }));
  rig.write(`${folder}/index.js`, script);
  return join(rig.root, folder);
}

const settings = (rig: Rig): Record<string, unknown> => JSON.parse(rig.read('module_conf.json') || '{}');
const names = async (rig: Rig): Promise<readonly unknown[]> =>
  (await rig.list()).map(({ name, status, isModule = false }) => [name, status, isModule]);

describe('a module', () => {
  test('gets its defaults, keeps what was set, and outlives the apps and the daemon', async ({ rig }) => {
    const folder = writeModule(rig, 'mod', { name: 'mod', config: { pace: '5', mode: 'slow' } });
    rig.write('app.js', STAY);
    await rig.must('set', 'mod:mode', 'fast');
    await rig.must('install', folder);
    expect(settings(rig)).toMatchObject({ mod: { pace: '5', mode: 'fast' }, 'module-db-v2': { mod: {} } });
    expect(await rig.must('env', 'mod')).toMatch(/mode: fast[\s\S]*pace: 5/);
    await rig.must('start', 'app.js');
    expect(await rig.must('list')).toMatch(/app[\s\S]*Module\(s\)[\s\S]*mod/);
    const [entry] = JSON.parse(await rig.must('jlist')) as [{ pm2_env: Record<string, unknown> }];
    expect(entry.pm2_env.pmx_module).toBe(true);

    await rig.must('save');
    expect(rig.read('dump.json')).not.toContain('"mod"');
    await rig.must('stop', 'all');
    await rig.must('delete', 'all');
    expect(await names(rig)).toEqual([['mod', 'online', true]]);

    await rig.must('kill');
    await rig.must('ping');
    await rig.when('mod', ({ status }) => status === 'online', 'online under the next daemon');
    await rig.must('stop', 'mod');
    expect(await names(rig)).toEqual([['mod', 'stopped', true]]);

    await rig.must('uninstall', 'mod');
    expect(await rig.list()).toEqual([]);
    expect(settings(rig)).toEqual({ 'module-db-v2': {} });
    expect(existsSync(join(rig.home, 'modules/mod'))).toBe(false);
    expect((await rig.run('uninstall', 'mod')).code).toBe(1);
    expect((await rig.run('uninstall', 'all')).code).toBe(0);
  });

  test('that does not stay up is rolled back by --safe', async ({ rig }) => {
    const folder = writeModule(rig, 'mod', { name: 'mod' });
    await rig.must('install', folder);
    writeModule(rig, 'mod', { name: 'mod', version: '2.0.0' }, CRASH);
    const { code, stderr } = await rig.run('install', folder, '--safe', '20000');
    expect([code, stderr]).toEqual([1, expect.stringContaining('version 1.0.0 runs again')]);
    expect(await rig.one('mod')).toMatchObject({ status: 'online', version: '1.0.0' });
  });

  test('whose installation fails leaves the one before', async ({ rig }) => {
    const folder = writeModule(rig, 'mod', { name: 'mod' });
    await rig.must('install', folder);
    rig.write('mod/package.json', '{ this is no package }');
    expect((await rig.run('install', folder)).code).toBe(1);
    expect(await rig.one('mod')).toMatchObject({ status: 'online', version: '1.0.0' });
    rig.write('empty/package.json', JSON.stringify({ name: 'empty', version: '1.0.0' }));
    expect((await rig.run('install', join(rig.root, 'empty'))).code).toBe(1);
    expect(existsSync(join(rig.home, 'modules/empty'))).toBe(false);
  });

  test('comes from an archive, with several apps under its name', async ({ rig }) => {
    const apps = [
      { name: 'first', script: 'index.js' },
      { name: 'second', script: 'index.js' },
    ];
    writeModule(rig, 'multi', { name: 'multi', version: '1.2.3', apps });
    await rig.must('package', 'multi');
    const archive = join(rig.root, 'multi-v1-2-3.tar.gz');
    expect(execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' })).toContain('module/package.json');
    for (let i = 0; i < 2; i++) await rig.must('install', archive);
    expect((await rig.list()).map(({ name, version }) => [name, version])).toEqual([
      ['multi:first', '1.2.3'],
      ['multi:second', '1.2.3'],
    ]);
    expect(Object.keys(settings(rig)['tar-modules'] as object)).toEqual(['multi']);
    await rig.must('uninstall', 'multi');
    expect(await rig.list()).toEqual([]);
    writeModule(rig, 'bare', { name: 'bare' });
    await rig.must('package', 'bare');
    const refused = await rig.run('install', 'bare-v1-0-0.tar.gz');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('nothing to start')]);
  });

  test('is installed and updated from the registry that is set', async ({ rig }) => {
    rig.env.npm_config_cache = join(rig.root, 'npm');
    const versions: Record<string, object> = {};
    const archives = new Map<string, Buffer>();
    const server = createServer((request, answer) => {
      const archive = archives.get(request.url ?? '');
      if (archive !== undefined) return answer.end(archive);
      if (request.url !== '/mod') return answer.writeHead(404).end('{}');
      return answer.end(
        JSON.stringify({ name: 'mod', versions, 'dist-tags': { latest: Object.keys(versions).at(-1) } }),
      );
    }).listen(0, '127.0.0.1');
    rig.onDispose(() => void server.close());
    await until(
      () => (server.listening ? true : undefined),
      () => 'the registry',
    );
    const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const publish = (version: string): void => {
      const folder = writeModule(rig, 'mod', { name: 'mod', version });
      execFileSync('npm', ['pack', folder, '--silent'], { cwd: rig.root });
      const archive = readFileSync(join(rig.root, `mod-${version}.tgz`));
      archives.set(`/mod-${version}.tgz`, archive);
      const shasum = createHash('sha1').update(archive).digest('hex');
      versions[version] = { name: 'mod', version, dist: { shasum, tarball: `${registry}mod-${version}.tgz` } };
    };
    publish('1.0.0');
    await rig.must('set', 'pm2:registry', registry);
    await rig.must('install', 'mod');
    publish('1.1.0');
    expect(await rig.must('module:update', 'mod')).toContain('1.0.0 → 1.1.0');
    expect(await rig.one('mod')).toMatchObject({ status: 'online', version: '1.1.0' });
    expect((await rig.run('install', 'nosuch')).stderr).toContain('404');
    expect((await rig.run('module:update', 'nosuch')).code).toBe(1);
  });

  test('of the own folder is started and watched', async ({ rig }) => {
    await rig.must('module:generate', 'mine');
    expect((await rig.run('module:generate', 'mine')).code).toBe(1);
    const { code } = await rig.runWith({ cwd: join(rig.root, 'mine') }, 'install', '.');
    expect(code).toBe(0);
    expect(await rig.one('mine')).toMatchObject({ status: 'online', isModule: true, watching: true });
    await rig.must('uninstall', 'all');
    expect(existsSync(join(rig.root, 'mine/index.js'))).toBe(true);
  });

  test('that is built in is not installed', async ({ rig }) => {
    for (const name of ['pm2-logrotate', 'pm2-logrotate@2.7.0', 'typescript', 'v8-profiler'])
      expect(await rig.must('install', name)).toContain('is not needed');
    expect(await rig.must('uninstall', 'pm2-logrotate')).toContain('built in');
    expect(existsSync(join(rig.home, 'modules'))).toBe(false);
  });

  test('is published by npm, which says why it cannot be', async ({ rig }) => {
    rig.env.npm_config_cache = join(rig.root, 'npm');
    // Nobody listens there.
    rig.env.npm_config_registry = 'http://127.0.0.1:9/';
    const folder = writeModule(rig, 'mod', { name: 'mod' });
    const { code, stderr } = await rig.run('publish', folder);
    expect([code, stderr]).toEqual([1, expect.stringContaining('ENEEDAUTH')]);
  });
});
