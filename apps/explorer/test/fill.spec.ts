import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseScore, type ScoreNote, writeScore } from '@ramble/music';
import type { Browser, Page } from 'playwright-core';

import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';
import { findFaults } from './find-faults.js';
import { askCommand, modelFolder, startCommand, startExplorer } from './start-explorer.js';

/** Ticks of a quarter; a bar has four. */
const QUARTER = 480;
const BAR = 4 * QUARTER;

/** A MIDI file of eight bars with a piano and a bass, 120 quarters a minute. */
function song(lowest: number): Buffer {
  const notes = (count: number, quarters: number, first: number) =>
    Array.from({ length: count }, (_, i): ScoreNote => {
      const durationTicks = quarters * QUARTER;
      return {
        tick: i * durationTicks,
        durationTicks,
        pitch: first + ((5 * i) % 12),
        velocity: 80,
      };
    });
  const parts = [
    { program: 0, notes: notes(32, 1, lowest + 24) },
    { program: 33, notes: notes(16, 2, lowest) },
  ];
  const tempos = [{ tick: 0, microsecondsPerQuarter: 500_000 }];
  const timeSignatures = [{ tick: 0, beats: 4, beatType: 4 }];
  const score = { name: 'song', ticksPerQuarter: QUARTER, parts, tempos, timeSignatures };
  return Buffer.from(writeScore({ ...score, repairs: [] }));
}

/** The notes of a program that begin outside bars 3 and 4, or in them. */
function notesOf(file: Buffer, program: number, isInside: boolean): ScoreNote[] {
  const parts = parseScore('piece', file).parts.filter((part) => part.program === program);
  const inRegion = ({ tick }: ScoreNote): boolean => tick >= 2 * BAR && tick < 4 * BAR;
  return parts.flatMap(({ notes }) => notes.filter((note) => inRegion(note) === isInside));
}

