import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { BOOK, BOOK_CALLS } from './calls-of-a-book.mjs';
import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';
import { findFaults } from './find-faults.js';
import { servePage } from './serve-page.mjs';
import { waitForCount } from './wait-for-count.js';

const PROMPT = 'Call me Ishmael. Some years ago';
const PARTS = [
  ...['block', 'attention', 'scores', 'lens', 'circuits', 'tokens', 'cache', 'parameters'],
  'shapes',
];

inBrowser('the page', () => {
  let browser: Browser;
  let served: Awaited<ReturnType<typeof servePage>>;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
    served = await servePage(BOOK_CALLS);
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });

  /** A tab that shows the page; what its console complains of is collected. */
  async function open(options: BrowserContextOptions = {}, place = ''): Promise<Page> {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 860 },
      reducedMotion: 'reduce',
      ...options,
    });
    page.setDefaultTimeout(60_000);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(served.open + place);
    await page.waitForSelector('.chooser');
    return page;
  }

  /** Writes outputs for the prompt and waits for their end. */
  async function write(page: Page, fields: Record<string, string> = {}): Promise<void> {
    await page.fill('#prompt', PROMPT);
    for (const [label, value] of Object.entries(fields)) {
      await page.getByLabel(label, { exact: true }).fill(value);
    }
    await page.click('.button-main');
    await page.getByRole('button', { name: 'Continue' }).first().waitFor();
  }

  /** A tab with a model whose outputs are these words. */
  async function openWith(view: object, output: readonly string[]): Promise<Page> {
    const token = (text: string, id: number) => {
      return { id, text, word: text, probability: 0.5, rank: 1, entropy: 1, alternatives: [] };
    };
    const other = await servePage({
      ...BOOK_CALLS,
      models: () => [{ ...BOOK, ...view }],
      artifact: () => ({ kind: 'text', text: output.join('\n') }),
      sources: () => ({ weights: [] }),
      write: async function* () {
        for (const each of output.map(token)) {
          yield { kind: 'token', output: 0, token: await Promise.resolve(each) };
        }
        yield { kind: 'end', output: 0, reason: 'stop' };
      },
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(60_000);
    page.on('close', () => void other.close());
    await page.goto(other.open);
    await page.waitForSelector('.chooser');
    return page;
  }

  const words = (page: Page) => page.locator('.token[data-index]').allTextContents();

  it('takes the token out of its address', async () => {
    const page = await open();
    expect(page.url()).not.toContain('secret');
    await page.close();
  });

  it('restarts if the address of a restarted server is opened in its tab', async () => {
    const page = await open();
    await page.evaluate(() => (location.hash = '#token=secret&/look?part=tokens'));
    await page.waitForURL((url) => url.hash === '#/look?part=tokens');
    await page.close();
  });

  it('writes outputs side by side, and shows text of a model as text', async () => {
    const page = await open();
    await write(page, { outputs: '2', length: '40', seed: '3' });
    await waitForCount(page, '.output', 2);
    await waitForCount(page, '.token[data-index]', 80);
    expect((await words(page)).join('')).toContain('<b>bold</b>');
    expect(await page.locator('main b').count()).toBe(0);
    expect(await page.locator('.output-prompt').first().textContent()).toBe(PROMPT);
    await page.close();
  });

  it('continues from an alternative: everything before stays, the token is replaced', async () => {
    const page = await open();
    await write(page, { length: '30' });
    await waitForCount(page, '.token[data-index]', 30);
    const before = await words(page);
    await page.click('.token[data-index="7"]');
    await page.locator('.token-card[data-index="7"]').waitFor();
    const alternative = page.locator('.rival:not(.rival-chosen)').first();
    const word = JSON.parse(
      (await alternative.locator('.rival-word').textContent()) ?? '',
    ) as string;
    await alternative.click();
    await waitForCount(page, '.token[data-index]', 38);
    const after = await words(page);
    expect(after.slice(0, 7)).toEqual(before.slice(0, 7));
    expect(after[7]).toBe(word);
    expect(after[7]).not.toBe(before[7]);
    await page.close();
  });

  it('fills in an example while the prompt is empty', async () => {
    const page = await open();
    await page.getByText('A fake model for tests.').waitFor();
    const examples = page.getByRole('group', { name: 'Examples' });
    expect(await examples.getByRole('button').allTextContents()).toEqual(BOOK.examples);
    expect(await findFaults(page)).toEqual([]);
    await examples.getByRole('button').first().click();
    expect(await page.inputValue('#prompt:focus')).toBe('Call me Ishmael.');
    await waitForCount(page, '[aria-label=Examples]', 0);
    await page.fill('#prompt', '');
    await examples.waitFor();
    await page.close();
  });

  it('fills in how freely the model writes, and empties the fields again', async () => {
    const page = await open();
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const temperature = () => page.getByLabel('temperature').inputValue();
    expect(await button('normal').getAttribute('aria-pressed')).toBe('true');
    await button('wild').click();
    expect(await temperature()).toBe('1.2');
    await page.getByLabel('seed', { exact: true }).fill('7');
    await button('normal').click();
    expect([
      await temperature(),
      await page.getByLabel('seed', { exact: true }).inputValue(),
    ]).toEqual(['1', '7']);
    await page.getByLabel('temperature').fill('0.3');
    expect(await page.locator('.pill[aria-pressed=true]').count()).toBe(0);
    await button('Reset settings').click();
    expect(await page.getByLabel('seed', { exact: true }).inputValue()).toBe('');
    expect(await button('normal').getAttribute('aria-pressed')).toBe('true');
    expect(await findFaults(page)).toEqual([]);
    await page.close();
  });

  it('moves between tokens by keys, and shows their alternatives', async () => {
    const page = await open();
    await write(page, { length: '10' });
    await page.mouse.move(2, 2); // what the pointer is on would be chosen, too
    await page.locator('.output-text').focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    await page.locator('.token-chosen[data-index="2"]').waitFor();
    await page.locator('.token-card[data-index="2"]').waitFor();
    await waitForCount(page, '.token-card .rival', 10);
    await page.close();
  });

  it.each([
    [390, 844],
    [600, 500],
  ])('keeps the chosen token above the sheet, %d by %d pixels', async (width, height) => {
    const page = await open({ viewport: { width, height } });
    await write(page, { length: '120' });
    const token = page.locator('.token[data-index="119"]');
    await token.click();
    await page.locator('.token-card-pinned[data-index="119"]').waitFor();
    await waitForCount(page, '.token-card .rival', 10);
    await page.waitForFunction(() => {
      const boxOf = (name: string) => document.querySelector(name)?.getBoundingClientRect();
      const [token, card] = [boxOf('.token-chosen'), boxOf('.token-card-pinned')];
      return token && card && token.top >= 0 && token.bottom <= card.top;
    });
    await page.close();
  });

  it('shows the next tokens, and the tokens that the grammar refuses', async () => {
    const page = await open();
    await write(page, { length: '10' });
    const card = page.locator('.token-card');
    await card.getByText('Tokens that the grammar forbids').waitFor();
    expect(await card.textContent()).toContain('2 tokens');
    const next = card.getByRole('list', { name: 'Next tokens' });
    const forbidden = next.getByRole('button', { name: 'forbidden', disabled: true });
    expect([await next.getByRole('button').count(), await forbidden.count()]).toEqual([10, 2]);
    await card.locator('.rival').first().click();
    await waitForCount(page, '.token[data-index]', 21);
    await page.close();
  });

  it('draws beams as a tree, the best in colour', async () => {
    const page = await open();
    await write(page, { length: '8', beams: '3' });
    await waitForCount(page, '.beam', 24);
    await waitForCount(page, '.beam-won', 8);
    await page.close();
  });

  it('marks the best beam after an alternative was chosen', async () => {
    const page = await open();
    await write(page, { length: '8', beams: '3' });
    await waitForCount(page, '.token[data-index]', 8);
    await page.click('.token[data-index="2"]');
    await page.locator('.rival:not(.rival-chosen)').first().click();
    await waitForCount(page, '.token[data-index]', 3 + 8);
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await waitForCount(page, '.beam-won', 8);
    await page.close();
  });

  it('writes at most 12 samples, and shows the limit in the field', async () => {
    const page = await open();
    await write(page, { outputs: '200', length: '2' });
    expect(await page.getByLabel('outputs', { exact: true }).inputValue()).toBe('12');
    await waitForCount(page, '.output', 12);
    await page.close();
  });

  it.each([360, 620, 800, 1280])('shows the speed in one line, %d pixels wide', async (width) => {
    const page = await open({ viewport: { width, height: 800 } });
    await write(page, { length: '50' });
    const facts = page.locator('.controls-facts');
    await page.getByText('tokens a second').waitFor();
    expect((await facts.boundingBox())?.height).toBeLessThan(30);
    await page.close();
  });

  it('writes each line of an output in the direction of its text', async () => {
    const words = ['Hello\n', 'שלום', ' עולם', '\n', 'bye'];
    const page = await openWith({ joins: true }, words);
    await write(page);
    const box = async (selector: string) => {
      const found = await page.locator(selector).boundingBox();
      return found ?? { x: NaN, width: NaN };
    };
    const text = await box('.output-text');
    const middle = text.x + text.width / 2;
    expect((await box('[data-index="0"]')).x).toBeLessThan(middle);
    expect((await box('[data-index="1"]')).x).toBeGreaterThan(middle);
    expect((await box('[data-index="4"]')).x).toBeLessThan(middle);
    await page.close();
  });

  it('shows tokens that are words with gaps, and the lines of their output', async () => {
    const page = await openWith({ joins: false }, ['HH', 'AH', 'L']);
    expect(await page.locator('.button-main').textContent()).toBe('Write');
    await write(page);
    const boxes = await Promise.all(
      [0, 1].map((i) => page.locator(`[data-index="${i}"]`).boundingBox()),
    );
    const [first, second] = boxes.map((found) => found ?? { x: NaN, width: NaN });
    expect(second!.x - first!.x - first!.width).toBeGreaterThan(2);
    const answer = page.locator('.answer-text');
    expect(await answer.innerText()).toBe('HH\nAH\nL');
    await page.close();
  });

  it('leads to its state by its address', async () => {
    const page = await open({}, '&/write?prompt=Hello%20there&temperature=0.5&count=2');
    expect(await page.inputValue('#prompt')).toBe('Hello there');
    expect(await page.getByLabel('temperature').inputValue()).toBe('0.5');
    await page.fill('#prompt', 'Größe');
    await page.waitForURL(/prompt=Gr%C3%B6%C3%9Fe/);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('has no fault that axe finds, in %s', async (colorScheme) => {
    const page = await open({ colorScheme });
    await write(page, { outputs: '2' });
    await page.click('.token[data-index="5"]');
    await page.getByText('More settings').click();
    expect(await findFaults(page)).toEqual([]);
    for (const part of PARTS) {
      await page.goto(
        `${served.url}#/look?model=${BOOK.id}&prompt=Call%20me%20Ishmael&part=${part}`,
      );
      await page.getByRole('heading', { level: 2 }).waitFor();
      expect(await findFaults(page)).toEqual([]);
    }
    await page.close();
  });

  it('has no sideways scroll on a narrow screen', async () => {
    const page = await open({ viewport: { width: 360, height: 700 } });
    await write(page, { outputs: '2' });
    const excess = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await excess()).toBe(0);
    for (const part of PARTS) {
      await page.goto(
        `${served.url}#/look?model=${BOOK.id}&prompt=Call%20me%20Ishmael&part=${part}`,
      );
      await page.getByRole('heading', { level: 2 }).waitFor();
      expect([part, await excess()]).toEqual([part, 0]);
    }
    await page.close();
  });

  it('reports a wrong token, with advice', async () => {
    const page = await browser.newPage();
    await page.goto(`${served.url}#token=wrong`);
    await page.getByText('Open the address that ramble explore printed').waitFor();
    await page.close();
  });

  it('reports that the server is gone, and continues when it is back', async () => {
    const first = await servePage(BOOK_CALLS);
    const page = await browser.newPage();
    await page.goto(first.open);
    await page.waitForSelector('#prompt');
    await first.close();
    await page.click('.button-main');
    await page.getByText('The server does not answer.').waitFor();
    const second = await servePage(BOOK_CALLS, { port: first.port });
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await page.close();
    await second.close();
  });

  it("shows the server's refusal", async () => {
    const encode = () => Promise.reject(new Error('model: expected a run that is there, got book'));
    const other = await servePage({ ...BOOK_CALLS, encode });
    const page = await browser.newPage();
    await page.goto(other.open);
    await page.click('.button-main');
    await page.getByText('model: expected a run that is there, got book').waitFor();
    await page.close();
    await other.close();
  });

  it('complains of nothing in the console', () => {
    expect(complaints).toEqual([]);
  });
});
