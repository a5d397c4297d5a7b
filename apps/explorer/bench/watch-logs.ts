import { appendFile, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import type { Browser, Page } from 'playwright-core';

import { modelFolder, startExplorer } from '../test/start-explorer.js';
import { logLines } from './log-lines.js';
import { recordFrames, type Smoothness } from './record-frames.js';

const RUNS = 10;
const LINES = 100_000;
/** Seconds for which each action is repeated. */
const SECONDS = 6;

/** Measures how smoothly the view Watch is drawn with ten growing logs of 100,000 lines, while a user acts on it. */
export async function watchLogs(browser: Browser): Promise<Record<string, Smoothness>> {
  const folder = await mkdtemp(join(tmpdir(), 'ramble-bench-'));
  const names = Array.from({ length: RUNS }, (_, i) => `run-${i}`);
  for (const [i, name] of names.entries()) {
    await mkdir(join(folder, name));
    await copyFile(join(modelFolder('synopses'), 'run.json'), join(folder, name, 'run.json'));
    await writeFile(join(folder, name, 'log.jsonl'), logLines(0, LINES, i));
  }
  const explorer = await startExplorer(['--runs', folder]);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  let step = LINES;
  const grow = async () => {
    for (const [i, name] of names.entries()) {
      await appendFile(join(folder, name, 'log.jsonl'), logLines(step, step + 10, i));
    }
    step += 10;
  };
  const during = (act: (progress: number) => Promise<void>) =>
    recordFrames(page, async () => {
      const start = performance.now();
      const progress = () => (performance.now() - start) / (1000 * SECONDS);
      let growing = Promise.resolve();
      const timer = setInterval(() => {
        growing = growing.then(grow);
      }, 500);
      try {
        for (let done = 0; done < 1; done = progress()) await act(done);
      } finally {
        clearInterval(timer);
        await growing;
      }
    });
  try {
    await page.goto(`${explorer.address}&/watch?runs=${names.join(',')}`);
    await page.locator('.curve-tokensPerSecond canvas').waitFor({ timeout: 60_000 });
    await setTimeout(5000); // the first logs are read, and drawn together
    return {
      rest: await during(() => setTimeout(50)),
      hover: await during((done) => hover(page, done)),
      scroll: await during((done) => scroll(page, done)),
      resize: await during((done) => resize(page, done)),
      switch: await during(() => switchScales(page)),
    };
  } finally {
    await page.close();
    await explorer.close();
    await rm(folder, { recursive: true });
  }
}

/** Moves the pointer over the curves of the loss, to and fro. */
async function hover(page: Page, done: number): Promise<void> {
  const box = await page.locator('.curve-loss .curve-box').boundingBox();
  if (!box) return;
  const across = (1 - Math.cos(8 * Math.PI * done)) / 2;
  await page.mouse.move(
    box.x + box.width * (0.08 + 0.9 * across),
    box.y + box.height * (0.3 + 0.4 * across),
  );
}

async function scroll(page: Page, done: number): Promise<void> {
  await page.mouse.wheel(0, done % 0.25 < 0.125 ? 60 : -60);
}

async function resize(page: Page, done: number): Promise<void> {
  const width = Math.round(1000 + 280 * Math.cos(6 * Math.PI * done));
  await page.setViewportSize({ width, height: 900 });
  await setTimeout(60);
}

async function switchScales(page: Page): Promise<void> {
  await page.getByLabel('Logarithmic losses').click();
  await setTimeout(400);
  for (const axis of ['elapsedSeconds', 'step']) {
    await page.getByRole('combobox', { name: 'By' }).selectOption(axis);
    await setTimeout(400);
  }
}
