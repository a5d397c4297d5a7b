import type { NextQuestion } from '@ramble/explorer';
import type { Browser, Page } from 'playwright-core';

import { formatProbability } from '../src/state/format.js';
import { BOOK_CALLS } from './calls-of-a-book.mjs';
import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';
import { findFaults } from './find-faults.js';
import { servePage } from './serve-page.mjs';
import { askCommand, modelFolder, startExplorer } from './start-explorer.js';

const SOURCE = 'Text editor for programmers';
const SLOW_MS = 60;

inBrowser('the bars of alternatives', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** A tab with an output whose token at an index is chosen, if one is given. */
  async function open(address: string, index?: number): Promise<Page> {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
    });
    page.setDefaultTimeout(60_000);
    await page.goto(address);
    await page.click('.button-main');
    await page.getByRole('button', { name: 'Continue' }).first().waitFor();
    if (index !== undefined) await page.click(`.token[data-index="${index}"]`);
    await page.locator('.rival-filtered').first().waitFor();
    return page;
  }

  /** Texts of the alternatives: the probability before the filters, and after them. */
  const shown = (page: Page): Promise<string[]> =>
    page.locator('.token-card .rival-probability').allTextContents();

  /** Width of a token's bars as a fraction of the room for them. */
  const barsOf = (page: Page, row: number): Promise<number[]> =>
    page
      .locator('.rival .rival-bars')
      .nth(row)
      .evaluate((bars) =>
        Array.from(bars.children, ({ clientWidth }) => clientWidth / bars.clientWidth),
      );

  it('have the probabilities of the model before the filters, and of the softmax after them', async () => {
    const explorer = await startExplorer(['--model', modelFolder('en-fr')]);
    try {
      const words = ['translation', 'next', '--model', modelFolder('en-fr'), '--prompt', SOURCE];
      const { tokens } = (await askCommand(words)) as {
        readonly tokens: readonly { readonly probability: number }[];
      };
      const before = tokens.map(({ probability }) => probability);
      const settings = 'numBeams=1&method=random&temperature=0.5&topK=4&maxNewTokens=3';
      const place = `/write?model=en-fr&${settings}&prompt=${SOURCE}`;
      const page = await open(`${explorer.address}&${place}`, 0);
      const squares = before.slice(0, 4).map((probability) => probability ** 2);
      const sum = squares.reduce((total, square) => total + square, 0);
      const expected = before.map((each, i) => {
        const after = i < 4 ? formatProbability((squares[i] ?? 0) / sum) : 'cut';
        return `${formatProbability(each)} → ${after}`;
      });
      expect(await shown(page)).toEqual(expected);
      expect(await page.locator('.rival-legend').textContent()).toContain('4 of ');
      expect(await page.locator('.rival .bar-cut').count()).toBe(6);
      const [model, filtered] = await barsOf(page, 0);
      expect(model).toBeCloseTo(before[0] ?? NaN, 1);
      expect(filtered).toBeCloseTo((squares[0] ?? NaN) / sum, 1);
      expect(await barsOf(page, 7)).toEqual([expect.any(Number), 0]);
      await page.close();
    } finally {
      await explorer.close();
    }
  });

  it('follow a slider with one request at a time, the last with its last value', async () => {
    let [running, most, calls] = [0, 0, 0];
    const served = await servePage({
      ...BOOK_CALLS,
      next: async (question: NextQuestion) => {
        calls++;
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        running--;
        return BOOK_CALLS.next(question);
      },
    });
    const page = await open(`${served.open}&/write?prompt=Call&maxNewTokens=5`);
    const slider = page.getByLabel('temperature');
    const seen = new Set<string>();
    calls = 0;
    for (let step = 1; step <= 30; step++) {
      await slider.fill((step * 0.05).toFixed(2));
      seen.add((await shown(page)).join());
    }
    await slider.fill('0.5');
    // A temperature below 1 raises the most likely token.
    await page.waitForFunction(() => {
      const text = document.querySelector('.rival-probability')?.textContent ?? '';
      const [before, after] = text.split(' → ').map(Number);
      return after !== undefined && before !== undefined && after > before;
    });
    expect(most).toBe(1);
    expect(calls).toBeLessThan(31);
    expect(seen.size).toBeGreaterThan(1); // the bars move before the slider stops
    await page.close();
    await served.close();
  });

  it('recover from a value that is refused', async () => {
    const served = await servePage({
      ...BOOK_CALLS,
      next: (question: NextQuestion) => {
        if (question.sampling?.['topP'] === 0)
          throw new RangeError('topP: expected a number above 0, got 0');
        return BOOK_CALLS.next(question);
      },
    });
    const page = await open(`${served.open}&/write?prompt=Call&maxNewTokens=5&topK=3`);
    await page.getByLabel('top p').fill('0');
    await page.getByText('topP: expected a number above 0, got 0').waitFor();
    await page.getByLabel('top p').fill('0.9');
    await page.getByText('More settings').click();
    await page.getByLabel('top k').fill('2');
    await page.getByText('2 of 26 tokens remain').waitFor();
    await page.close();
    await served.close();
  });

  it('have no fault that axe finds, in light or dark, for next tokens and for a chosen token', async () => {
    const served = await servePage(BOOK_CALLS);
    const faults: string[] = [];
    for (const index of [undefined, 2]) {
      const page = await open(`${served.open}&/write?prompt=Call&maxNewTokens=5&topK=3`, index);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const fault of await findFaults(page)) faults.push(`${colorScheme}: ${fault}`);
      }
      await page.close();
    }
    expect(faults).toEqual([]);
    await served.close();
  });
});
