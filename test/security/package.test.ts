/** What is shipped, and from what: the packed files, the dependencies and their reasons, the lock file, the workflows that publish. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const json = <T>(text: string): T => JSON.parse(text) as T;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifest = json<Manifest>(read('package.json'));

/** Name and version of each package of which something is in the bundles. */
const bundled = read('dist/THIRD-PARTY-NOTICES')
  .split(/^-{80}$/m)
  .map((notice) => /^(\S+) (\S+)/.exec(notice.trim()) ?? [])
  .map(([, name = '', version = '']) => ({ name, version }));

describe('the package', () => {
  const [packed] = json<readonly { files: readonly { path: string; mode: number }[]; size: number }[]>(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' }),
  );
  const files = packed?.files ?? [];

  it('holds programs, docs and examples, and nothing else', () => {
    const ALLOWED =
      /^(?:(?:LICENSE|README\.md|package\.json)$|dist\/(?:chunks\/[\w.-]+\.cjs|[\w-]+\.(?:cjs|mjs)|ecosystem\.schema\.json|THIRD-PARTY-NOTICES|shell\/\w+\.sh|pm2\/|types\/|web\/)|docs\/|examples\/|integrations\/)/;
    const NEVER =
      /\.map$|\.test\.|(?:^|\/)(?:node_modules|test|\.env|\.npmrc|\.git|id_\w+)(?:\/|$)|\.(?:pem|key|log|tgz)$/;
    expect(files.length).toBeGreaterThan(100);
    expect(files.map(({ path }) => path).filter((path) => !ALLOWED.test(path) || NEVER.test(path))).toEqual([]);
  });

  it('runs nothing when it is installed', () => {
    const { scripts } = json<{ scripts: Readonly<Record<string, string>> }>(read('package.json'));
    for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts[name]).toBeUndefined();
  });

  it('holds no path of the machine that built it, and no secret', () => {
    const texts = files
      .filter(({ path }) => path.startsWith('dist/') && !path.startsWith('dist/web/'))
      .map(({ path }) => [path, read(path)] as const);
    const SECRET =
      /-----BEGIN [A-Z ]*PRIVATE KEY|\bnpm_[A-Za-z0-9]{36}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bAKIA[0-9A-Z]{16}\b/;
    expect(texts.filter(([, text]) => text.includes(ROOT) || SECRET.test(text)).map(([path]) => path)).toEqual([]);
  });
});

describe('dependencies', () => {
  it('that are installed are one, and each that is bundled by our own wish has its reason in the docs', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['jiti']);
    const rows = read('docs/dependencies.md')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    const justified = new Set(rows.flatMap((row) => (row.split('|')[1] ?? '').split(',').map((name) => name.trim())));
    const direct = bundled.map(({ name }) => name).filter((name) => name in manifest.devDependencies);
    expect(direct.length).toBeGreaterThan(5);
    expect([...Object.keys(manifest.dependencies), ...direct].filter((name) => !justified.has(name))).toEqual([]);
  });

  it('have one exact version, and what is locked has a checksum', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
    const lock = json<{ packages: Readonly<Record<string, { integrity?: string; link?: boolean }>> }>(
      read('package-lock.json'),
    );
    const unchecked = Object.entries(lock.packages).filter(
      ([path, { integrity }]) => path !== '' && !integrity?.startsWith('sha512-'),
    );
    expect(unchecked.map(([path]) => path)).toEqual([]);
  });

  it('are all in the list that a release carries: what is installed, what is bundled, and no tool', () => {
    const text = execFileSync('node', ['.github/sbom.mjs'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    const list = json<{ bomFormat: string; components: readonly { purl: string }[] }>(text);
    const purls = list.components.map(({ purl }) => decodeURIComponent(purl)).sort();
    const expected = [...bundled, { name: 'jiti', version: manifest.dependencies.jiti ?? '' }];
    expect(list.bomFormat).toBe('CycloneDX');
    expect([...new Set(purls)]).toEqual(
      [...new Set(expected.map(({ name, version }) => `pkg:npm/${name}@${version}`))].sort(),
    );
  });
});

describe('workflows', () => {
  interface Job {
    readonly permissions?: Readonly<Record<string, string>>;
    readonly needs?: string;
    readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
  }
  interface Workflow {
    readonly permissions: unknown;
    readonly jobs: Readonly<Record<string, Job>>;
  }
  const names = readdirSync(join(ROOT, '.github/workflows'));
  const workflows = Object.fromEntries(
    names.map((name) => [name, load(read(`.github/workflows/${name}`)) as Workflow]),
  );
  const runs = ({ steps }: Job): readonly string[] => steps.flatMap(({ run }) => run ?? []);

  it('may read, run actions of one version, and install what is locked', () => {
    for (const { permissions, jobs } of Object.values(workflows)) {
      expect(permissions).toEqual({ contents: 'read' });
      for (const job of Object.values(jobs)) {
        for (const { uses } of job.steps) if (uses !== undefined) expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
        expect(runs(job).filter((run) => /\bnpm (?:i|install)\b/.test(run))).toEqual([]);
      }
    }
  });

  it('publish what was tested and audited, with a proof of its origin and the list of what is in it', () => {
    const { test, publish } = workflows['release.yml']?.jobs ?? {};
    if (test === undefined || publish === undefined) throw new Error('release.yml has no test and publish');
    expect(runs(test)).toContain('bash .ci/run');
    expect(test.permissions).toBeUndefined();
    expect(publish.needs).toBe('test');
    expect(publish.permissions).toEqual({ contents: 'write', 'id-token': 'write' });
    const order = ['npm ci', 'npm audit', 'npm run build', 'sbom.mjs', 'npm publish', 'gh release create'];
    const found = order.map((words) => runs(publish).findIndex((run) => run.includes(words)));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found).not.toContain(-1);
    expect(runs(publish).find((run) => run.includes('npm publish'))).toContain('--provenance');
  });
});
