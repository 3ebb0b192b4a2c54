// Bundles the sources into dist/: one small file per entry and shared chunks that are loaded only by
// the command that needs them. Without the split, `upkeep list` would parse the config readers too.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { writePm2Package } from './src/pm2/package/build.mjs';
import { buildPage } from './src/web/ui/build.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const define = { __UPKEEP_VERSION__: JSON.stringify(version) };
const shared = { platform: 'node', external: ['jiti'], transform: { define } };

/** Folders of packages of which something is bundled. */
const bundled = new Set();

async function bundle(input, output, options = {}) {
  const build = await rolldown({ ...shared, ...options, input });
  const { output: chunks } = await build.write({
    dir: 'dist',
    format: 'cjs',
    minify: true,
    sourcemap: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    ...output,
  });
  await build.close();
  note(chunks.flatMap((chunk) => chunk.moduleIds ?? []));
}

function note(moduleIds) {
  for (const id of moduleIds) {
    const [folder] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? [];
    if (folder !== undefined) bundled.add(folder);
  }
}

/** ink asks for React's devtools, over a WebSocket, where a variable DEV is set; they are not installed, and no user wants them. */
const withoutDevtools = {
  name: 'without-devtools',
  resolveId: (id) => (id === 'react-devtools-core' || id === 'ws' ? '\0no-devtools' : undefined),
  load: (id) => (id === '\0no-devtools' ? 'export default { initialize() {}, connectToDevTools() {} };' : undefined),
};

/** Names one chunk for all that an entry loads at once. */
function everyday(entry) {
  let among;
  return (id, context) => {
    if (among === undefined) {
      among = new Set([resolve(entry)]);
      for (const one of among) for (const next of context.getModuleInfo(one)?.importedIds ?? []) among.add(next);
    }
    return among.has(id) ? 'everyday' : null;
  };
}

/** The licences of what is bundled ask to be passed on with it. */
function notices() {
  return [...bundled].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? `Licence: ${license}` : readFileSync(`${folder}/${file}`, 'utf8').trim();
    return `${name} ${version}\n\n${text}\n`;
  });
}

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist/shell', { recursive: true });
// By itself, and what each command loads in one chunk: shared with the others it was cut into eight, and each file read costs
// the start of `list` more than all of the code in it.
const entry = 'src/cli/main.ts';
const groups = [{ debugName: 'everyday', name: everyday(entry) }];
await bundle(
  { cli: entry },
  { codeSplitting: { includeDependenciesRecursively: false, groups } },
  { preserveEntrySignatures: 'allow-extension' },
);
const others = {
  index: 'src/client/index.ts',
  pm2: 'src/pm2/api/index.ts',
  daemon: 'src/daemon/main.ts',
  container: 'src/cli/companions/runtime.ts',
  dev: 'src/cli/companions/dev.ts',
  'http-api': 'src/cli/companions/web.ts',
  ship: 'src/export/main.ts',
  'pump-thread': 'src/logs/pump-thread.ts',
  'listen-on': 'src/platform/listen-on.ts',
};
// Some of them load at once what the CLI loads late.
await bundle(others, {}, { checks: { ineffectiveDynamicImport: false } });
// Programs of their own, which share nothing with the others.
await bundle({ 'static-server': 'src/integrations/static/main.ts' }, { codeSplitting: false });
await bundle({ 'web-server': 'src/web/server/main.ts' }, { codeSplitting: false });
// The guest in users' programs: bundled alone, so that it never pulls in a chunk of ours. Its source map is not named in it:
// with --enable-source-maps Node would read it at the start of every program.
await bundle({ runtime: 'src/runtime/preload.ts' }, { codeSplitting: false, sourcemap: 'hidden' });
note(await buildPage('dist/web'));
// ink and React, loaded only by a screen. A module, because parts of it await while they are loaded.
await bundle(
  { screen: 'src/cli/screen/ink-view.ts' },
  { codeSplitting: false, format: 'esm', entryFileNames: '[name].mjs' },
  { transform: { define: { ...define, 'process.env.NODE_ENV': '"production"' } }, plugins: [withoutDevtools] },
);
for (const script of ['keeper.sh', 'guard.sh', 'container.sh'])
  cpSync(`src/platform/shell/${script}`, `dist/shell/${script}`);
for (const program of ['cli.cjs', 'container.cjs', 'dev.cjs', 'shell/container.sh'])
  chmodSync(`dist/${program}`, 0o755);
writePm2Package('dist');
writeFileSync('dist/THIRD-PARTY-NOTICES', notices().join(`\n${'-'.repeat(80)}\n\n`));
// What editors check ecosystem files against.
writeFileSync('dist/ecosystem.schema.json', execFileSync(process.execPath, ['dist/cli.cjs', 'schema']));
if (process.argv.includes('--types')) execFileSync('npx', ['tsc', '-p', 'tsconfig.types.json'], { stdio: 'inherit' });
