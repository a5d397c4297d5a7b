import { type AnyAskedApp, type AnyDomain, createModel } from '@ramble/core';
import { explorerCalls } from '@ramble/explorer';
import { cpuEngine } from '@ramble/portable';
import type { Browser, Page } from 'playwright-core';

import { BOOK_CALLS } from './calls-of-a-book.mjs';
import { inBrowser } from './chromium.js';
import { findFaults } from './find-faults.js';
import { launchChromium } from './find-chromium.js';
import { servePage } from './serve-page.mjs';

const LETTERS = 'abcdefghij';
const TOKENS = [3, 1, 4, 1, 5, 9, 2, 6];

/** A domain of small letters, as far as Look inside needs one. */
const domain = {
  name: 'letters',
  vocabulary: { size: LETTERS.length, describe: (id: number) => LETTERS[id] ?? '' },
} as AnyDomain;
const app = { name: 'letters' } as AnyAskedApp;

inBrowser('the shape of an attention', () => {
  let browser: Browser;
  let served: Awaited<ReturnType<typeof servePage>>;
  let page: Page;
  let last: readonly (number | null)[];
  beforeAll(async () => {
    browser = await launchChromium();
    await cpuEngine.load();
    const model = createModel(
      {
        ...{ vocabSize: LETTERS.length, contextLength: 12, nLayer: 3, nHead: 2, nEmbd: 8 },
        ...{ attention: 'compressed,local,window', compressionFactor: 3, localBlock: 2, window: 4 },
      },
      { seed: 3 },
    );
    const explored = { id: 'letters', model, app, domain, engine: 'cpu' };
    const { whole, streamed } = explorerCalls({ list: () => [explored], find: () => explored });
    const [{ study }, { attention }] = [streamed, whole];
    const question = { model: 'letters', prompt: { tokens: TOKENS }, layer: 0, head: 1 };
    last = (await attention(question)).weights.at(-1) ?? [];
    const models = () => [{ ...BOOK_CALLS.models()[0], id: 'letters', config: model.config }];
    served = await servePage({ ...BOOK_CALLS, models, study, attention });
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(60_000);
    await page.goto(
      `${served.open}&/look?model=letters&part=attention&head=1&tokens=${TOKENS.join(' ')}`,
    );
    await page
      .locator('.arc-token')
      .nth(TOKENS.length - 1)
      .waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });

  const caption = () => page.locator('.picture-caption').first().textContent();
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) await page.locator('.picture-box').first().press(key);
  };

  it('has groups for compressed attention, with the weights of the model', async () => {
    await page.getByText('compressed attention, 3 tokens of a group are seen as one').waitFor();
    expect(await page.locator('.matrix-groups rect').count()).toBe(2); // of 8 tokens
    expect(await page.locator('.arc-groups').getAttribute('d')).toMatch(/^M[^M]+M[^M]+$/);
    await press(...Array<string>(7).fill('ArrowDown'), 'ArrowRight');
    const [first = 0, second = 0] = last.map(Number);
    const whole = (3 * second).toFixed(4);
    expect(await caption()).toBe(`g attends to d b e as one with ${whole}`);
    await press('ArrowLeft');
    const alone = (first - second).toFixed(4);
    expect(await caption()).toBe(
      `g attends to d by itself with ${alone}, to d b e as one with ${whole}`,
    );
    // The first token, and both groups: all that the last token sees.
    expect(await page.locator('.arcs path').count()).toBe(3);
    await press(...Array<string>(6).fill('ArrowRight'));
    expect(await caption()).toBe('g may not attend to c, whose group has not ended');
    expect(await findFaults(page)).toEqual([]);
  });

  it('has no groups in layers of other kinds, which describe their range', async () => {
    for (const [layer, words] of [
      ['2', 'local attention, in blocks of 2 tokens'],
      ['3', 'window attention, to the last 4 tokens'],
    ] as const) {
      await page.getByRole('button', { name: layer, exact: true }).click();
      await page.getByText(words).waitFor();
      await page.waitForFunction(() => !document.querySelector('.matrix-groups, .arc-groups'));
    }
  });
});
