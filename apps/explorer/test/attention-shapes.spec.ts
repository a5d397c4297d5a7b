import type { Browser, Page } from 'playwright-core';

import { inBrowser } from './chromium.js';
import { findFaults } from './find-faults.js';
import { launchChromium } from './find-chromium.js';
import { serveLetters } from './serve-letters.js';

const TOKENS = [3, 1, 4, 1, 5, 9, 2, 6];

inBrowser('the shape of an attention', () => {
  let browser: Browser;
  let served: Awaited<ReturnType<typeof serveLetters>>;
  let page: Page;
  let last: readonly (number | null)[];
  beforeAll(async () => {
    browser = await launchChromium();
    served = await serveLetters({
      ...{ attention: 'compressed,local,window', compressionFactor: 3, localBlock: 2, window: 4 },
    });
    const question = { model: 'letters', prompt: { tokens: TOKENS }, layer: 0, head: 1 };
    last = (await served.calls.whole.attention(question)).weights.at(-1) ?? [];
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

inBrowser('the attention of many heads', () => {
  let browser: Browser;
  let served: Awaited<ReturnType<typeof serveLetters>>;
  let page: Page;
  beforeAll(async () => {
    browser = await launchChromium();
    served = await serveLetters({});
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(60_000);
    await page.goto(
      `${served.open}&/look?model=letters&part=attention&head=1&tokens=${TOKENS.join(' ')}`,
    );
    await page.waitForFunction(() => document.querySelectorAll('[data-drawn=true]').length === 9);
  });
  afterEach(async () => {
    await page.close();
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });

  const caption = () => page.locator('.picture-caption').first().textContent();
  const arcs = () => page.locator('.arcs path').count();
  const mapsOf = async (options: object) => {
    const events = [];
    const question = { model: 'letters', prompt: { tokens: TOKENS }, side: 32, ...options };
    for await (const event of served.calls.streamed.maps(question)) events.push(event);
    return events;
  };
  /** Opacities of the pixels of a small picture, as shares of the full one. */
  const drawn = (name: string) =>
    page
      .getByRole('button', { name, exact: true })
      .locator('.head-map')
      .evaluate(async (map) => {
        const image = new Image();
        image.src = getComputedStyle(map).maskImage.slice(5, -2);
        await image.decode();
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [image.width, image.height];
        const context = canvas.getContext('2d');
        context?.drawImage(image, 0, 0);
        const { data = [] } = context?.getImageData(0, 0, image.width, image.height) ?? {};
        return Array.from(data).flatMap((value, i) => (i % 4 === 3 ? [value / 255] : []));
      });

  it('is drawn for every layer and head, with the weights of the model', async () => {
    const [first, , third] = await mapsOf({});
    for (const [name, map] of [
      ['layer 1, mean', first?.mean],
      ['layer 3, head 2', third?.heads[1]],
    ] as const) {
      const expected = (map ?? []).map((shade) => Math.sqrt(shade / 255));
      for (const [i, opacity] of (await drawn(name)).entries()) {
        expect(opacity).toBeCloseTo(expected[i] ?? NaN, 2);
      }
    }
    await page.getByRole('button', { name: 'layer 3, head 2' }).click();
    await page.getByText('Layer 3: causal attention.').waitFor();
    expect(page.url()).toMatch(/layer=2/);
    expect(await findFaults(page)).toEqual([]);
  });

  it('is chosen by the arrow keys and Enter, with one picture in the tab order', async () => {
    expect(await page.locator('.head-choice[tabindex="0"]').count()).toBe(1);
    await page.getByRole('button', { name: 'layer 1, head 2' }).press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.locator('[aria-label="layer 2, head 1"][aria-pressed="true"]').waitFor();
  });

  it('has the full colour for the largest weight of a row, and no first token, on request', async () => {
    const all = await arcs();
    await page.getByLabel('Shades by row').check();
    await page.getByLabel('Hide the first token').check();
    const [first] = await mapsOf({ isByRow: true, hidesFirst: true });
    const expected = (first?.heads[1] ?? []).map((shade) => Math.sqrt(shade / 255));
    for (let tries = 0; tries < 100; tries++) {
      const shades = await drawn('layer 1, head 2');
      if (shades.every((shade, i) => Math.abs(shade - (expected[i] ?? NaN)) < 0.01)) break;
      expect(tries).toBeLessThan(99);
      await page.waitForTimeout(100);
    }
    expect(await arcs()).toBeLessThan(all);
    expect(page.url()).toMatch(/shades=row&first=hidden/);
  });

  it('stays at a token that a click locks, until Escape', async () => {
    const token = (i: number) => page.locator('.arc-token').nth(i);
    await token(4).click();
    await token(6).hover();
    expect(await caption()).toMatch(/^f attends/);
    expect(await page.locator('.matrix-locked').count()).toBe(1);
    await page.locator('.picture-box').first().press('Escape');
    await token(6).hover();
    expect(await caption()).toMatch(/^c attends/);
  });

  it('is drawn for several heads together, each in its colour', async () => {
    await page.getByLabel('Add heads by click').check();
    await page.getByRole('button', { name: 'layer 2, head 1' }).click();
    await page.getByRole('button', { name: 'layer 3, mean' }).click();
    const legend = page.locator('.head-legend li');
    await legend.nth(2).waitFor();
    expect(await legend.allTextContents()).toEqual([
      ' layer 1, head 2',
      ' layer 2, head 1Remove',
      ' layer 3, meanRemove',
    ]);
    const colours = () =>
      page
        .locator('.arcs')
        .evaluateAll((all) => [
          ...new Set(all.map((arc) => (arc as SVGElement).style.getPropertyValue('--arc'))),
        ]);
    await page.waitForFunction(() => document.querySelectorAll('.arcs').length === 24);
    expect(await colours()).toEqual(['#4269d0', '#e8590c', '#3ca951']);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await findFaults(page)).toEqual([]);
    await legend.nth(1).getByRole('button').click();
    await page.waitForFunction(() => document.querySelectorAll('.arcs').length === 16);
    expect(page.url()).toMatch(/heads=2\.mean/);
  });
});
