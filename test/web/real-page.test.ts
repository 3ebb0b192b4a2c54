/** The page in Chromium with a real server, daemon and processes: each action, two tabs, a daemon killed meanwhile. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, Rig } from '../helpers/rig.ts';
import { type Opened, openBrowser, openPage } from './browser.ts';

const ESC = '\\u001b';
const SERVER = `
  const busy = (ms) => { for (const end = Date.now() + ms; Date.now() < end; ) Math.sqrt(ms); };
  require('node:http').createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT));
  console.log('${ESC}[32mserving${ESC}[39m <b>now</b>');
  console.log(JSON.stringify({ level: 50, time: Date.now(), msg: 'payment refused' }));
  setInterval(function spin() { busy(4); }, 10);
`;
const QUIET = "console.log('quiet one is there'); setInterval(() => {}, 1000);";

let browser: Browser;
let rig: Rig;
let url: string;
/** The tab of most tests. */
let page: Page;
const opened: Opened[] = [];

beforeAll(async () => {
  rig = new Rig();
  const script = rig.write('api.cjs', SERVER);
  const quiet = rig.write('quiet.cjs', QUIET);
  const config = {
    apps: [
      {
        name: 'api',
        script,
        instances: 1,
        min_healthy: 100,
        exec_mode: 'cluster',
        env: { PORT: String(await freePort()), API_SECRET: 'hush-hush' },
      },
      { name: 'quiet', script: quiet },
      { name: 'victim', script: quiet },
    ],
  };
  await rig.must('start', rig.write('eco.json', JSON.stringify(config)));
  url = addressIn(await rig.must('web', '--port', '0'));
  browser = await openBrowser();
  page = (await open()).page;
  await page.getByText('victim').waitFor();
});
afterAll(async () => {
  for (const { context } of opened) await context.close();
  await browser?.close();
  await rig?.dispose();
});

const addressIn = (text: string): string => /http:\/\/\S+/.exec(text)?.[0] ?? '';

async function open(address = url): Promise<Opened> {
  const one = await openPage(browser, address);
  opened.push(one);
  return one;
}

async function showList(): Promise<void> {
  await page.evaluate("location.hash = '#/'");
  await page.getByLabel('Filter the processes').waitFor();
}

/** Opens an app's page and goes through an action's dialog; returns what is reported. */
async function act(app: string, action: string, answer?: string): Promise<string> {
  await showList();
  await page.locator('tbody th a', { hasText: app }).first().click();
  await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: action, exact: true }).click();
  const dialog = page.getByRole('dialog');
  if (answer !== undefined) await dialog.getByRole('textbox').fill(answer);
  await dialog.locator('button[type=submit]').click();
  await dialog.locator('.notice').waitFor();
  const report = await dialog.innerText();
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  return report;
}

const stateOf = (page: Page, app: string) =>
  page.locator('tbody tr', { hasText: app }).first().locator('.status').innerText();
const instancesOf = async (name: string) => (await rig.list()).filter((one) => one.name === name);

it('lets in who has the address, and hides the token from it', async () => {
  expect(page.url()).not.toContain('token');
  expect(opened[0]?.complaints).toEqual([]);
  const stranger = await openPage(browser, new URL(url).origin);
  opened.push(stranger);
  expect(await stranger.page.innerText('body')).toContain('upkeep web');
});

describe('each action does what it says', () => {
  it('restart', async () => {
    const { pid } = await rig.one('quiet');
    expect(await act('quiet', 'Restart')).toContain('Done: 1 process');
    expect((await rig.one('quiet')).pid).not.toBe(pid);
  });

  it('stop and start, which another tab sees, too', async () => {
    const { page: other } = await open();
    await expect.poll(() => stateOf(other, 'quiet')).toContain('online');
    await act('quiet', 'Stop');
    expect((await rig.one('quiet')).status).toBe('stopped');
    await expect.poll(() => stateOf(other, 'quiet'), { timeout: 10_000 }).toContain('stopped');
    await act('quiet', 'Start');
    await expect.poll(() => stateOf(other, 'quiet'), { timeout: 10_000 }).toContain('online');
  });

  it('scale, and reload while the page shows it', async () => {
    await act('api', 'Scale', '2');
    expect(await instancesOf('api')).toHaveLength(2);
    const rolling = page.getByRole('region', { name: 'Reload of api' });
    const seen = rolling.first().getByText('replaced').first().waitFor();
    expect(await act('api', 'Reload')).toContain('Done: 2 processes');
    await seen;
    expect((await instancesOf('api')).map(({ generation }) => generation)).toEqual([1, 1]);
    await expect.poll(() => rolling.count()).toBe(0);
  });

  it('reset and delete', async () => {
    await act('quiet', 'Reset counters');
    expect((await rig.one('quiet')).restarts).toBe(0);
    await act('victim', 'Delete');
    await page.getByText('not on the list any more').waitFor();
    expect(await instancesOf('victim')).toEqual([]);
  });

  it('or says why not', async () => {
    await rig.must('start', rig.write('gone.cjs', 'setInterval(() => {}, 1000)'), '--name', 'gone');
    await showList();
    await page.getByText('gone').waitFor();
    await page.locator('tbody th a', { hasText: 'gone' }).click();
    await page.getByRole('button', { name: 'Restart' }).click();
    await rig.must('delete', 'gone');
    const dialog = page.getByRole('dialog');
    await dialog.locator('button[type=submit]').click();
    expect(await dialog.getByRole('alert').innerText()).toMatch(/gone|no such|not/i);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
  });
});

