/**
 * `pull`, `forward`, `backward`: the app's repository moves, then the app is reloaded. Without the order here an app
 * would be reloaded although nothing has changed, or before its dependencies are there.
 */
import { move, readVersioning, type Step } from '../../integrations/git.ts';
import { postUpdateOf, runCommands } from '../../integrations/post-update.ts';
import { unwrap } from '../apps.ts';
import type { Command } from '../command.ts';
import { plain } from '../render/words.ts';
import { showReport } from '../report.ts';
import { showList } from '../show-list.ts';

const stepping = (step: Step): Command => ({
  usage: step === 'pull' ? '<name> [commit]' : '<name>',
  notes: [
    'Then the commands of `post_update` (ecosystem.json, process.json or package.json of the repository) are run, and the app is reloaded.',
  ],
  async run(session, [name = '', commit]) {
    const { out } = session;
    const client = await session.client();
    const details = await client.describe(name);
    // Apps of one name may live in several folders.
    const folders = new Set(details.map(({ spec }) => spec.cwd));
    let hasMoved = false;
    for (const folder of folders) {
      const { moved, what } = unwrap(await move(folder, step, commit ?? null));
      out.info(`${plain(name)}: ${plain(what)}`);
      if (!moved) continue;
      hasMoved = true;
      const spec = details.find((one) => one.spec.cwd === folder)?.spec;
      if (spec === undefined) continue;
      const repository = (await readVersioning(folder))?.repo_path ?? folder;
      const after = postUpdateOf(repository, spec.name);
      for (const command of after.commands) out.info(`post_update: ${plain(command)}`);
      const env = { ...spec.env.inherited, ...spec.env.declared };
      unwrap(await runCommands(after, repository, env));
    }
    if (!hasMoved) {
      out.info('Nothing has moved: nothing to reload');
      return 0;
    }
    const specs = Object.fromEntries(
      await Promise.all(
        details.map(async ({ appKey, spec }) => {
          const versioning = spec.versioning === undefined ? null : await readVersioning(spec.cwd);
          return [appKey, versioning === null ? spec : { ...spec, versioning }] as const;
        }),
      ),
    );
    const code = showReport(
      session,
      await client.reload(
        details.map(({ id }) => id),
        { specs },
      ),
      null,
    );
    await showList(session, client);
    return code;
  },
});

export const pull = stepping('pull');
export const forward = stepping('forward');
export const backward = stepping('backward');
