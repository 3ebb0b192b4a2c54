// How long a user waits for `list` and `--version`. Without the bare Node beside it the figure would only tell of the machine.
import { BARE_ENV, start } from '../contenders.mjs';
import { interleaved } from '../measure.mjs';

/** Many small programs, of which the machine holds a thousand. */
export const sleepers = (instances, name = 'sleeper') => ({ name, command: ['sleep', '100000'], instances });

const BARE = { command: [process.execPath, '-e', '0'], env: BARE_ENV };

/** In turn with bare Node, so that the machine's moods hit all of them. @returns ms by name */
export function listTimes(managers, rounds, commandOf = (manager) => manager.list()) {
  const times = interleaved([...managers.map(commandOf), BARE], rounds);
  return Object.fromEntries([...managers.map(({ name }) => name), 'bare'].map((name, i) => [name, times[i]]));
}

export async function cli({ managers, counts, rounds, row }) {
  let sofar = 0;
  for (const count of counts) {
    for (const manager of managers) {
      manager.wake();
      if (count > sofar) await start(manager, sleepers(count - sofar, `sleeper-${count}`));
    }
    sofar = count;
    const times = listTimes(managers, rounds);
    const figure = times.upkeep / times.bare;
    // With 500 the table itself is most of it.
    const aim = count <= 100 ? { target: '≤ 1.6 ×', met: figure <= 1.6 } : {};
    row({ what: `list, ${count} processes`, ...times, figure, ...aim });
  }
  const version = ({ name, command }) => command(name === 'supervisord' ? 'version' : '--version');
  const times = listTimes(managers, rounds, version);
  row({ what: '--version', ...times, figure: times.upkeep / times.bare });
}
