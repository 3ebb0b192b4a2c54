/** Metrics before real readers of them: promtool, and a Prometheus that scrapes; and the queries of the dashboard before both. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { familiesOf } from '../../src/export/families.ts';
import { sampleName } from '../../src/export/prometheus-names.ts';
import { CONTENT_TYPES, expositionFor, renderMetrics } from '../../src/web/prometheus.ts';
import { collectorOn } from '../helpers/otlp.ts';
import { freePort, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { someProcess, someReadings } from '../unit/export/readings.ts';

const HOSTILE = 'a"b\\c\nd{}#';
const readings = someReadings([
  someProcess({ custom: { 'Queue size': 3, 'queue-size': 4 } }),
  someProcess({ id: 1, slot: 1, name: HOSTILE, status: 'stopped', pid: 0, node: null }),
]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-metrics-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('pleases promtool, which knows the conventions', () => {
  const said = execFileSync('promtool', ['check', 'metrics'], { input: renderMetrics(readings), encoding: 'utf8' });
  expect(said).toBe('');
});

interface Answer {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
  };
}

test('is scraped by a real Prometheus with a token, and can be asked for there', async ({ rig }) => {
  rig.write('real.js', 'setInterval(() => {}, 1000);');
  await rig.must('start', 'real.js', '--name', 'real');
  const page = new URL(/http:\S+/.exec(await rig.must('web', '--port', '0'))?.[0] ?? '');
  expect((await fetch(new URL('/metrics', page.origin))).status).toBe(401);
  const formats: string[] = [];
  const server = createServer((request, response) => {
    if (request.headers.authorization !== 'Bearer the-token') return void response.writeHead(401).end();
    const exposition = expositionFor(request.headers.accept);
    formats.push(exposition);
    response.writeHead(200, { 'content-type': CONTENT_TYPES[exposition] });
    response.end(renderMetrics(readings, exposition));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const from = typeof address === 'object' && address !== null ? address.port : 0;
  const port = await freePort();
  writeFileSync(
    join(folder, 'prometheus.yml'),
    JSON.stringify({
      scrape_configs: [
        {
          job_name: 'upkeep',
          scrape_interval: '1s',
          authorization: { credentials: 'the-token' },
          static_configs: [{ targets: [`127.0.0.1:${from}`] }],
        },
        {
          job_name: 'page',
          scrape_interval: '1s',
          authorization: { credentials: page.searchParams.get('token') },
          static_configs: [{ targets: [page.host] }],
        },
      ],
    }),
  );
  const words = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const prometheus = spawn('prometheus', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  prometheus.stderr.on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => prometheus.once('close', resolve));
  try {
    const ask = async (query: string): Promise<Answer['data']['result']> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
      return ((await answer.json()) as Answer).data.result;
    };
    await until(
      async () => ((await ask('up == 1').catch(() => [])).length === 2 ? true : undefined),
      () => `Prometheus to scrape: ${said.slice(-2000)}`,
    );
    // It asks for OpenMetrics first, and reads it more strictly.
    expect(new Set(formats)).toEqual(new Set(['openmetrics']));
    expect((await ask('upkeep_process_up == 1')).map(({ metric }) => metric.app)).toContain('real');
    const one = async (query: string): Promise<string | undefined> => (await ask(query))[0]?.value[1];
    expect(await one('upkeep_process_cpu_seconds_total{app="api"}')).toBe('5.25');
    expect((await ask('upkeep_process_up == 0'))[0]?.metric).toMatchObject({ app: HOSTILE, id: '1' });
    expect(await one('upkeep_custom_queue_size{metric="queue-size"}')).toBe('4');
    expect(await one('v8js_memory_heap_used_bytes{app="api",v8js_heap_space_name="old_space"}')).toBe('8000000');
    // Eight of ten took up to 0.1 s, nine up to 1 s: half of them lie below the middle of the second bucket.
    expect(
      Number(await one('histogram_quantile(0.5, upkeep_http_request_duration_seconds_bucket{job="upkeep"})')),
    ).toBeCloseTo(0.043, 3);
    const names = new Set((await ask('count by (__name__) ({job="upkeep"})')).map(({ metric }) => metric.__name__));
    for (const family of familiesOf(readings)) {
      const name = sampleName(family);
      expect(names).toContain(family.kind === 'histogram' ? `${name}_bucket` : name);
    }
  } finally {
    prometheus.kill('SIGTERM');
    await ended;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }
});

interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly {
      readonly expr: string;
      readonly refId: string;
      readonly datasource: { readonly uid: string };
    }[];
  }[];
}

it('has a dashboard for Grafana that asks only for what there is, in queries that Prometheus reads', () => {
  const text = readFileSync(join(import.meta.dirname, '../../integrations/grafana/upkeep.json'), 'utf8');
  const { panels, templating, annotations } = JSON.parse(text) as Dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'namespace', 'app', 'id']);
  for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  // No panel lies over another.
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);

  const targets = panels.flatMap(({ targets = [] }) => targets);
  expect(targets.every(({ datasource }) => datasource.uid === '${datasource}')).toBe(true);
  const variables = templating.list.flatMap(({ definition }) => definition ?? []);
  const selectors = variables.map((query) => /^label_values\((.*), \w+\)$/.exec(query)?.[1] ?? '');
  const queries = [...targets.map(({ expr }) => expr), ...annotations.list.map(({ expr }) => expr), ...selectors];
  const rules = queries.map((query, n) => ({
    record: `query_${n}`,
    expr: query.replaceAll('$__rate_interval', '1m').replace(/\$(namespace|app|id)/g, 'x'),
  }));
  const file = join(folder, 'rules.json');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  expect(execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })).toContain(
    `${rules.length} rules found`,
  );

  const known = familiesOf(readings).flatMap((family) => {
    const name = sampleName(family);
    return family.kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
  });
  const asked = new Set(queries.flatMap((query) => query.match(/\b(?:upkeep|nodejs|v8js)_\w+(?=[{[]|$)/g) ?? []));
  expect(asked.size).toBeGreaterThan(15);
  expect([...asked].filter((name) => !known.includes(name))).toEqual([]);
});

interface Pushed {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly histogram?: { readonly dataPoints: readonly { readonly count: string }[] };
      }[];
    }[];
  }[];
}

test('tells of real apps, printed and pushed, also under the next daemon', async ({ rig }) => {
  const port = await freePort();
  rig.write('app.js', `require('http').createServer((q, r) => r.end('ok')).listen(${port}, '127.0.0.1');`);
  await rig.must('start', 'app.js', '--name', 'web');
  const collector = await collectorOn();
  rig.onDispose(() => collector.close());
  collector.answer = { status: 500 };
  await rig.must('ship', `otlp+http://127.0.0.1:${collector.port}`, '--metrics', '--interval', '1s');
  // Requests are counted from the first look on.
  await until(
    () => (collector.requests > 0 ? true : undefined),
    () => 'readings to be pushed',
  );
  for (let n = 0; n < 5; n++) await (await fetch(`http://127.0.0.1:${port}/`)).text();
  await until(
    () => (collector.requests > 3 ? true : undefined),
    () => 'readings to be pushed again',
  );
  collector.answer = null;
  const countIn = (pushed: unknown): number => {
    const metrics = (pushed as Pushed).resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap((one) => one.metrics),
    );
    const found = metrics.find(({ name }) => name === 'upkeep.http.request_duration');
    return Number(found?.histogram?.dataPoints[0]?.count ?? 0);
  };
  await until(
    () => (collector.metrics.some((one) => countIn(one) === 5) ? true : undefined),
    () => `five requests in what is pushed: ${JSON.stringify(collector.metrics.at(-1))}`,
  );
  // What was taken while the collector failed came first.
  expect(countIn(collector.metrics[0])).toBe(0);

  const text = await rig.must('metrics');
  expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).toBe('');
  expect(text).toContain('upkeep_http_request_duration_seconds_count{app="web",namespace="default",id="0"} 5\n');
  expect(text).toMatch(/^nodejs_eventloop_time_seconds_total\{app="web",.*,nodejs_eventloop_state="active"\} [\d.]+$/m);

  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  const next = await rig.nextDaemon(daemon);
  expect(next).not.toBe(daemon);
  const before = collector.metrics.length;
  await until(
    () => (collector.metrics.length > before + 1 ? true : undefined),
    () => 'readings of the next daemon',
  );
  expect(collector.problems).toEqual([]);
});
