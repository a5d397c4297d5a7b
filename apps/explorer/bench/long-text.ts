import { setTimeout } from 'node:timers/promises';

import type { Browser } from 'playwright-core';

import { BOOK, BOOK_CALLS } from '../test/calls-of-a-book.mjs';
import { servePage } from '../test/serve-page.mjs';
import { recordFrames, type Smoothness } from './record-frames.js';

const TOKENS = 100_000;
/** Prompt that the server encodes as the tokens of a long text. */
const LONG = 'long';

/** Whether the output has ended. A query by role would take long among 100,000 elements. */
const hasEnded = () => document.querySelector('.output-actions a') !== null;

/**
 * Measures how smoothly the page is drawn with 100,000 tokens: while they are generated, scrolled, and listed in the
 * view "Look inside".
 */
export async function longText(browser: Browser): Promise<Record<string, Smoothness>> {
  const text = 'whale '.repeat(TOKENS);
  const served = await servePage({
    ...BOOK_CALLS,
    encode: (question: { readonly text: string }) =>
      BOOK_CALLS.encode(question.text === LONG ? { text } : question),
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(110_000);
  try {
    await page.goto(served.open);
    await page.fill('#prompt', 'Call me Ishmael.');
    await page.getByLabel('length', { exact: true }).fill(String(TOKENS));
    const write = await recordFrames(page, async () => {
      await page.click('.button-main');
      await page.waitForFunction(hasEnded, undefined, { polling: 500 });
    });
    const read = await recordFrames(page, async () => {
      await page.locator('.output-text').hover();
      for (let i = 0; i < 60; i++) {
        await page.mouse.wheel(0, i < 30 ? -4000 : 8000);
        await setTimeout(30);
      }
    });
    const look = await recordFrames(page, async () => {
      await page.evaluate(
        (hash) => (location.hash = hash),
        `/look?model=${BOOK.id}&part=tokens&prompt=${LONG}`,
      );
      await page.locator('.chip').first().waitFor();
      await page.locator('.chips').first().hover();
      for (let i = 0; i < 60; i++) {
        await page.mouse.wheel(0, i < 30 ? 4000 : -2000);
        await setTimeout(30);
      }
    });
    return { write, read, look };
  } finally {
    await page.close();
    await served.close();
  }
}
