import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';

import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';
import { modelFolder, startExplorer } from './start-explorer.js';

const SOURCE = 'Text editor for programmers';
const TABS = 20;

inBrowser('the page in rough times', () => {
  let browser: Browser;
  let explorer: Awaited<ReturnType<typeof startExplorer>>;
  let runs: string;
  beforeAll(async () => {
    browser = await launchChromium();
    runs = await mkdtemp(join(tmpdir(), 'ramble-runs-'));
    await cp(modelFolder('synopses'), join(runs, 'gone'), { recursive: true });
    explorer = await startExplorer(['--model', modelFolder('en-fr'), '--runs', runs]);
  });
  afterAll(async () => {
    await browser.close();
    await explorer.close();
    await rm(runs, { recursive: true });
  });

  async function open(place: string): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${explorer.address}&/${place}`);
    return page;
  }

  async function write(page: Page): Promise<string | null> {
    await page.click('.button-main');
    await page.locator('.answer-text').waitFor();
    return page.locator('.answer-text').textContent();
  }

  it(`answers ${TABS} tabs at once, each as if it were alone`, async () => {
    const [alone, ...others] = await Promise.all(
      Array.from({ length: TABS }, () => open(`write?model=en-fr&prompt=${SOURCE}`)),
    );
    const expected = await write(alone!);
    expect(new Set(await Promise.all(others.map(write)))).toEqual(new Set([expected]));
    await Promise.all([alone!, ...others].map((page) => page.close()));
  });

  it('continues to use a model whose folder was deleted, and reports it when it is opened again', async () => {
    const page = await open('watch');
    const row = page.locator('.run-row', { hasText: 'gone' });
    await row.getByText('Open in Write').click();
    await page.locator('#prompt').fill('A library that reads and writes PNG images.');
    await rm(join(runs, 'gone'), { recursive: true });
    expect((await write(page))?.length).toBeGreaterThan(3);
    await page.close();
    await cp(modelFolder('synopses'), join(runs, 'late'), { recursive: true });
    const late = await open('watch');
    const opener = late.locator('.run-row', { hasText: 'late' }).getByText('Open in Write');
    await opener.waitFor();
    await rm(join(runs, 'late'), { recursive: true });
    await opener.click();
    await late.getByText(/late: expected a run with .*, got none/).waitFor();
    await late.close();
  });

  it('reports a restarted server in an old tab, with advice', async () => {
    const { port } = new URL(explorer.address);
    const page = await open(`write?model=en-fr&prompt=${SOURCE}`);
    await page.locator('#prompt').waitFor();
    await explorer.close();
    explorer = await startExplorer(['--model', modelFolder('en-fr'), '--runs', runs], Number(port));
    await page.click('.button-main');
    await page.getByText('Open the address that ramble explore printed').waitFor();
    await page.close();
  });
});
