/** The page in Chromium against a made-up host: what each page shows, by which keys, in which light and width. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { type Opened, openBrowser, openPage, overflow, type SIZES } from './browser.ts';
import { cast, chance, crowd, HOSTILE, instance } from './stage/cast.ts';
import { hostileLine, line, lines } from './stage/lines.ts';
import { Stage } from './stage/stage.ts';

/** Where pictures for the docs go (`npm run pictures`); not set: none are taken. */
const PICTURES =
  process.env.UPKEEP_PICTURES === undefined ? undefined : join(import.meta.dirname, '../../docs/pictures');
const BOX = "document.querySelector('.lines-box')";

let browser: Browser;
let stage: Stage;
let url: string;
let opened: Opened[];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  stage = new Stage();
  url = await stage.listen();
  opened = [];
});
afterEach(async () => {
  for (const { context } of opened) await context.close();
  await stage.close();
});

async function open(hash = '#/', options: Parameters<typeof openPage>[2] = {}): Promise<Opened> {
  const one = await openPage(browser, `${url}/${hash}`, options);
  opened.push(one);
  return one;
}

/** Each page, and what stands on it when it is there. */
const PAGES = {
  overview: ['#/', 'thumbnails'],
  app: ['#/app/k-api', 'Event-loop utilisation'],
  why: ['#/app/k-search/why', 'tokenize (/srv/search/src/tokens.js:88:14)'],
  config: ['#/app/k-api/config', 'SESSION_SECRET'],
  'app-logs': ['#/app/k-api/logs', 'payment refused'],
  'app-crashes': ['#/app/k-mailer/crashes', 'TypeError'],
  'app-events': ['#/app/k-mailer/events', 'gave up after 16'],
  logs: ['#/logs', 'payment refused'],
  events: ['#/events', 'daemon-started'],
  alerts: ['#/alerts', 'p99 of 1.24 s'],
  crashes: ['#/crashes', 'TypeError'],
  crash: ['#/crashes/2026-11-25T10-00-00-000-mailer-6', 'env.SMTP_PASSWORD'],
  profiles: ['#/profiles', 'heapsnapshot'],
  flame: ['#/profiles/api-0-2026-11-25T10-00-00.cpuprofile', 'roundHalfEven'],
} as const;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function violations(page: Page): Promise<string[]> {
  const found = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then(({ violations }) => violations)`,
  )) as Violation[];
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 200))
        .join(' | ')}`,
  );
}

/** What is measured by the browser (whether a table scrolls) is known when it has painted. */
const painted = (page: Page): Promise<unknown> =>
  page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');

/** A minute of the list, for its curves. */
async function liveOn(page: Page): Promise<void> {
  const random = chance(5);
  for (let second = 0; second < 100; second++)
    stage.show(
      cast().map((one) => ({
        ...one,
        cpuPercent: one.cpuPercent * (0.6 + 0.5 * Math.sin(second / 9 + one.id) ** 2 + random() * 0.4),
      })),
    );
  await page.locator('#row-0 .spark polyline').waitFor({ state: 'attached' });
  await painted(page);
}

const PICTURED = ['overview', 'app', 'logs', 'why', 'crash', 'flame'];

describe.each([
  { size: 'desktop', dark: true },
  { size: 'phone', dark: false },
] as const satisfies readonly { size: keyof typeof SIZES; dark: boolean }[])(
  'every page, $size, dark: $dark',
  (look) => {
    it('is there, is not wider than the window, complains of nothing, and axe finds nothing', async () => {
      // On a phone lines are wrapped, and all are drawn; axe looks at each.
      stage.lines = lines(60);
      const { page, complaints } = await open('#/', { ...look, sharp: PICTURES !== undefined });
      await page.evaluate(axe.source);
      for (const [index, [name, [hash, text]]] of Object.entries(PAGES).entries()) {
        await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
        await page.getByText(text).first().waitFor();
        await painted(page);
        expect.soft(await overflow(page), `${name} is wider than the window`).toBe(0);
        // Both looks are made of the same parts and colours: half of the pages is looked at in each.
        if (index === 0 || (index % 2 === 0) === look.dark) expect.soft(await violations(page), name).toEqual([]);
        if (PICTURES === undefined || !PICTURED.includes(name)) continue;
        if (name === 'overview') await liveOn(page);
        await page.screenshot({ path: join(PICTURES, `web-${name}-${look.size}.png`) });
      }
      expect(complaints).toEqual([]);
    });
  },
);

