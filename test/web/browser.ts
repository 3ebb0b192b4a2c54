/** Debian's Chromium for the tests of the page; one for a file, a fresh profile for each test. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PATHS.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new Error('Chromium is not there: apt-get install chromium, or name it in CHROMIUM');
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: ['--disable-gpu', ...(isRoot ? ['--no-sandbox'] : [])] });
}

export const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;

export interface Opened {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page complained of: errors, refused loads, breaches of the content policy. */
  readonly complaints: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  {
    size = 'desktop',
    dark = false,
    sharp = false,
  }: { readonly size?: keyof typeof SIZES; readonly dark?: boolean; readonly sharp?: boolean } = {},
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    ...(size === 'phone' ? { isMobile: true, hasTouch: true, deviceScaleFactor: sharp ? 2 : 1 } : {}),
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { host } = new URL(request.url());
    if (/^https?:/.test(request.url()) && host !== new URL(url).host) complaints.push(`asked ${host}`);
  });
  await page.goto(url);
  return { context, page, complaints };
}

/** Pixels by which the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>;
