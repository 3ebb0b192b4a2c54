/**
 * The daemon itself: `kill` and `update`. Without them it could neither be ended nor replaced.
 */

import { VERSION } from '../../client/version.ts';
import type { Command } from '../command.ts';
import { spokenDuration } from '../render/words.ts';
import { showReport } from '../report.ts';
import { showList } from '../show-list.ts';

export const kill: Command = {
  usage: '[none...]',
  async run(session, words) {
    const { out } = session;
    if (words.length > 0) {
      out.error(
        `kill ends everything and takes no arguments: ${words.join(' ')}. To end one app: upkeep stop, upkeep delete`,
      );
      return 1;
    }
    const client = await session.existingClient({ anyProtocol: true });
    if (client === null) {
      out.info('[v] All applications are stopped: no daemon has any');
      out.info('[v] No daemon is running: nothing to end');
      return 0;
    }
    const { pid } = client.daemon;
    const report = await client.kill();
    const code = showReport(session, report, 'stopped');
    out.info('[v] All applications are stopped');
    const { waitForEnd } = await import('../wait-for-end.ts');
    if (!(await waitForEnd(pid))) {
      out.error(`The daemon (pid ${pid}) was told to end but is still there`);
      return 1;
    }
    out.info('[v] The daemon has ended');
    return code;
  },
};

export const update: Command = {
  usage: '[none...]',
  async run(session) {
    const { out } = session;
    const client = await session.existingClient({ anyProtocol: true });
    if (client === null) {
      const fresh = await session.client();
      out.info(`No daemon was running: started version ${fresh.daemon.version}, pid ${fresh.daemon.pid}`);
      return 0;
    }
    const before = client.daemon;
    const began = Date.now();
    const after = await client.update();
    out.info(
      `The daemon was replaced in ${spokenDuration(Date.now() - began)}: version ${before.version} (pid ${before.pid}) by ${after.version} (pid ${after.pid})`,
    );
    if (after.version !== VERSION) out.warn(`It is version ${after.version}, though this is ${VERSION}`);
    const { renewServer } = await import('../web-server.ts');
    if (await renewServer(session, client)) out.info('The page goes on as the one of this version');
    await showList(session, client);
    return 0;
  },
};
