import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { attentionPicture } from '@ramble/explorer/pages';
import type { Browser, Page } from 'playwright-core';

import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';

/** C4, E4 and G4, half a second apart, which two heads of two layers attend to. */
const notes = [60, 64, 67].map((pitch, i) => ({
  startStep: 50 * i,
  endStep: 50 * (i + 1),
  pitch,
  velocity: 100,
  isMelody: false,
}));
const layers = [
  [[], [0, 0, 500], [0, 0, 500, 1, 1, 250]],
  [[], [0, 0, 200], [0, 1, 400, 0, 0, 200]],
];

inBrowser('the page of notes', () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-notes-'));
    const path = join(folder, 'notes.html');
    await writeFile(path, attentionPicture({ kind: 'notes', notes, nHead: 2, layers }, 'run'));
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 800, height: 600 } });
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(pathToFileURL(path).href);
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  const arcs = (): Promise<(string | null)[]> =>
    page.locator('#roll .arcs title').allTextContents();
  const query = (): Promise<string | null> => page.textContent('#query');
  const colours = (): Promise<(string | null)[]> =>
    page
      .locator('#roll .arcs path')
      .evaluateAll((paths) => paths.map((path) => path.getAttribute('stroke')));

  it('fills its frame', async () => {
    await page.waitForFunction('document.querySelector("#roll").clientWidth > 700');
    expect(await page.locator('#roll .note').count()).toBe(3);
  });

  it('shows another layer, and its heads in different colours', async () => {
    await page.click('#layer-0');
    const [one, other] = ['head 1: 25.0 % to E4 at 0.50 s', 'head 0: 50.0 % to C4 at 0.00 s'];
    expect(await arcs()).toEqual([one, other]);
    expect(new Set(await colours()).size).toBe(2);
    await page.click('#head-0');
    expect(await arcs()).toEqual([one]);
    await page.click('#head-0');
    expect(await arcs()).toEqual([one, other]);
    await page.click('#layer-1');
  });

  it('shows the attention of the last note before the slider, or of the selected note', async () => {
    await page.locator('#time').fill('70');
    expect(await query()).toBe('E4 at 0.50 s');
    expect(await arcs()).toEqual(['head 0: 20.0 % to C4 at 0.00 s']);
    await page.click('#before');
    expect(await query()).toBe('C4 at 0.00 s');
    expect([await arcs(), await page.inputValue('#time')]).toEqual([[], '0']);
    await page.click('#before');
    await page.click('#behind');
    expect(await query()).toBe('E4 at 0.50 s');
    await page.locator('#roll .note').nth(2).click({ force: true });
    expect(await query()).toBe('G4 at 1.00 s');
  });

  it('plays from the slider to the end', async () => {
    await page.locator('#time').fill('0');
    await page.click('#play');
    expect(await page.textContent('#play')).toContain('Pause');
    await page.waitForFunction('document.querySelector("#query").textContent.startsWith("G4")');
    await page.waitForFunction('document.querySelector("#play").textContent.includes("Play")');
    expect(await page.textContent('#clock')).toBe('1.5 s');
    expect(complaints).toEqual([]);
  });
});
