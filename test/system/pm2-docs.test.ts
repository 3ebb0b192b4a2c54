/** The programs of docs/reference/pm2-api.md run, and print what the page says they do. */

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { test } from '../helpers/rig.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/reference/pm2-api.md'), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

/** One for each example, in the order of the page. */
const PRINTED: readonly RegExp[] = [
  /^online\napi \d+ true true\napi \d+ true true\n$/,
  /^api\n$/,
  /^(?=[\s\S]*heard online\n)(?=[\s\S]*heard out hello\n)(?=[\s\S]*heard delete\n)/,
  /^BAD_CONFIG 2\nNOT_FOUND process or namespace not found\n$/,
  /^1\n$/,
];

describe('docs/reference/pm2-api.md', () => {
  test('has as many examples as are checked', () => {
    expect(EXAMPLES).toHaveLength(PRINTED.length);
  });

  test.for(PRINTED.map((printed, index) => ({ printed, index })))(
    'example $index',
    async ({ printed, index }, { rig }) => {
      rig.write('app.js', "console.log('hello');\nrequire('node:http').createServer().listen(0, '127.0.0.1');\n");
      mkdirSync(join(rig.root, 'node_modules'));
      symlinkSync(ROOT, join(rig.root, 'node_modules/upkeep'));
      const text = (EXAMPLES[index] ?? '').replace('/tmp/a-home-of-its-own', join(rig.root, 'other'));
      const file = rig.write('example.js', text);
      const [code, stdout, stderr] = await new Promise<[number, string, string]>((resolve) => {
        execFile(rig.node, [file], { env: rig.env, cwd: rig.root, timeout: 50_000 }, (error, out, err) =>
          resolve([error === null ? 0 : Number(error.code ?? -1), out, err]),
        );
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(printed);
    },
  );
});
