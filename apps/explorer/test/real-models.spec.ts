import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseMidi } from '@ramble/music';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';
import { findFaults } from './find-faults.js';
import { midiFile } from './midi-file.js';
import { askCommand, modelFolder, startExplorer } from './start-explorer.js';
import { waitForCount } from './wait-for-count.js';

const SOURCE = 'Text editor for programmers';
const DOCUMENT = 'A library that reads and writes PNG images.';

/** Output of `sample --json`. */
interface Sampled {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly number[];
}

inBrowser('the page with the small models of this repository', () => {
  let browser: Browser;
  let explorer: Awaited<ReturnType<typeof startExplorer>>;
  let runs: string;
  beforeAll(async () => {
    browser = await launchChromium();
    runs = await mkdtemp(join(tmpdir(), 'ramble-runs-'));
    for (const name of ['first', 'second']) {
      await cp(modelFolder('synopses'), join(runs, name), { recursive: true });
      await writeFile(join(runs, name, 'log.jsonl'), logLines(0, 40, name.length));
    }
    await mkdir(join(runs, 'broken'));
    await writeFile(join(runs, 'broken/run.json'), '{ <b>');
    const models = ['en-fr', 'synopses', 'piano'].flatMap((name) => ['--model', modelFolder(name)]);
    explorer = await startExplorer([...models, '--runs', runs]);
  });
  afterAll(async () => {
    await browser.close();
    await explorer.close();
    await rm(runs, { recursive: true });
  });

  /** A tab at a place of the page. */
  async function open(place: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
      ...options,
    });
    page.setDefaultTimeout(60_000);
    await page.goto(`${explorer.address}&/${place}`);
    return page;
  }

  /** Writes outputs, and waits for the last artifact. */
  async function write(page: Page): Promise<void> {
    await page.click('.button-main');
    await page.getByRole('button', { name: 'Continue' }).first().waitFor();
  }

  /** Probabilities as the page shows them, of all tokens of the first output. */
  async function shownProbabilities(page: Page): Promise<string[]> {
    const shown: string[] = [];
    const tokens = page.locator('.output').first().locator('.token[data-index]');
    for (let i = 0; i < (await tokens.count()); i++) {
      await tokens.nth(i).click();
      await page.locator(`.token-card[data-index="${i}"]`).waitFor();
      shown.push((await page.locator('.token-facts dd').first().textContent()) ?? '');
    }
    return shown;
  }

  it('translates as the command does, to four digits of each probability', async () => {
    const sampling = ['--num-beams', '3', '--model', modelFolder('en-fr')];
    const expected = (await askCommand(['translation', 'sample', ...sampling, SOURCE])) as Sampled;
    const page = await open(`write?model=en-fr&numBeams=3&nBest=2&prompt=${SOURCE}`);
    await write(page);
    await page.getByText(expected.text, { exact: true }).first().waitFor();
    expect(await shownProbabilities(page)).toEqual(
      expected.logProbabilities
        .slice(0, expected.tokens.length)
        .map((logProbability) => Math.exp(logProbability).toFixed(4)),
    );
    await waitForCount(page, '.output', 2);
    await page.locator('.source-token').nth(3).waitFor();
    await waitForCount(page, '.beam-won', expected.tokens.length);
    await page.close();
  });

  it('draws the same tokens with the same seed', async () => {
    const sampling = ['--num-beams', '1', '--method', 'random', '--seed', '5'];
    const words = ['translation', 'sample', '--model', modelFolder('en-fr'), ...sampling, SOURCE];
    const { text } = (await askCommand(words)) as Sampled;
    const page = await open(`write?model=en-fr&numBeams=1&method=random&seed=5&prompt=${SOURCE}`);
    await write(page);
    await page.getByText(text, { exact: true }).first().waitFor();
    await page.close();
  });

  it('looks at the same next tokens as the command', async () => {
    const words = ['translation', 'next', '--model', modelFolder('en-fr'), '--prompt', SOURCE];
    const { tokens } = (await askCommand(words)) as {
      tokens: readonly { probability: number }[];
    };
    const page = await open(`look?model=en-fr&part=lens&prompt=${SOURCE}`);
    const last = page.locator('.lens tbody tr').first().locator('small');
    await last.first().waitFor();
    const shown = await last.allTextContents();
    expect(shown.length).toBeGreaterThan(3);
    expect(shown).toEqual(
      tokens.slice(0, shown.length).map(({ probability }) => probability.toFixed(4)),
    );
    await page.close();
  });

  it('scores a summary against a reference', async () => {
    const page = await open(`write?model=synopses&prompt=${DOCUMENT}`);
    await write(page);
    await page.locator('.answer-text').waitFor();
    const summary = (await page.locator('.answer-text').textContent()) ?? '';
    await page.fill('#reference', summary);
    await page.getByRole('button', { name: 'Score' }).click();
    const row = page.locator('table tbody tr').first();
    await row.waitFor();
    expect(Number(await row.locator('td').first().textContent())).toBe(100); // ROUGE-1 of itself
    await page.close();
  });

  it('plays a piece, and continues the piece of a file', async () => {
    const page = await open('write?model=piano&maxNewTokens=150&seed=2');
    await write(page);
    const roll = page.getByRole('img', { name: /notes in/ });
    await roll.waitFor();
    expect(await page.locator('.roll .note').count()).toBeGreaterThan(10);
    const link = page.getByRole('link', { name: 'Download MIDI' });
    const [, base64 = ''] = ((await link.getAttribute('href')) ?? '').split(',');
    const buffer = Buffer.from(base64, 'base64');
    expect(buffer.subarray(0, 4).toString()).toBe('MThd');
    await page.getByRole('button', { name: 'Play' }).click();
    await page.waitForFunction(
      () =>
        parseFloat(document.querySelector('.roll .cursor')?.getAttribute('d')?.slice(1) ?? '') > 40,
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.setInputFiles('#prompt', { name: 'a<b>.mid', mimeType: 'audio/midi', buffer });
    await page.getByText('a<b>.mid').waitFor();
    await write(page);
    await waitForCount(page, '.token[data-index]', 150);
    await page.close();
  });

  it('continues the first ten seconds of a MIDI file as the command does', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const buffer = midiFile(name, 40);
    const [primer, out] = [join(runs, 'primer.mid'), join(runs, 'out.mid')];
    await writeFile(primer, buffer);
    const sampling = ['--seed', '5', '--max-new-tokens', '60'];
    const words = ['music', 'sample', '--model', modelFolder('piano'), ...sampling];
    await askCommand([...words, '--prompt-file', primer, '--primer-seconds', '10', '--out', out]);
    const page = await open('write?model=piano&maxNewTokens=60&seed=5');
    await page.setInputFiles('#prompt', { name: `${name}.mid`, mimeType: 'audio/midi', buffer });
    await page.getByText('More settings').click();
    await page.getByLabel('primer seconds', { exact: true }).fill('10');
    await write(page);
    const expected = await readFile(out);
    await page.waitForFunction(
      (whole) => document.querySelector<HTMLAnchorElement>('a[download]')?.href === whole,
      `data:audio/midi;base64,${expected.toString('base64')}`,
    );
    expect(await page.locator('main img').count()).toBe(0);
    // The last event before the tenth second is at 9.75 s, 48 pixels a second; the keys are at the edge.
    await page.getByRole('img', { name: /the primer ends at 9\.8 s/ }).waitFor();
    expect(await page.locator('.primer-mark path').getAttribute('d')).toMatch(/^M502 /);
    expect(await page.locator('.roll-keys text').allTextContents()).toContain('C4');
    // Outputs that are shown again have the mark again.
    await page.reload();
    await page.getByRole('img', { name: /the primer ends at 9\.8 s/ }).waitFor();
    await page.close();
    const pitches = (file: string, bytes: Buffer) =>
      parseMidi(file, bytes).notes.map(({ pitch }) => pitch);
    const [given, written] = [pitches(primer, buffer), pitches(out, expected)];
    expect(written.slice(0, 20)).toEqual(given.slice(0, 20)); // those before the tenth second
    expect(written[20]).not.toBe(given[20]);
  });

  it.each([
    ['broken', Buffer.from('MThd\0\0\0\x06\0'), 'expected 6 bytes after MThd, got 1'],
    ['silent', midiFile('no notes', 0), 'expected notes, got none'],
    ['empty', Buffer.alloc(0), 'prompt: expected a MIDI file, got an empty one'],
  ])('reports the fault of a MIDI file that is %s', async (name, buffer, message) => {
    const page = await open('write?model=piano');
    await page.setInputFiles('#prompt', { name, mimeType: 'audio/midi', buffer });
    await page.click('.button-main');
    await page.getByText(message).waitFor();
    await page.close();
  });

  it('changes a continuation in three clicks', async () => {
    const page = await open('write?model=piano&maxNewTokens=30&seed=2');
    const tokens = page.locator('.output .token[data-index]');
    await write(page);
    const before = await tokens.allTextContents();
    await tokens.nth(9).click();
    const alternative = page.locator('.rival:not(.rival-chosen)').first();
    const word = await alternative.locator('.rival-word').textContent();
    await alternative.click();
    await page.locator('.token[data-index="9"]', { hasText: word ?? '' }).waitFor();
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    const after = await tokens.allTextContents();
    expect(after.slice(0, 10)).toEqual([...before.slice(0, 9), word]);
    expect(after.length).toBeGreaterThan(10);
    expect(after.slice(10)).not.toEqual(before.slice(10, after.length));
    await page.close();
  });

  it('looks inside an output', async () => {
    const page = await open('write?model=piano&maxNewTokens=20&seed=2');
    await write(page);
    await page.getByRole('link', { name: 'Look inside' }).nth(1).click();
    await page.getByRole('link', { name: 'Attention' }).click();
    await page.locator('.arc-token').first().waitFor();
    expect(await page.locator('.arc-token').count()).toBeGreaterThanOrEqual(20);
    const struck = await page.locator('.arc-token', { hasText: 'note on' }).count();
    await page.getByRole('link', { name: 'Notes' }).click();
    await page.locator('.query').waitFor();
    await waitForCount(page, '.note', struck);
    await page.locator('.picture-box').press('ArrowLeft');
    await page.getByText(/^[A-G]#?\d at [\d.]+ s attends to /).waitFor();
    await page.close();
  });

  it('follows a log as it grows, and compares runs', async () => {
    const page = await open('watch?runs=first,second');
    await page.locator('.uplot').first().waitFor();
    const row = page.locator('.run-row', { hasText: 'first' });
    await appendFile(join(runs, 'first/log.jsonl'), logLines(40, 60, 5));
    await row.getByText('loss 0.55', { exact: true }).waitFor(); // 3 / 60 + 0.5
    for (const colour of [
      [74, 108, 247],
      [217, 115, 13],
    ]) {
      await page.waitForFunction(hasColour, colour);
    }
    await page.locator('.curve-loss .curve-box').press('ArrowRight');
    await page.getByText('Step 2', { exact: true }).waitFor(); // 0.02 of 60 steps from the first
    await page.locator('.curve-loss .curve-tip li').nth(1).waitFor();
    await page.locator('.curve-loss .curve-box').press('Escape');
    const costs = page.getByRole('group', { name: 'Cost of a step' });
    await costs.getByRole('rowheader', { name: 'second' }).waitFor();
    await page.getByText('Settings', { exact: true }).click();
    await page.getByText('nLayer').waitFor();
    expect(await page.locator('.run-row', { hasText: 'broken' }).textContent()).toContain(
      'run.json',
    );
    await page.close();
  });

  it('draws the curves of the runs that its address names, now and later', async () => {
    const page = await open('watch?runs=first');
    const isDrawn = (name: string) =>
      page.locator('.run-row', { hasText: name }).getByRole('checkbox');
    await page.locator('.uplot').first().waitFor();
    expect(await isDrawn('first').isChecked()).toBe(true);
    await page.evaluate(() => (location.hash = '#/watch?runs=second'));
    await page.locator('.run-chosen', { hasText: 'second' }).waitFor();
    expect(await isDrawn('first').isChecked()).toBe(false);
    await page.goBack();
    await page.locator('.run-chosen', { hasText: 'first' }).waitFor();
    await page.close();
  });

  it.each([360, 1280])('shows all of its dialogs, %d pixels wide', async (width) => {
    const page = await open('watch', { viewport: { width, height: 700 } });
    await page.locator('.run-row', { hasText: 'second' }).getByText('Resume').click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    const hidden = await dialog.evaluate((element) => {
      const { left, right } = element.getBoundingClientRect();
      return element.scrollWidth > element.clientWidth || left < 0 || right > innerWidth;
    });
    expect(hidden).toBe(false);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.close();
  });

  it('shows settings in words', async () => {
    const page = await open('watch');
    await page.getByText('Settings', { exact: true }).click();
    const row = page.getByRole('row', { name: 'data data', exact: false }).first();
    expect(await row.locator('td').first().innerText()).toMatch(
      /^path debian-synopses\nsha256 [0-9a-f]{64}$/,
    );
    await page.close();
  });

  it('opens a run in Write', async () => {
    const page = await open('watch');
    await page.locator('.run-row', { hasText: 'second' }).getByText('Open in Write').click();
    await page.locator('#prompt').fill(DOCUMENT);
    await write(page);
    await page.locator('.answer-text').waitFor();
    await page.close();
  });

  it('has no fault that axe finds, in light or dark', async () => {
    const faults: string[] = [];
    const look = async (page: Page): Promise<void> => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const fault of await findFaults(page)) faults.push(`${colorScheme}: ${fault}`);
      }
      await page.close();
    };
    for (const place of [
      `write?model=en-fr&numBeams=3&prompt=${SOURCE}`,
      `write?model=synopses&prompt=${DOCUMENT}`,
      'write?model=piano&maxNewTokens=60',
    ]) {
      const page = await open(place);
      await write(page);
      await page.locator('.answer-text, .roll').first().waitFor();
      await look(page);
    }
    const page = await open('watch?runs=first,second');
    await page.locator('.uplot').first().waitFor();
    await page.getByText('Settings', { exact: true }).click();
    await look(page);
    expect(faults).toEqual([]);
  });

  it.each([
    `write?model=synopses&prompt=${DOCUMENT}`,
    'write?model=piano&maxNewTokens=60',
    'watch?runs=first,second',
  ])('has no sideways scroll on a narrow screen: %s', async (place) => {
    const page = await open(place, { viewport: { width: 360, height: 700 } });
    if (place.startsWith('write')) await write(page);
    await page.locator('.answer-text, .roll, .uplot').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    await page.close();
  });

  it('loads in less than 40 kB', async () => {
    const { gzipSync } = await import('node:zlib');
    const page = await browser.newPage();
    const loaded: Promise<Buffer>[] = [];
    page.on('response', (response) => {
      if (response.request().method() === 'GET') loaded.push(response.body());
    });
    await page.goto(explorer.address);
    await page.waitForSelector('#prompt');
    const sizes = (await Promise.all(loaded)).map((body) => gzipSync(body).length);
    expect(sizes.length).toBeGreaterThanOrEqual(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(40_000);
    await page.close();
  });
});

/** Whether the curves of the loss have a pixel of a colour. */
function hasColour(colour: readonly number[]): boolean {
  const canvas = document.querySelector<HTMLCanvasElement>('.curve-loss canvas');
  const context = canvas?.getContext('2d');
  if (!canvas || !context) return false;
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4) {
    if (colour.every((value, j) => data[i + j] === value) && data[i + 3] === 255) return true;
  }
  return false;
}

/** Lines of a log in which the loss falls as 3 / step. */
function logLines(from: number, to: number, seed: number): string {
  return Array.from({ length: to - from }, (_, i) => {
    const step = from + i + 1;
    const entry = { step, loss: 3 / step + 0.1 * seed, learningRate: 0.001, gradientNorm: 1 };
    return `${JSON.stringify({ ...entry, tokensPerSecond: 5000, elapsedSeconds: step })}\n`;
  }).join('');
}
