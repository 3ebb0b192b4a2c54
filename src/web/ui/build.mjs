// Builds the page: one script and one style sheet, named by their content so that browsers may keep them for ever. Kept apart from
// the other bundles because it is for browsers and must not ask any other host for anything.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const here = import.meta.dirname;
const STYLES = ['base.css', 'frame.css', 'parts.css', 'phone.css'];

/** @returns what was bundled, as module ids */
export async function buildPage(folder) {
  mkdirSync(folder, { recursive: true });
  const build = await rolldown({
    input: join(here, 'main.tsx'),
    platform: 'browser',
    transform: { target: 'es2022' },
    tsconfig: join(here, 'tsconfig.json'),
  });
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false });
  await build.close();
  const [script] = output;
  if (output.length !== 1) throw new Error(`the page is to be one script, not ${output.length}`);

  const plot = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist/uPlot.min.css');
  const css = squeezed(
    [plot, ...STYLES.map((name) => join(here, 'styles', name))].map((file) => readFileSync(file, 'utf8')).join('\n'),
  );
  const icon = readFileSync(join(here, 'icon.svg'), 'utf8').trim();
  const names = {
    JS: write(folder, 'page', 'js', script.code),
    CSS: write(folder, 'page', 'css', css),
    ICON: write(folder, 'icon', 'svg', icon),
  };
  const html = readFileSync(join(here, 'index.html'), 'utf8').replace(/%([A-Z]+)%/g, (_, name) => `/${names[name]}`);
  writeFileSync(join(folder, 'index.html'), html);
  return script.moduleIds;
}

function write(folder, name, ending, text) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 10);
  const file = `${name}-${hash}.${ending}`;
  writeFileSync(join(folder, file), text);
  return file;
}

/** Comments and the space between rules; no string in our sheets holds either. */
function squeezed(css) {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .trim();
}
