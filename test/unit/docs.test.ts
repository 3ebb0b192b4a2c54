/** The documents are true in what a program can check: links, named tests, named commands. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allNames, CATALOGUE } from '../../src/cli/catalogue.ts';
import { inFile } from '../../src/config/alert-rules.ts';
import { helpOf, OPTIONS } from '../../src/config/options.ts';
import type { RuleKind } from '../../src/core/alerts/config.ts';
import { RULE_KINDS, RULES } from '../../src/core/alerts/rules.ts';
import { duration } from '../../src/core/alerts/words.ts';
import { EVENT_KINDS, type EventKindRow } from '../../src/core/events.ts';
import { allSections, page } from '../compatibility/page.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

describe.each(documents)('%s', (document) => {
  it('has no dead link', () => {
    const links = [...read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !existsSync(resolve(ROOT, dirname(document), link)))).toEqual([]);
  });

  it('names only commands that there are', () => {
    const named = [...read(document).matchAll(/\bupkeep ([a-z][A-Za-z]+)\b/g)].map((match) => match[1] ?? '');
    // Words behind the name in prose.
    const prose = new Set(['is', 'keeps', 'takes', 'and', 'does', 'has', 'can', 'itself', 'from', 'const']);
    const known = new Set([...allNames(), ...prose]);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('docs/guarantees.md', () => {
  const rows = [...read('docs/guarantees.md').matchAll(/`(test\/[^`]+\.test\.ts)` · ([^|]+?) \|/g)];

  it('has rows', () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  it.each(rows.map((row) => [row[1] ?? '', row[2] ?? ''] as const))('%s · %s', (file, name) => {
    expect(statSync(join(ROOT, file)).isFile()).toBe(true);
    expect(read(file)).toContain(name);
  });

  it('has no promise without a test', () => {
    const promises = read('docs/guarantees.md')
      .split('\n')
      .filter((line) => /^\| [A-Z0-9`]/.test(line));
    expect(promises.filter((line) => !line.includes('.test.ts'))).toEqual([]);
  });
});

describe('docs/pm2-compatibility.md', async () => {
  const sections = await allSections();
  const rows = sections.flatMap(({ rows }) => rows);

  it('is up to date', async () => {
    await expect(page(sections)).toMatchFileSnapshot(join(ROOT, 'docs/pm2-compatibility.md'));
  });

  it('has a test for every row, and a reason wherever it is not the same', () => {
    const bad = rows.filter(({ verdict, how, test }) => {
      const [file = '', name = ''] = test.split(' · ');
      const isShown = existsSync(join(ROOT, file)) && name !== '' && read(file).includes(name);
      return !isShown || (verdict !== 'same' && (how ?? '') === '');
    });
    expect(bad).toEqual([]);
  });
});

describe('docs/benchmarks.md', () => {
  it('is what the kept results and texts of bench/ make', async () => {
    const text = execFileSync(process.execPath, [join(ROOT, 'bench/page.mjs')], { encoding: 'utf8' });
    await expect(text).toMatchFileSnapshot(join(ROOT, 'docs/benchmarks.md'));
  });

  it('shows every miss first', () => {
    const [, first = '', ...rest] = read('docs/benchmarks.md').split('\n## ');
    const misses = rest
      .join('\n')
      .split('\n')
      .filter((line) => line.endsWith('| **no** |'));
    const unsaid = misses
      .map((line) => line.split(' | ')[0]?.slice(2) ?? '')
      .filter((what) => !first.includes(`- ${what}: `));
    expect(unsaid).toEqual([]);
  });
});

const EVENTS_INTRODUCTION = `\`upkeep events --json\` prints one object a line, oldest first; \`--follow\` goes on. \`client.followEvents()\` gives the same objects.

| field | what it is |
|---|---|
| \`number\` | grows by one with each event of a home, also across daemons; \`--after\` takes it |
| \`at\` | milliseconds since 1970 |
| \`kind\` | one of those below; a newer Upkeep may know more |
| \`id\`, \`name\` | of the process, of the app; \`null\`: it is about the app, or the home |
| \`incarnation\` | which life of the process; \`null\`: none in particular |
| \`reason\` | in words |
| \`details\` | figures for programs, where the table names some. Of a process beside its slot (a reload) also \`role\`: \`candidate\` or \`retiring\` |

The last 1,000 are held in memory, up to 10 MiB in \`events.jsonl\` and \`events.jsonl.1\` of the home.`;

/** What a rule takes besides, as the reader of alerts fills it in. */
function settingsOf(kind: RuleKind): string {
  const { condition, above } = RULES[kind];
  const parts: string[] = [];
  if (condition?.how === 'lasting') parts.push(`\`for\` ${duration(condition.forMs)}`);
  if (condition?.how === 'counted') {
    const { count, withinMs, clearAfterMs } = condition;
    parts.push(`\`count\` ${count}, \`within\` ${duration(withinMs)}, \`clear_after\` ${duration(clearAfterMs)}`);
  }
  if (above !== null) {
    const least = kind === 'error-rate' ? ', `least` 0.1' : '';
    parts.push(
      `\`above\` (a ${above.unit})${condition === null ? ', must be given' : ''}: \`for\` ${duration(above.forMs)}, \`clear_after\` 1 min${least}`,
    );
  }
  return parts.join('; or ');
}