describe('the list', () => {
  it('is gone through by keys: filter, choose, open, and back', async () => {
    const { page } = await open();
    await page.getByText('thumbnails').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('storefront');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('tr.chosen').innerText()).toContain('storefront');
    await page.keyboard.press('j');
    await expect.poll(() => page.locator('tr.chosen').innerText()).toContain('/1');
    expect(await page.locator('tbody tr').count()).toBe(2);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'storefront' }).waitFor();
    await page.keyboard.press('2');
    await page.getByRole('heading', { name: 'Probes' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByText('thumbnails').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await page.getByRole('dialog').innerText()).toContain('Restart it');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });

  it('asks before it acts, by key and by button, and gives the focus back', async () => {
    const { page } = await open();
    await page.getByText('thumbnails').waitFor();
    for (const key of ['j', 's']) await page.keyboard.press(key);
    const dialog = page.getByRole('dialog', { name: 'Stop api/0' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    expect(stage.actions).toEqual([]);
    await page.goto(`${url}/#/app/k-api`);
    await page.getByRole('button', { name: 'Scale' }).click();
    await page.getByRole('textbox', { name: /^Processes/ }).fill('+2');
    await page.keyboard.press('Enter');
    await page.getByText('Done').waitFor();
    expect(stage.actions).toEqual([{ verb: 'scale', target: 'api', count: '+2' }]);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Scale');
  });

  it('is sorted by its columns, and says so', async () => {
    const { page } = await open();
    const names = () => page.locator('tbody th').allInnerTexts();
    await page.getByRole('button', { name: 'CPU' }).click();
    await expect.poll(() => page.locator('[aria-sort=descending]').innerText()).toContain('CPU');
    const cpu = async (): Promise<number[]> =>
      (await page.locator('tbody .col-cpu').allInnerTexts()).map((text) => Number.parseFloat(text) || 0);
    const values = await cpu();
    expect(values).toEqual([...values].sort((a, b) => b - a));
    await page.getByRole('button', { name: 'State' }).click();
    await expect.poll(async () => (await names())[0]).toMatch(/mailer|search|storefront|thumbnails/);
  });

  it('takes 300 processes every second with a fraction of a core', async () => {
    stage.show(crowd(300));
    const { context, page } = await open();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(300);
    const devTools = await context.newCDPSession(page);
    // CPU time of the page's thread, so that other programs on the machine do not count.
    await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const spentMs = async (): Promise<number> => {
      const { metrics } = await devTools.send('Performance.getMetrics');
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
    };
    const before = await spentMs();
    const rounds = 10;
    for (let round = 1; round <= rounds; round++) {
      stage.show(crowd(300).map((one) => ({ ...one, cpuPercent: 40 + round + (one.id % 7) })));
      const last = `${stage.instances[299]?.cpuPercent ?? 0} %`;
      await expect.poll(() => page.locator('#row-299 .col-cpu').innerText()).toContain(last);
    }
    const each = ((await spentMs()) - before) / rounds;
    expect(each).toBeLessThan(150);
  });
});

it('nothing that an app says or is called is ever HTML', async () => {
  const hostile = instance(0, HOSTILE, {
    appKey: HOSTILE,
    namespace: HOSTILE,
    reason: HOSTILE,
    status: 'errored',
    version: HOSTILE,
  });
  stage.instances = [hostile];
  stage.lines = [hostileLine()];
  stage.happen('errored', 0, HOSTILE);
  const { page, complaints } = await open();
  const key = encodeURIComponent(HOSTILE);
  for (const hash of [
    '#/',
    '#/logs',
    '#/events',
    `#/app/${key}`,
    `#/app/${key}/why`,
    `#/app/${key}/logs`,
    `#/crashes/${key}`,
  ]) {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await page
      .getByText(/onerror/)
      .first()
      .waitFor({ state: 'attached' })
      .catch(() => page.getByText('there is no').waitFor());
    expect(await page.locator('main img, main b b, main script').count(), hash).toBe(0);
    expect(await page.evaluate('document.title'), hash).not.toBe('harmed');
  }
  await page.evaluate("location.hash = '#/logs'");
  await page.locator('.line .fg-red').waitFor();
  expect(await page.locator('.line').innerText()).toContain('\\u202egnp.exe');
  expect(await page.locator('.line a').count()).toBe(0);
  // The one complaint is of the crash that is not there.
  expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
});