it('the logs come live, in colours, and are found', async () => {
  await page.evaluate("location.hash = '#/logs'");
  await page.getByText('serving <b>now</b>').first().waitFor();
  expect(await page.locator('.line .fg-green').first().innerText()).toBe('serving');
  await page.getByLabel('Search in the lines').fill('quiet');
  await expect.poll(() => page.locator('.line mark').first().innerText()).toBe('quiet');
  const before = await page.locator('.line').count();
  await rig.must('restart', 'quiet');
  await expect.poll(() => page.locator('.line').count(), { timeout: 10_000 }).toBeGreaterThan(before);
});

it('the logs go back over files and are filtered by level', async () => {
  await page.evaluate("location.hash = '#/logs?target=api&level=error'");
  await page.getByText('payment refused').first().waitFor();
  expect(await page.locator('.line').count()).toBe(await page.locator('.line.level-error').count());
  expect(await page.locator('.line .kind').first().innerText()).toBe('error');
  await page.getByLabel('Since').selectOption('10m');
  await page.getByText('payment refused').first().waitFor();
});

it('a crash is on record, with what it said and where it stood', async () => {
  const script = rig.write('crasher.cjs', "setTimeout(() => { throw new Error('boom at the desk'); }, 50);");
  await rig.run('start', script, '--name', 'crasher', '--no-autorestart');
  await page.evaluate("location.hash = '#/crashes'");
  await page.getByText('boom at the desk').first().waitFor();
  await page.locator('tbody a').first().click();
  await page.getByRole('heading', { name: 'crasher' }).waitFor();
  expect(await page.getByRole('region', { name: 'Stack' }).innerText()).toContain('crasher.cjs:1');
  await rig.must('delete', 'crasher');
});

it('the config shows no secret', async () => {
  await showList();
  await page.locator('tbody th a', { hasText: 'api' }).first().click();
  await page.keyboard.press('4');
  await page.getByText('API_SECRET').waitFor();
  expect(await page.locator('main').innerText()).not.toContain('hush-hush');
});

it('graphs show what was measured', async () => {
  await showList();
  await page.locator('tbody th a', { hasText: 'quiet' }).first().click();
  const memory = page.getByRole('img', { name: /^Memory/ });
  await expect.poll(() => memory.getAttribute('aria-label'), { timeout: 20_000 }).toMatch(/now \d+ MB/);
});

it('a CPU profile is taken and shown as a flame graph', async () => {
  await page.evaluate("location.hash = '#/profiles'");
  await page.getByRole('combobox', { name: /^Process/ }).selectOption('0');
  await page.getByLabel('Seconds').fill('1');
  await page.getByRole('button', { name: 'Take it' }).click();
  await page.getByRole('link', { name: 'Show the flame graph' }).click({ timeout: 30_000 });
  await page.getByRole('application', { name: /^Flame graph/ }).waitFor();
  await expect.poll(() => page.locator('tbody').innerText()).toMatch(/spin|busy/);
});

it('goes on after the daemon was killed', async () => {
  await showList();
  await expect.poll(() => stateOf(page, 'quiet')).toContain('online');
  const pid = await rig.daemonPid();
  process.kill(pid, 'SIGKILL');
  await rig.nextDaemon(pid);
  await rig.must('stop', 'quiet');
  await expect.poll(() => stateOf(page, 'quiet'), { timeout: 20_000 }).toContain('stopped');
  await page.evaluate("location.hash = '#/events'");
  await expect
    .poll(() => page.locator('main').innerText(), { timeout: 20_000 })
    .toMatch(/adopted[\s\S]*daemon-started/);
  expect(await page.getByText('The daemon is away').count()).toBe(0);
});

it('a token that was renewed is told', async () => {
  await page.getByText('quiet').first().waitFor();
  await rig.must('web', '--new-token');
  await page.getByRole('heading', { name: 'not let in any more' }).waitFor();
});
