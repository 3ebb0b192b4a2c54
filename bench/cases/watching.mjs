// What it costs to be looked at: daemon and page's server with 100 processes, with no page open, one and five. Without it a page
// that somebody forgot in a tab could cost more than the apps that it shows.
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { start } from '../contenders.mjs';
import { cpuOf, memoryOf, sleep } from '../measure.mjs';
import { sleepers } from './cli.mjs';

/** All but one sleep. */
const PROCESSES = 100;

/** As a page has it: the stream, and the lines of all processes. */
function open(address) {
  const { port, searchParams } = new URL(address);
  const headers = { authorization: `Bearer ${searchParams.get('token')}` };
  return ['/api/stream', '/api/logs/stream'].map((path) => {
    const asking = request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => response.resume());
    asking.on('error', () => {});
    asking.end();
    return () => asking.destroy();
  });
}

export async function watching({ managers, spanMs, row }) {
  const upkeep = managers.find(({ name }) => name === 'upkeep');
  await start(upkeep, sleepers(PROCESSES - 1));
  // Something that changes and prints, so that there is something new to send each second.
  const clock = join(upkeep.home, 'clock.cjs');
  writeFileSync(clock, 'setInterval(() => { JSON.stringify(Array(2e5).fill(1)); console.log(Date.now()); }, 500);');
  upkeep.run('start', clock);
  const address = upkeep.run('web', '--port', '0').match(/^http\S+$/m)[0];
  const views = JSON.parse(upkeep.run('jlist'));
  const server = views.find(({ name }) => name === 'upkeep-web').pid;
  const daemon = upkeep.daemonPid();
  const measure = async () => {
    await sleep(2_000);
    const before = [daemon, server].map(cpuOf);
    await sleep(spanMs);
    const [daemonCpu, serverCpu] = [daemon, server].map((pid, i) => ((cpuOf(pid) - before[i]) / spanMs) * 100);
    return { daemonCpu, serverCpu, daemonMb: memoryOf(daemon).rss, serverMb: memoryOf(server).rss };
  };
  // What a start of so many leaves to be done is not the cost of watching.
  await sleep(spanMs);
  const found = { 0: await measure() };
  const closers = [];
  for (const pages of [1, 5]) {
    while (closers.length < 2 * pages) closers.push(...open(address));
    found[pages] = await measure();
  }
  for (const close of closers) close();
  for (const [pages, { daemonCpu, serverCpu, daemonMb, serverMb }] of Object.entries(found)) {
    const what = `${pages === '1' ? '1 open page' : `${pages} open pages`}, ${PROCESSES} processes`;
    row({ what: `daemon CPU, ${what}, % of a core`, upkeep: daemonCpu });
    row({ what: `page's server CPU, ${what}, % of a core`, upkeep: serverCpu });
    row({ what: `daemon RSS, ${what}`, upkeep: daemonMb });
    row({ what: `page's server RSS, ${what}`, upkeep: serverMb });
  }
  upkeep.run('delete', 'all');
}
