import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { LEADING_WITH_VALUE, readCommandLine, readGlobalFlags } from '../../../src/cli/arguments.ts';
import { allNames, CATALOGUE, findEntry } from '../../../src/cli/catalogue.ts';
import { giveBackSwallowed } from '../../../src/cli/commands/start.ts';
import { EVERYDAY } from '../../../src/cli/everyday.ts';
import { type Parsed, parse } from '../../../src/cli/parse.ts';
import { startFlags } from '../../../src/cli/start-flags.ts';
import { optionsFromFlags } from '../../../src/config/flags.ts';

async function parsed(...argv: string[]): Promise<Parsed> {
  const { command, words } = readCommandLine(argv);
  const entry = findEntry(command ?? '');
  if (entry === undefined) throw new Error(`no command ${command}`);
  return parse(entry, await entry.load(), words);
}

async function run(...argv: string[]): Promise<Extract<Parsed, { kind: 'run' }>> {
  const result = await parsed(...argv);
  if (result.kind !== 'run') throw new Error(JSON.stringify(result));
  return result;
}

describe('the cut at --', () => {
  it('keeps what follows from us', () => {
    const line = readCommandLine(['start', 'a.js', '--', '-s', '--name', 'x', '--', 'y']);
    expect(line).toEqual({ command: 'start', words: ['a.js'], passthrough: ['-s', '--name', 'x', '--', 'y'] });
    expect(readGlobalFlags(line.words).silent).toBe(false);
  });

  it('is never undone, whatever follows', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (after) => {
        expect(readCommandLine(['start', 'a.js', '--', ...after]).passthrough).toEqual(after);
      }),
    );
  });

  it('is told apart from no cut at all', () => {
    expect(readCommandLine(['restart', 'a']).passthrough).toBeNull();
    expect(readCommandLine(['restart', 'a', '--']).passthrough).toEqual([]);
  });
});

describe('the command', () => {
  it('is found behind options', () => {
    expect(readCommandLine(['-s', '-n', 'x', 'start', 'a.js'])).toMatchObject({
      command: 'start',
      words: ['-s', '-n', 'x', 'a.js'],
    });
    expect(readCommandLine(['--no-color']).command).toBeNull();
  });

  it('is found behind every option that takes a value', () => {
    const flags = startFlags().filter((flag) => flag.flags.includes('<'));
    const spellings = flags.flatMap((flag) => flag.flags.replace(/ <.*/, '').split(', '));
    expect(spellings.filter((spelling) => !LEADING_WITH_VALUE.has(spelling))).toEqual([]);
  });

  it('has one name only', () => {
    const names = allNames();
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(CATALOGUE.map((entry) => [entry.name, entry] as const))('%s can be loaded and has help', async (_, entry) => {
    const result = await parse(entry, await entry.load(), ['--help']);
    expect(result.kind === 'help' && result.text).toContain(`upkeep ${entry.name}`);
  });
});

describe('options', () => {
  it.each([[['-n', 'foo']], [['-nfoo']], [['--name', 'foo']], [['--name=foo']]])('%j is a name', async (words) => {
    expect(optionsFromFlags((await run('start', 'a.js', ...words)).flags)).toMatchObject({ name: 'foo' });
  });

  it('keep digits as text and take negative numbers', async () => {
    const { flags } = await run('start', 'a.js', '-n', '007', '-i', '-1');
    expect(optionsFromFlags(flags)).toMatchObject({ name: '007', instances: '-1' });
  });

  it('are only those that were given', async () => {
    expect(optionsFromFlags((await run('start', 'a.js')).flags)).toEqual({});
    expect(optionsFromFlags((await run('start', 'a.js', '--no-autorestart')).flags)).toEqual({ autorestart: false });
  });

  it('of start are taken by every command, and are no part of its help', async () => {
    for (const words of [
      ['stop', 'a', '--force', '-a', '-k', '100'],
      ['list', '-n', 'x', '-l', '--watch'],
      ['flush', '-u', 'me', '--hp', '/home/me', '--wait-ip'],
    ]) {
      expect((await parsed(...words)).kind, words.join(' ')).toBe('run');
    }
    const help = await parsed('stop', '--help');
    expect(help.kind === 'help' && help.text).not.toContain('--kill-timeout');
  });

  it('keep the meaning that a command gives them', async () => {
    expect((await run('ecosystem', '-f', '--kill-timeout', '5')).flags.force).toBe(true);
    expect((await run('logs', '--lines', '5', '--kill-timeout', '5')).flags.lines).toBe('5');
  });

  it('that are unknown are refused with a suggestion', async () => {
    const result = await parsed('start', 'a.js', '--max-memroy-restart', '1G');
    expect(result.kind).toBe('mistake');
    expect(result.kind === 'mistake' && result.hint).toContain('--max-memory-restart');
  });

  it('need their value, and commands their words', async () => {
    expect((await parsed('start', 'a.js', '--name')).kind).toBe('mistake');
    expect((await parsed('stop')).kind).toBe('mistake');
  });

  it('may stand between several targets', async () => {
    expect((await run('start', 'a.js', '-n', 'x', 'b.js')).words).toEqual(['a.js', 'b.js']);
  });
});

describe('--watch before the script', () => {
  const folder = mkdtempSync(join(tmpdir(), 'upkeep-cli-'));
  writeFileSync(join(folder, 'app.js'), '');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives the script back', async () => {
    const { words, flags } = await run('start', '--watch', 'app.js');
    const given = giveBackSwallowed(words, flags, folder);
    expect(given.words).toEqual(['app.js']);
    expect(optionsFromFlags(given.flags)).toMatchObject({ watch: true });
  });

  it('keeps a path that was meant', async () => {
    const { words, flags } = await run('start', 'app.js', '--watch', 'app.js');
    const given = giveBackSwallowed(words, flags, folder);
    expect(given.words).toEqual(['app.js']);
    expect(optionsFromFlags(given.flags)).toMatchObject({ watch: ['app.js'] });
  });
});

describe('the short list of everyday commands', () => {
  it('says the same as the catalogue, under every name', async () => {
    const names = CATALOGUE.filter((one) => EVERYDAY.has(one.name)).flatMap((one) => [one.name, ...one.aliases]);
    expect([...EVERYDAY.keys()].sort()).toEqual(names.sort());
    for (const [name, command] of EVERYDAY) expect(await findEntry(name)?.load()).toBe(command);
  });
});
