// Prints what a package of this tree consists of, as CycloneDX. npm's own list cannot tell what is bundled from the tools that
// bundle it: both are dependencies for development. What the build says that it bundled is required, the rest is left out.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const list = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], { maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' }),
);
const notices = readFileSync('dist/THIRD-PARTY-NOTICES', 'utf8').split(/^-{80}$/m);
const bundled = notices.map((notice) => notice.trim().split('\n', 1)[0]);
const { dependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
const nameOf = ({ purl }) => decodeURIComponent(/^pkg:npm\/([^?]*)@[^@]*$/.exec(purl)?.[1] ?? '');
const isShipped = (one) => nameOf(one) in dependencies || bundled.includes(`${nameOf(one)} ${one.version}`);

list.components = list.components.filter(isShipped);
list.metadata.component.name = 'upkeep';
const kept = new Set([list.metadata.component['bom-ref'], ...list.components.map((one) => one['bom-ref'])]);
list.dependencies = list.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
const missing = bundled.filter(
  (one) => !list.components.some((component) => `${nameOf(component)} ${component.version}` === one),
);
if (missing.length > 0) throw new Error(`bundled, but not in the list: ${missing.join(', ')}`);
process.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