describe('the logs', () => {
  it('go back in time, hold while one reads, mark what is searched, and open a line', async () => {
    stage.lines = Array.from({ length: 3000 }, (_, number) => line(number, 1_790_000_000_000 + number * 1000));
    const { page } = await open('#/logs?target=api');
    const count = () => page.locator('.log [role=status]').innerText();
    await expect.poll(count).toBe('500 lines');
    expect(await page.locator('.line').count()).toBeLessThan(150);
    const isAtEnd = () => page.evaluate(`${BOX}.scrollHeight - ${BOX}.scrollTop - ${BOX}.clientHeight < 5`);
    await expect.poll(isAtEnd).toBe(true);

    await page.evaluate(`${BOX}.scrollTop = 0`);
    await expect.poll(count).toBe('1000 lines');
    expect(await page.evaluate(`${BOX}.scrollTop`)).toBeGreaterThan(5000);
    stage.say([line(9000, Date.now())]);
    await page.getByRole('button', { name: 'Go on (1 new)' }).click();
    await expect.poll(isAtEnd).toBe(true);
    expect(await count()).toBe('1001 lines');

    await page.keyboard.press('/');
    await page.keyboard.type('payment');
    await expect.poll(() => page.locator('.line').count()).toBeGreaterThan(10);
    await expect
      .poll(async () => new Set(await page.locator('.line mark').allInnerTexts()))
      .toEqual(new Set(['payment']));
    await page.locator('.line').last().click();
    expect(await page.getByLabel('Chosen line').innerText()).toContain('"code": "card_declined"');
    await page.getByLabel('Stream').selectOption('out');
    await page.getByText('No line matches').waitFor();
  });

  it('show a flood without growing for ever', async () => {
    stage.lines = [];
    const { page } = await open('#/logs');
    await page.getByText('No line matches').waitFor();
    for (let round = 0; round < 25; round++)
      stage.say(Array.from({ length: 1000 }, (_, number) => line(round * 1000 + number, Date.now())));
    await expect.poll(() => page.locator('.log [role=status]').innerText(), { timeout: 10_000 }).toBe('20000 lines');
    expect(await page.locator('.line').count()).toBeLessThan(150);
  });
});

describe('graphs', () => {
  it('are of one process when one is chosen, and of a day', async () => {
    const { page } = await open('#/app/k-api');
    const memory = page.getByRole('img', { name: /^Memory/ });
    await expect.poll(() => memory.getAttribute('aria-label')).toMatch(/0: now \d+ MB.*3: now/);
    await page.locator('tbody a').nth(2).click();
    await expect
      .poll(() => memory.getAttribute('aria-label'))
      .toMatch(/^Memory since [^.]*\. now \d+ MB, highest \d+ MB$/);
    const hour = await memory.getAttribute('aria-label');
    await page.getByRole('button', { name: 'Last day' }).click();
    await expect.poll(() => memory.getAttribute('aria-label')).not.toBe(hour);
    await page.locator('.u-over').first().hover();
    await page.locator('.readout time').first().waitFor();
  });

  it('of a flame are walked by keys, widened, searched, and left again', async () => {
    const { page } = await open('#/profiles/api-0-2026-11-25T10-00-00.cpuprofile');
    const flame = page.getByRole('application');
    await flame.focus();
    const told = () => page.locator('.told').innerText();
    await expect.poll(told).toContain('all');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    expect(await told()).toContain('listOrders list.ts:32');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.trail').innerText()).toContain('handle');
    await page.keyboard.press('Escape');
    await page.getByLabel('Find a function').fill('money.ts');
    const box = await flame.boundingBox();
    expect(box?.height).toBeGreaterThan(80);
  });
});

