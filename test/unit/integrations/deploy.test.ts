/** The ssh command of a section, and what is refused before anything is sent anywhere. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandFor, sshCommand } from '../../../src/integrations/deploy/hosts.ts';
import { renderScript } from '../../../src/integrations/deploy/script.ts';
import { type DeploySection, readSection } from '../../../src/integrations/deploy/section.ts';

const BASE = { host: 'web1', repo: 'git@example.org:x.git', path: '/srv/x', ref: 'origin/main' };

function sectionOf(more: object = {}): DeploySection {
  const reading = readSection('production', { ...BASE, ...more });
  if (!reading.ok) throw new Error(reading.problems.join('\n'));
  return reading.section;
}

const problemsOf = (more: object): string => {
  const reading = readSection('production', { ...BASE, ...more });
  return reading.ok ? '' : reading.problems.join('\n');
};

describe('the ssh command', () => {
  it('has user, port, key, options, agent and terminal', () => {
    const more = {
      ...{ user: 'deploy', port: '2222', key: '/k', ssh_options: ['A=1', 'B=2'], 'forward-agent': true },
      needs_tty: true,
    };
    expect(sshCommand('web1', 'true', sectionOf(more))).toEqual([
      ...['ssh', '-p', '2222', '-i', '/k', '-o', 'A=1', '-o', 'B=2', '-A', '-tt', '--', 'deploy@web1'],
      "sh -c 'true'",
    ]);
  });

  it('is as short as the section, and is none for localhost', () => {
    expect(sshCommand('me@web1', 'true', sectionOf({ user: 'deploy', ssh_options: 'A=1' }))).toEqual([
      ...['ssh', '-o', 'A=1', '--', 'me@web1'],
      "sh -c 'true'",
    ]);
    expect(commandFor('localhost', 'true', sectionOf())).toEqual(['sh', '-c', 'true']);
  });

  it('carries any script through a login shell unchanged', () => {
    const script = `printf '%s' 'a'\\''b' "\\\\ \\" $((1 + 1))" '!$x\`'\n# é\n`;
    const quoted = sshCommand('web1', script, sectionOf()).at(-1) ?? '';
    const direct = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    for (const shell of ['sh', 'bash']) expect(execFileSync(shell, ['-c', quoted], { encoding: 'utf8' })).toBe(direct);
  });
});

describe('the script', () => {
  const scriptOf = (more: object, kind: 'setup' | 'list' = 'setup'): string =>
    renderScript({ kind }, { section: sectionOf(more), configName: 'e.json', localScripts: {} });

  it("leaves ~ and $HOME to the host's shell, and nothing else", () => {
    const echo = (path: string): string => {
      const [, line] = scriptOf({ path }, 'list').split('\n');
      return execFileSync('sh', ['-c', `${line}; printf %s "$deploy_path"`], {
        env: { HOME: '/h o' },
        encoding: 'utf8',
      });
    };
    expect(['~/app', '~', '$HOME/a b', '/srv/$(x)'].map(echo)).toEqual(['/h o/app', '/h o', '/h o/a b', '/srv/$(x)']);
  });

  it('never shows the password of a repository', () => {
    const script = scriptOf({ repo: 'https://jo:secret@example.org/x.git' });
    expect(
      script
        .split('\n')
        .filter((line) => line.startsWith('echo'))
        .join(),
    ).not.toContain('secret');
  });

  it('clones the branch alone and few commits with fetch: "fast"', () => {
    expect(scriptOf({ fetch: 'fast' })).toContain('git clone --depth=5 --branch main -- ');
    expect(scriptOf({})).not.toContain('--depth');
  });
});

describe('a section', () => {
  it.each([
    ['no host', { host: [] }, 'host: missing'],
    ['a host that ssh would take for an option', { host: '-oProxyCommand=touch' }, 'cannot begin with a dash'],
    ['no repository', { repo: '' }, 'repo: missing'],
    ['no ref', { ref: undefined }, 'ref: missing'],
    ['a ref that git would take for an option', { ref: '--upload-pack=x' }, 'option of git'],
    ['a relative path', { path: 'srv' }, 'must begin with /'],
    ['a port that is none', { port: 'ssh' }, 'port: expected a number'],
    ['a name that no shell can export', { env: { 'a-b': 1 } }, 'env.a-b'],
    ['a line break in a path', { path: '/srv\nrm' }, 'path: expected a text on one line'],
  ])('refuses %s', (_, more, part) => {
    expect(problemsOf(more)).toContain(part);
  });

  it('tells keys that it does not know', () => {
    const reading = readSection('production', { ...BASE, 'post-deply': 'x' });
    expect(reading.ok && reading.notes.join()).toContain('did you mean post-deploy?');
  });
});
