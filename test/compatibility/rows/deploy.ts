/** `deploy`. */
import type { Section } from '../row.ts';

const UNIT = 'test/unit/integrations/deploy.test.ts';
const SYSTEM = 'test/system/deploy.test.ts';
const BOTH = 'test/differential/deploy.test.ts';

const FILES = `${SYSTEM} · which file and section: candidates, a named file, help, and mistakes with exit code 1`;
const COMMANDS = `${SYSTEM} · localhost: refs, revert, current, previous, list; a branch means what the remote has`;
const SSH = `${SYSTEM} · over ssh: setup, the first deploy starts the apps, the next restarts them`;

export const sections: readonly Section[] = [
  {
    number: '2.9',
    title: '`deploy`',
    rows: [
      {
        row: '`deploy [file] <env> [command]`; without a file the default names, then package.json',
        verdict: 'same',
        test: FILES,
      },
      { row: 'no environment, or `help`: help, exit code 0', verdict: 'same', test: FILES },
      {
        row: 'no file, no such environment, a section with holes: exit code 1',
        verdict: 'same',
        test: `${BOTH} · mistakes: no file, no such environment, a section with holes`,
      },
      {
        row: 'a mistyped key has no effect',
        verdict: 'better',
        how: 'it is told, with the one that was meant',
        test: `${UNIT} · tells keys that it does not know`,
      },
      {
        row: '`user`, `port`, `key`, `ssh_options` (text or list), `forward-agent`, `needs_tty`',
        verdict: 'same',
        test: `${UNIT} · has user, port, key, options, agent and terminal`,
      },
      { row: '`host` may be a list, each in turn; over ssh', verdict: 'same', test: SSH },
      {
        row: 'a failure on a host: exit code 1',
        verdict: 'better',
        how: 'and it says why, and which hosts were left alone',
        test: `${SYSTEM} · a host that cannot be reached, or a command that fails there, is told, and the hosts after it are left alone`,
      },
      {
        row: 'host `localhost` is done here, without ssh',
        verdict: 'same',
        test: `${UNIT} · is as short as the section, and is none for localhost`,
      },
      {
        row: '`fetch: "fast"`: a depth of 5',
        verdict: 'same',
        test: `${UNIT} · clones the branch alone and few commits with fetch: "fast"`,
      },
      {
        row: '`setup`, `update`, `revert`, `exec`, `curr`, `prev`, `list`: exit codes, folders, the link, `.deploys`, where hooks run',
        verdict: 'same',
        test: `${BOTH} · setup, deploy, update, revert: exit codes, layout, what is deployed, hooks`,
      },
      { row: '`ref <r>`, or a ref as the command', verdict: 'same', test: COMMANDS },
      {
        row: 'a `ref` without `origin/` is the branch as it was checked out first',
        verdict: 'better',
        how: 'a branch means what the remote has now',
        test: `${BOTH} · a ref that is the name of a branch`,
      },
      {
        row: 'a ref that is not there, or `revert` beyond the first: something is deployed, exit code 0',
        verdict: 'better',
        how: 'exit code 1, and nothing is',
        test: `${BOTH} · a ref that is not there, and more deploys back than there were`,
      },
      {
        row: '`pre-setup` (a command or a local script), `post-setup`, `pre-deploy-local`, `pre-deploy`, `post-deploy`',
        verdict: 'same',
        test: `${SYSTEM} · hooks run where and when they say, a local script is carried over, and a failing one stops the deploy`,
      },
      {
        row: 'without `post-deploy`: `startOrRestart <file> --env <env>`',
        verdict: 'same',
        test: SSH,
      },
      {
        row: 'a hook with double quotes is cut off there',
        verdict: 'better',
        how: 'a hook is run as it was written',
        test: `${BOTH} · a hook with double quotes`,
      },
      {
        row: '`env` is exported in capitals before `post-deploy`',
        verdict: 'better',
        how: 'before each hook, in capitals and as written, whatever the values hold',
        test: SSH,
      },
      {
        row: 'changes that are not committed stop it, `--force` does not care',
        verdict: 'same',
        test: `${BOTH} · changes that are not committed: refused, unless forced`,
      },
      {
        row: 'commits that are not pushed stop it',
        verdict: 'same',
        test: `${SYSTEM} · changes that are not committed, and commits that are not pushed, stop a deploy unless it is forced`,
      },
    ],
  },
];
