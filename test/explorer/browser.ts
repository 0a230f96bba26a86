/** A headless Chromium and what the explorer's tests do in it. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const NO_BROWSER = 'No browser: the explorer is NOT tested in one. Install Chromium (apt-get install chromium, brew install --cask chromium) so that it is on the path.';

/** The path of a browser, or null after a loud line; in CI its absence is a failure. */
export function findBrowser(): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        continue;
      }
    }
  }
  if (process.env['CI']) throw new Error(NO_BROWSER);
  console.error(NO_BROWSER);
  return null;
}

/** Tests in a browser, where there is one; without one they are left out, after the loud line. */
export const inBrowser = (executablePath: string | null): jest.Describe => (executablePath === null ? describe.skip : describe);

/** Chromium refuses to sandbox itself as root, which the user of a CI container mostly is. */
export const launch = (executablePath: string): Promise<Browser> => chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });

export interface Opened {
  page: Page;
  /** Requests to anywhere but the gateway. */
  strangers: string[];
  /** What the browser complained of: script errors, refusals by the Content-Security-Policy, files that did not load. */
  complaints: string[];
  /** Answers of the partner API to the default query, in order. */
  answers: { path: string; token: string | undefined; status: number }[];
}

export async function openExplorer(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const page = await (await browser.newContext(options)).newPage();
  const strangers: string[] = [];
  const complaints: string[] = [];
  const answers: Opened['answers'] = [];
  page.on('request', request => {
    if (!request.url().startsWith(`${url}/`)) strangers.push(request.url());
  });
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', error => {
    complaints.push(error.message);
  });
  page.on('response', response => {
    const request = response.request();
    if (request.postData()?.includes('"operationName":"Milestones"') && !request.url().endsWith('/cost'))
      answers.push({ path: request.url().slice(url.length), token: request.headers()['authorization'], status: response.status() });
  });
  await page.goto(`${url}/explorer`);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  return { page, strangers, complaints, answers };
}

// The editor draws only the lines in view: the whole text is in its model, which GraphiQL leaves here.
const RESPONSE = `globalThis.__MONACO.editor.getModels().find(model => model.uri.path.endsWith('response.json')).getValue()`;

/** Presses the button that runs the query and returns what the response pane then shows. */
export async function run<T>(page: Page): Promise<T> {
  await page.getByLabel('Execute query').click();
  // Not waitForFunction: between two looks it uses eval, which the page's policy forbids.
  for (;;) {
    const response = await page.evaluate<string>(RESPONSE);
    if (response) return JSON.parse(response) as T;
    await setTimeout(20);
  }
}

/** Replaces the query. */
export async function write(page: Page, query: string): Promise<void> {
  await page.locator('.graphiql-query-editor .view-line').first().click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(query);
}
