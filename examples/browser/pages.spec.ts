import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Browser, Page } from 'playwright-core';

import { findChromium, launchChromium } from './find-chromium.mjs';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const executablePath = findChromium();
const inBrowser = executablePath === undefined ? describe.skip : describe;

inBrowser('a page that ramble writes', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-pages-'));
    const long = join(folder, 'a-long-name-without-a-space-'.repeat(6));
    await writeFile(long, 'To be, or not to be, that is the question. '.repeat(40));
    const shape = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '16'];
    const pace = ['--max-steps', '30', '--eval-interval', '10', '--learning-rate', '0.1'];
    ramble('text', 'train', '--data', long, '--out', join(folder, 'run'), ...shape, ...pace);
    await cp(at('examples/models/en-fr'), join(folder, 'en-fr'), { recursive: true });
    const asked = ['--prompt', 'Text editor for programmers', '--out', join(folder, 'study.html')];
    ramble('translation', 'inspect', '--model', join(folder, 'en-fr'), ...asked);
    browser = await launchChromium(executablePath);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  function ramble(...words: string[]): void {
    const command = [at('apps/ramble/bin/ramble.js'), ...words, '--engine', 'cpu', '--quiet'];
    execFileSync(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  async function open(name: string, width: number): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    await page.goto(`file://${join(folder, name)}`);
    return page;
  }

  it.each([360, 400, 800, 1280])(
    'shows a report within %i pixels, its text readable',
    async (width) => {
      const page = await open('run/report.html', width);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      const sizes = await page.evaluate(() =>
        Array.from(document.querySelectorAll('svg'), (svg) => {
          const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          return scale * Number.parseFloat(getComputedStyle(svg).fontSize);
        }).filter((size) => size > 0),
      );
      expect(sizes.length).toBeGreaterThanOrEqual(3); // one drawing of each chart
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
      expect(await page.isVisible('text=gradAccumSteps')).toBe(false);
      await page.click('summary:below(:text("Training"))');
      expect(await page.isVisible('text=gradAccumSteps')).toBe(true);
      await page.close();
    },
  );

  it('shows the scores of any head that is chosen, by pointer or keyboard', async () => {
    const page = await open('study.html', 800);
    const shown = (): Promise<string[]> =>
      page.locator('h2:visible', { hasText: 'Scores of' }).allTextContents();
    expect(await shown()).toEqual(['Scores of layer 0, head 0']);
    await page.click('label:has(#h1-2)');
    expect(await shown()).toEqual(['Scores of layer 1, head 2']);
    expect(await page.isVisible('text=The heads of layer 1')).toBe(true);
    expect(await page.isVisible('text=The heads of layer 0')).toBe(false);
    await page.keyboard.press('ArrowRight');
    expect(await shown()).toEqual(['Scores of layer 1, head 3']);
    await page.close();
  });

  it.each(['light', 'dark'] as const)(
    'has figures on shades that can be read when %s',
    async (scheme) => {
      const page = await open('study.html', 400);
      await page.emulateMedia({ colorScheme: scheme });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
      const colours = await page.evaluate(() => {
        const colourOf = (element: Element): string => getComputedStyle(element).color;
        const figures = Array.from(document.querySelectorAll('[class^="s"] > small'), colourOf);
        return { text: colourOf(document.body), figures };
      });
      expect(colours.figures.length).toBeGreaterThan(5);
      expect(new Set(colours.figures)).toEqual(new Set([colours.text]));
      await page.close();
    },
  );
});