/** `npm run docs` writes these files; here they must be up to date. */
describe('the reference', () => {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

  it('lists every option', async () => {
    const rows = OPTIONS.map((option) => {
      const flags = (option.flags ?? [])
        .map(({ flags: spelling }) => `\`${spelling.replaceAll('|', '\\|')}\``)
        .join(', ');
      const value = option.default === undefined ? '' : `\`${option.default}\``;
      return `| \`${option.name}\` | ${(option.aliases ?? []).map((alias) => `\`${alias}\``).join(', ')} | ${option.kind} | ${value} | ${flags} | ${cell(helpOf(option))} |`;
    });
    const text = `# Options\n\nOf config files and the command line. Each name has a camelCase form too.\n\n| option | other names | kind | default | on the command line | meaning |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
    await expect(text).toMatchFileSnapshot('../../docs/reference/config.md');
  });

  it('lists every command', async () => {
    const rows = CATALOGUE.map(
      ({ name, aliases, summary }) =>
        `| \`${name}\` | ${aliases.map((alias) => `\`${alias}\``).join(', ')} | ${cell(summary)} |`,
    );
    const text = `# Commands\n\n\`upkeep <command> --help\` shows the options of each.\n\n| command | also | what it does |\n|---|---|---|\n${rows.join('\n')}\n`;
    await expect(text).toMatchFileSnapshot('../../docs/reference/commands.md');
  });

  it('lists every kind of event', async () => {
    const rows = Object.entries(EVENT_KINDS as Readonly<Record<string, EventKindRow>>).map(
      ([kind, { about, meaning, reason, details = {} }]) => {
        const fields = Object.entries(details).map(([name, what]) => `\`${name}\`: ${what}`);
        return `| \`${kind}\` | ${about} | ${cell(meaning)} | ${cell(reason)} | ${cell(fields.join('; '))} |`;
      },
    );
    const text = `# Events\n\n${EVENTS_INTRODUCTION}\n\n| kind | about | what happened | \`reason\` | \`details\` |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
    await expect(text).toMatchFileSnapshot('../../docs/reference/events.md');
  });

  it('lists every rule of alerts', async () => {
    const rows = RULE_KINDS.map((kind) => {
      const { severity, isDefault, help } = RULES[kind];
      return `| \`${inFile(kind)}\` | ${severity} | ${isDefault ? 'on' : 'off'} | ${cell(help)} | ${cell(settingsOf(kind))} |`;
    });
    const text = `# Rules of alerts\n\n[How alerts are turned on](../how-to/alerts.md). Every rule also takes \`severity\`, \`apps\` and \`except\`.\n\n| rule | severity | by default | raised when | settings and defaults |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
    await expect(text).toMatchFileSnapshot('../../docs/reference/alert-rules.md');
  });
});