inBrowser('rewriting a part of a piece', () => {
  const file = song(40);
  let folder: string;
  let browser: Browser;
  let explorer: Awaited<ReturnType<typeof startExplorer>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-fill-'));
    await mkdir(join(folder, 'songs'));
    await writeFile(join(folder, 'songs/1.mid'), file);
    await writeFile(join(folder, 'songs/2.mid'), song(36));
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '512'];
    const data = ['--data', join(folder, 'songs'), '--out', join(folder, 'band')];
    await askCommand(['band', 'train', ...data, ...size, '--max-steps', '2', '--batch-size', '1']);
    browser = await launchChromium();
    const models = ['--model', modelFolder('piano'), '--model', join(folder, 'band')];
    explorer = await startExplorer(models);
  });
  afterAll(async () => {
    await browser.close();
    await explorer.close();
    await rm(folder, { recursive: true });
  });

  /** Opens the panel of a model with the piece. */
  async function open(model: string, options = {}): Promise<Page> {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(60_000);
    await page.goto(`${explorer.address}&/write?model=${model}&seed=5`);
    await openPanel(page);
    await give(page, 'song.mid', file);
    await page.getByText('song.mid, version 1 of 1').waitFor();
    return page;
  }
  const openPanel = (page: Page) => page.getByText('Rewrite a part of a piece').click();
  const give = (page: Page, name: string, buffer: Buffer) =>
    page.setInputFiles('.fill input[type=file]', { name, mimeType: 'audio/midi', buffer });
  async function write(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Write three takes' }).click();
    await page.getByText('Three takes of bars 3-4.').waitFor();
    await page.locator('.fill-take').nth(2).waitFor();
  }
  async function selectBars(page: Page): Promise<void> {
    await page.getByLabel('from bar').fill('3');
    await page.getByLabel('to bar').fill('4');
    await page.getByLabel('to bar').press('Tab');
  }
  /** The MIDI file that a part of the panel exports. */
  async function exported(page: Page, part = '.fill-piece'): Promise<Buffer> {
    const link = page.locator(part).getByRole('link', { name: 'Download MIDI' });
    const [, base64 = ''] = ((await link.getAttribute('href')) ?? '').split(',');
    return Buffer.from(base64, 'base64');
  }
  const version = (page: Page, text: string) =>
    page.getByText(`song.mid, version ${text}`).waitFor();

  it("keeps one of the command's three takes, undoes it, and keeps all else unchanged", async () => {
    const out = join(folder, 'takes.mid');
    const region = ['--given', join(folder, 'songs/1.mid'), '--fill', 'bars 3-4'];
    const sampling = ['--count', '3', '--seed', '5', '--out', out];
    const words = ['music', 'sample', '--model', modelFolder('piano'), ...region, ...sampling];
    await once(startCommand(words), 'exit');
    const page = await open('piano');
    expect(await page.locator('.fill-piece .roll-parts li').allTextContents()).toEqual([
      'grand piano',
      'electric bass (finger)',
    ]);
    const drawn = page.locator('.fill-piece rect.note');
    const colours = await drawn.evaluateAll((notes) =>
      notes.map((note) => getComputedStyle(note).fill),
    );
    for (const count of [32, 16]) {
      const isOf = (colour: string): boolean =>
        colours.filter((each) => each === colour).length === count;
      expect(colours.filter(isOf)).toHaveLength(count);
    }
    await selectBars(page);
    await write(page);
    const takes = page.locator('.fill-take');
    const heights = await takes
      .locator('.roll svg[role=img]')
      .evaluateAll((rolls) => rolls.map((roll) => roll.clientHeight));
    expect(heights).toEqual([heights[0], heights[0], heights[0]]);
    await takes.nth(0).getByRole('button', { name: 'Play' }).click();
    await takes.nth(1).getByRole('button', { name: 'Play' }).click(); // and the other one pauses
    await takes.nth(0).getByRole('button', { name: 'Play' }).waitFor();
    await takes.nth(1).getByRole('button', { name: 'Pause' }).waitFor();
    await page.getByRole('button', { name: 'Keep take 2' }).click();
    await version(page, '2 of 2');
    const kept = await exported(page);
    expect(kept.equals(await readFile(join(folder, 'takes-2.mid')))).toBe(true);
    for (const program of [0, 33]) {
      expect(notesOf(kept, program, false)).toEqual(notesOf(file, program, false));
    }
    expect(notesOf(kept, 0, true)).not.toEqual(notesOf(file, 0, true));
    expect(await page.locator('.fill-take').nth(1).locator('.answered').count()).toBe(
      notesOf(kept, 0, true).length,
    );

    await page.getByRole('button', { name: 'Undo' }).click();
    await version(page, '1 of 2');
    expect((await exported(page)).equals(file)).toBe(true);
    await page.getByRole('button', { name: 'Redo' }).click();
    await version(page, '2 of 2');
    expect((await exported(page)).equals(kept)).toBe(true);

    // Another take of the same region replaces the kept one; new takes add to it.
    await page.getByRole('button', { name: 'Keep take 3' }).click();
    await version(page, '2 of 2');
    expect((await exported(page)).equals(kept)).toBe(false);
    await write(page);
    await page.getByRole('button', { name: 'Keep take 1' }).click();
    await version(page, '3 of 3');
    await page.close();
  });

  it('keeps the piece and its versions across views and a reload', async () => {
    const page = await open('piano');
    await selectBars(page);
    await write(page);
    await page.getByRole('button', { name: 'Keep take 1' }).click();
    await version(page, '2 of 2');
    const kept = await exported(page);
    const tabs = page.getByRole('navigation', { name: 'Views' });
    await tabs.getByRole('link', { name: 'Look inside' }).click();
    await tabs.getByRole('link', { name: 'Write' }).click();
    await openPanel(page);
    await version(page, '2 of 2');
    expect(await page.locator('.fill-take').count()).toBe(3);
    await page.reload();
    await openPanel(page);
    await version(page, '2 of 2');
    expect((await exported(page)).equals(kept)).toBe(true);
    await page.getByRole('button', { name: 'Undo' }).click();
    await version(page, '1 of 2');
    expect((await exported(page)).equals(file)).toBe(true);
    await page.close();
  });

  it('keeps a locked track, and saves sheet music', async () => {
    const page = await open('band');
    const [box] = await page.locator('.fill-piece .drag-field').all();
    const { x = 0, y = 0 } = (await box?.boundingBox()) ?? {};
    // A bar is 2 s, 48 pixels a second, after 34 pixels of keys.
    await page.mouse.move(x + 34 + 48 * 5, y + 20);
    await page.mouse.down();
    await page.mouse.move(x + 34 + 48 * 7, y + 20, { steps: 3 });
    await page.mouse.up();
    expect(await page.getByLabel('from bar').inputValue()).toBe('3');
    expect(await page.getByLabel('to bar').inputValue()).toBe('4');
    await page.locator('.fill-tracks input').first().check();
    await write(page);
    const take = await exported(page, '.fill-take >> nth=0');
    for (const isInside of [true, false]) {
      expect(notesOf(take, 0, isInside)).toEqual(notesOf(file, 0, isInside));
    }
    expect(notesOf(take, 33, false)).toEqual(notesOf(file, 33, false));
    expect(notesOf(take, 33, true)).not.toEqual(notesOf(file, 33, true));
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download MusicXML' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('song.musicxml');
    expect(await readFile(await saved.path(), 'utf8')).toContain('<score-partwise');
    await page.locator('.fill-tracks input').last().check();
    await page.getByText('Unlock a track to write it anew.').waitFor();
    await page.close();
  });

  it('works on an output of the model, in seconds', async () => {
    const page = await browser.newPage();
    await page.goto(`${explorer.address}&/write?model=piano&seed=5&maxNewTokens=200`);
    await openPanel(page);
    await page.locator('.panel .button-main').first().click();
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await page.getByRole('button', { name: 'Use output 1' }).click();
    await page.getByText('piano-1.mid, version 1 of 1').waitFor();
    await page.getByLabel('from second').fill('1');
    await page.getByLabel('to second').fill('2.5');
    await page.getByLabel('to second').press('Control+Enter');
    await page.getByText('Three takes of seconds 1-2.5.').waitFor();
    expect(await page.locator('.output').count()).toBe(1);
    await page.close();
  });

  it('keeps the piece if another file cannot be read', async () => {
    const page = await open('piano');
    await give(page, 'broken.mid', Buffer.from('MThd\0\0\0\x06\0'));
    await page.getByText('broken.mid: expected 6 bytes after MThd, got 1').waitFor();
    await version(page, '1 of 1');
    await page.close();
  });

  it.each(['light', 'dark'])('has no fault that axe finds, in %s', async (colorScheme) => {
    const page = await open('band', { colorScheme });
    await selectBars(page);
    await write(page);
    await page.getByRole('button', { name: 'Keep take 2' }).click();
    expect(await findFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    await page.close();
  });
});