it('a reload is seen as it happens', async () => {
  const { page } = await open('#/app/k-api');
  await page.getByRole('heading', { name: 'api' }).waitFor();
  for (const { id } of cast().slice(0, 4)) stage.happen('ready', id, 'listening', Date.now() - 1000);
  const panel = page.getByRole('region', { name: 'Reload of api' });
  expect(await panel.count()).toBe(0);
  const steps = async (): Promise<string[]> =>
    (await panel.locator('li > span:last-child').allInnerTexts()).map((text) => text.trim());
  stage.happen('started', 0, 'started by command');
  await expect.poll(steps).toEqual(['new one starts', 'waits', 'waits', 'waits']);
  stage.happen('ready', 0, 'listening');
  stage.happen('stopping', 0, 'replaced by a newer one');
  await expect.poll(steps).toEqual(['old one drains', 'waits', 'waits', 'waits']);
  stage.happen('exited', 0, 'killed by SIGINT');
  stage.happen('started', 1, 'started by command');
  await expect.poll(steps).toEqual(['replaced', 'new one starts', 'waits', 'waits']);
  expect(await panel.innerText()).toContain('1 of 4 replaced');
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, 'web-reload-desktop.png') });
  stage.happen('reloaded', null, 'generation 5', Date.now(), 'api');
  await expect.poll(() => panel.count()).toBe(0);
});

describe('when somebody does not answer', () => {
  it('the daemon away is told, and that it is back', async () => {
    const { page } = await open();
    await page.getByText('thumbnails').waitFor();
    stage.tellDaemon({ isUp: false, why: 'the connection was lost' });
    await page.getByText('The daemon is away').waitFor();
    await page.getByText('thumbnails').waitFor();
    stage.tellDaemon({ isUp: true, why: null });
    await expect.poll(() => page.getByText('The daemon is away').count()).toBe(0);
  });

  it('a token that is not valid any more is told', async () => {
    const { page } = await open();
    await page.getByText('thumbnails').waitFor();
    stage.isRefusing = true;
    stage.dropViewers();
    await page.getByRole('heading', { name: 'not let in any more' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('upkeep web');
  });

  it('a broken line is mended, and nothing of what happened meanwhile is missing', async () => {
    const { page } = await open('#/events');
    await page.getByText('daemon-started').waitFor();
    await until(
      () => (stage.viewers > 0 ? true : undefined),
      () => 'the page to listen',
    );
    stage.dropViewers();
    stage.happen('stopped', 9, 'said while nobody listened');
    await page.getByText('said while nobody listened').waitFor();
    await expect.poll(() => page.getByText('not connected').count()).toBe(0);
    expect(await page.getByText('said while nobody listened').count()).toBe(1);
  });

  it('a slow network only takes longer', async () => {
    const { context, page, complaints } = await open('#/events');
    const devTools = await context.newCDPSession(page);
    await devTools.send('Network.enable');
    await devTools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 150,
      downloadThroughput: 50_000,
      uploadThroughput: 20_000,
    });
    await page.evaluate("location.hash = '#/app/k-api'");
    await page.getByText('Loading…').first().waitFor();
    await page.getByRole('img', { name: /^Memory/ }).waitFor();
    expect(complaints).toEqual([]);
  });
});

it('a screen reader hears of what goes wrong, and not of what was before', async () => {
  const { page } = await open();
  await page.getByText('thumbnails').waitFor();
  const news = page.getByRole('log', { name: 'News of processes' });
  await until(
    () => (stage.viewers > 0 ? true : undefined),
    () => 'the page to listen',
  );
  expect(await news.innerText()).toBe('');
  stage.happen('started', 9, 'no news');
  stage.happen('errored', 9, 'gave up');
  await expect.poll(() => news.innerText()).toBe('queue (9) errored: gave up');
});

it('the page is small', () => {
  const folder = join(import.meta.dirname, '../../dist/web');
  const bytes = readdirSync(folder).map((name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(72 * 1024);
});

it('colours follow the system, are switched by key, and are remembered', async () => {
  const { page } = await open('#/', { dark: true });
  const theme = () => page.evaluate('document.documentElement.dataset.theme');
  const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  await expect.poll(theme).toBe('dark');
  const dark = await ground();
  await page.keyboard.press('t');
  await expect.poll(theme).toBe('light');
  expect(await ground()).not.toBe(dark);
  await page.reload();
  await expect.poll(theme).toBe('light');
  for (const key of ['t', 't']) await page.keyboard.press(key);
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(theme).toBe('light');
});
