// Writes dist/pm2: a package named `pm2` that is Upkeep, for programs that require `pm2` or call it. Made at every build, so
// that its commands and methods are those of this version.
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What programs that ask for a version of PM2 are answered: the one whose behaviour is meant. */
const ANSWERS_AS = '7.0.4';

const SHELL_SHIM = (target) => `#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/${target}" "$@"
`;
const NODE_SHIM = (target) => `#!/usr/bin/env node
require('${target}');
`;

export function writePm2Package(dist) {
  const folder = join(dist, 'pm2');
  const own = JSON.parse(readFileSync('package.json', 'utf8'));
  mkdirSync(join(folder, 'bin'), { recursive: true });
  for (const file of ['index.cjs', 'index.d.ts']) cpSync(`src/pm2/package/${file}`, join(folder, file));

  const bin = {};
  for (const [name, path] of Object.entries(own.bin)) {
    const command = name.replace('upkeep', 'pm2');
    const target = path.replace(/^(\.\/)?dist\//, '../../');
    bin[command] = `bin/${command}`;
    writeFileSync(join(folder, bin[command]), (target.endsWith('.cjs') ? NODE_SHIM : SHELL_SHIM)(target));
    chmodSync(join(folder, bin[command]), 0o755);
  }

  // Names for `import { list } from 'pm2'`: Node finds none in a module whose export is an object made at run time.
  const names = Object.keys(createRequire(import.meta.url)(join(process.cwd(), dist, 'pm2.cjs'))).sort();
  writeFileSync(
    join(folder, 'index.mjs'),
    `import pm2 from '../pm2.cjs';\nexport default pm2;\n${names
      .map((name) => `const $${name} = pm2.${name};\nexport { $${name} as ${name} };\n`)
      .join('')}`,
  );
  const described = {
    name: 'pm2',
    version: ANSWERS_AS,
    description: 'Upkeep under the name pm2, for programs that require or call it',
    license: own.license,
    main: 'index.cjs',
    types: 'index.d.ts',
    exports: {
      '.': { types: './index.d.ts', import: './index.mjs', default: './index.cjs' },
      './package.json': './package.json',
    },
    bin,
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(described, null, 2)}\n`);
}
