// What a scrape costs with many processes: Node processes whose inside is told, read at the page's server as Prometheus reads it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuOf, median, sleep } from '../measure.mjs';

export async function scrape({ managers, rounds, count, row }) {
  const upkeep = managers.find(({ name }) => name === 'upkeep');
  const script = join(upkeep.home, 'idle.cjs');
  writeFileSync(script, 'setInterval(() => {}, 1e6);');
  // A hundred at a time, or the machine has nothing but starts to do.
  for (let started = 0; started < count; started += 100)
    upkeep.run('start', script, '--name', `idle-${started}`, '-f', '-i', String(Math.min(100, count - started)));
  const { origin, searchParams } = new URL(upkeep.run('web', '--port', '0').match(/^http\S+$/m)[0]);
  const headers = { authorization: `Bearer ${searchParams.get('token')}`, accept: 'application/openmetrics-text' };
  const read = async () => {
    const before = performance.now();
    const answer = await fetch(`${origin}/metrics`, { headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`/metrics answers ${answer.status}: ${text.slice(0, 200)}`);
    return { ms: performance.now() - before, text };
  };
  await read();
  await sleep(5_000);
  const daemon = upkeep.daemonPid();
  const cpuBefore = cpuOf(daemon);
  const reads = [];
  for (let round = 0; round < rounds; round++) {
    reads.push(await read());
    await sleep(500);
  }
  const what = `${count} processes`;
  row({ what: `scrape, ${what}, ms`, upkeep: median(reads.map(({ ms }) => ms)) });
  row({ what: `daemon CPU of a scrape, ${what}, ms`, upkeep: (cpuOf(daemon) - cpuBefore) / rounds });
  row({ what: `text of a scrape, ${what}, MB`, upkeep: reads.at(-1).text.length / 1e6 });
  row({
    what: `processes whose inside a scrape tells, of ${count}`,
    upkeep: reads.at(-1).text.match(/^upkeep_node_heap_limit_bytes\{/gm)?.length ?? 0,
  });
  upkeep.run('delete', 'all');
}
