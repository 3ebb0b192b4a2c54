import { describe, expect, it } from 'vitest';
import { type Companion, helpOf, NEVER, NO_FILE, readWords } from '../../../src/cli/companions/words.ts';

const COMPANION: Companion = {
  name: 'upkeep-runtime',
  summary: 'Runs apps.',
  flags: [
    { flags: '--web [port]', description: 'HTTP.' },
    { flags: '--env [name]', description: 'Section.' },
    { flags: '--no-auto-exit', description: 'Stay.' },
  ],
  optional: { '--web': /^\d+$/, '--env': NO_FILE, '--watch': NEVER },
  notes: [],
};
const read = (...words: string[]) => readWords(words, COMPANION, '1.2.3');

describe('the words of a companion', () => {
  it.each([
    [['app.js'], 'app.js', {}],
    [['start', 'app.js'], 'app.js', {}],
    [['--web', 'app.js'], 'app.js', { web: true }],
    [['--web', '8080', 'app.js'], 'app.js', { web: '8080' }],
    [['app.js', '--web'], 'app.js', { web: true }],
    [['--env', 'production', 'eco.config.js'], 'eco.config.js', { env: 'production' }],
    [['--env', 'eco.config.js'], 'eco.config.js', { env: true }],
    [['--watch', 'app.js', '--name', 'x'], 'app.js', { watch: true, name: 'x' }],
    [['app.js', '-i', '-1', '--no-auto-exit'], 'app.js', { instances: '-1', autoExit: false }],
    [['-'], '-', {}],
    [[], null, {}],
  ] as const)('%j', (words, target, flags) => {
    const one = read(...words);
    expect(one).toMatchObject({ kind: 'run', target, unused: [] });
    if (one.kind === 'run') expect(one.flags).toMatchObject(flags);
  });

  it('leaves what stands behind -- to the script', () => {
    expect(read('app.js', '--', '--web', '-v')).toMatchObject({ target: 'app.js', passthrough: ['--web', '-v'] });
  });

  it('passes over what it does not know, and says so', () => {
    expect(read('app.js', '--mystery', 'more')).toMatchObject({ target: 'app.js', unused: ['--mystery', 'more'] });
  });

  it('gives help and version before anything else', () => {
    expect(read('app.js', '--help')).toMatchObject({ kind: 'help', text: expect.stringContaining('--web [port]') });
    expect(read('-v')).toEqual({ kind: 'version', text: '1.2.3\n' });
    expect(helpOf(COMPANION)).toContain('upkeep-runtime [options] <script | config file> [-- args]');
  });

  it('tells a value that is missing', () => {
    expect(read('app.js', '--name')).toMatchObject({ kind: 'mistake', message: expect.stringContaining('--name') });
  });
});
