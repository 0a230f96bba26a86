/** The lifecycle's pages in a real browser: how they are opened, and what axe-core finds in them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const DESKTOP = { viewport: { width: 1280, height: 900 } };

/** Each screen in the light and in the dark. */
export const SCREENS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['phone', { ...PHONE, colorScheme: 'light' }],
  ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
  ['desktop', { ...DESKTOP, colorScheme: 'light' }],
  ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }],
];

export interface OpenedPage {
  readonly page: Page;
  /** What the browser complained of: errors, refusals by the Content-Security-Policy. */
  readonly complaints: string[];
}

export async function openPage(browser: Browser, options: BrowserContextOptions): Promise<OpenedPage> {
  const page = await (await browser.newContext({ locale: 'en-GB', ...options })).newPage();
  const complaints: string[] = [];
  page.on('console', message => complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(error.message));
  return { page, complaints };
}

/** What axe-core finds wrong, by the rules of WCAG 2.2 AA and its own best practices. */
export async function axeFaults(page: Page): Promise<unknown[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  );
  return found.violations.map(({ id, nodes }) => ({ id, html: nodes.map(node => node.html) }));
}

/** Whether nothing has to be scrolled to sideways. */
export const fits = (page: Page): Promise<boolean> => page.evaluate<boolean>('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
