import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import type { Browser, Locator, Page } from 'playwright-core';

import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';
import { findFaults } from './find-faults.js';
import { startCommand, startExplorer } from './start-explorer.js';

const MODEL = { 'n-layer': 1, 'n-head': 2, 'n-embd': 16, 'context-length': 16, 'batch-size': 2 };
const TRAINING = { 'max-steps': 1_000_000, 'log-interval': 1, tokenizer: 'char', engine: 'cpu' };

inBrowser('Stop and Resume', () => {
  let browser: Browser;
  let explorer: Awaited<ReturnType<typeof startExplorer>>;
  let folder: string;
  let run: string;
  let page: Page;
  let row: Locator;
  beforeAll(async () => {
    browser = await launchChromium();
    folder = await mkdtemp(join(tmpdir(), 'ramble-steer-'));
    run = join(folder, 'runs/book');
    const data = join(folder, 'book.txt');
    await writeFile(data, 'The whale and the sea, the ship and the sky.\n'.repeat(200));
    const flags = Object.entries({ ...MODEL, ...TRAINING }).flatMap(([name, value]) => [
      `--${name}`,
      String(value),
    ]);
    const training = startCommand(['text', 'train', '--data', data, '--out', run, ...flags]);
    await Promise.race([waitForHolder(), once(training, 'exit')]);
    explorer = await startExplorer(['--runs', join(folder, 'runs')]);
    page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${explorer.address}&/watch`);
    row = page.locator('.run-row', { hasText: 'book' });
  });
  afterAll(async () => {
    await browser.close();
    await explorer.close();
    const left = await holder();
    if (left !== undefined) process.kill(left, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** The process that trains; `undefined` where none does. */
  async function holder(): Promise<number | undefined> {
    const lock = await readFile(join(run, '.lock'), 'utf8').catch(() => '');
    const pid = Number.parseInt(lock, 10);
    return pid > 0 && isRunning(pid) ? pid : undefined;
  }

  async function waitForHolder(): Promise<number> {
    for (;;) {
      const pid = await holder();
      if (pid !== undefined) return pid;
      await setTimeout(50);
    }
  }

  async function logLength(): Promise<number> {
    return (await readFile(join(run, 'log.jsonl'), 'utf8')).split('\n').length;
  }

  const inState = (state: string) => row.getByText(state, { exact: true }).waitFor();
  const button = (name: string) => row.getByRole('button', { name });
  const dialog = () => page.getByRole('dialog');
  const answer = (name: string) => dialog().getByRole('button', { name }).click();
  const isFocused = (name: string) =>
    button(name).evaluate((element) => element === element.ownerDocument.activeElement);

  it('do nothing when they are cancelled, and restore the focus', async () => {
    await inState('training');
    const before = await holder();
    for (const cancel of [() => page.keyboard.press('Escape'), () => answer('Cancel')]) {
      await button('Stop').focus();
      await page.keyboard.press('Enter');
      await dialog().getByText('Stop book?').waitFor();
      await cancel();
      await dialog().waitFor({ state: 'detached' });
      expect(await isFocused('Stop')).toBe(true);
    }
    expect([await holder(), before]).toEqual([before, expect.any(Number)]);
  });

  it('stop a training, which saves, and resume it in a new process', async () => {
    const first = await waitForHolder();
    await button('Stop').click();
    await answer('Stop');
    await inState('stopped');
    expect(isRunning(first)).toBe(false);
    const stopped = await logLength();
    await button('Resume').click();
    await dialog().getByText('Resume book?').waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect(await isFocused('Resume')).toBe(true);
    expect(await holder()).toBeUndefined();
    await button('Resume').click();
    await answer('Resume');
    await inState('training');
    expect(await waitForHolder()).not.toBe(first);
    while ((await logLength()) <= stopped + 2) await setTimeout(100);
  });

  it('report that the process is gone, if it ended before the confirmation', async () => {
    const pid = await waitForHolder();
    await button('Stop').click();
    process.kill(pid, 'SIGKILL');
    await inState('stopped'); // the question is the same, though the button is another
    await dialog().getByText('Stop book?').waitFor();
    await answer('Stop');
    await page.getByText(/run: expected one that trains, got .*book, which does not/).waitFor();
  });

  it('report that another process resumed the run, if it did before the confirmation', async () => {
    await button('Resume').click();
    const other = startCommand(['text', 'train', '--resume', '--out', run]);
    const pid = await waitForHolder();
    await answer('Resume');
    await page
      .getByText(`run: expected one that does not train, got one that process ${pid} trains`)
      .waitFor();
    expect(await page.getByText(/which does not/).count()).toBe(0);
    other.kill('SIGTERM');
    await once(other, 'exit');
    await inState('stopped');
  });

  it('start a training from the form of settings, or say why it did not start', async () => {
    await page.getByRole('button', { name: 'New training' }).click();
    const form = page.getByRole('form', { name: 'New training' });
    await form.getByLabel('Name of the run').fill('second');
    await form.locator('[name=maxSteps]').fill('30');
    await form.locator('[name=data]').fill(join(folder, 'missing.txt'));
    await form.getByText('More: Model').click();
    for (const [name, value] of Object.entries({ nLayer: 1, nHead: 2, nEmbd: 16 })) {
      await form.locator(`[name=${name}]`).fill(String(value));
    }
    expect(await findFaults(page)).toEqual([]);
    await form.getByRole('button', { name: 'Start' }).click();
    await page.getByText(/run: expected it to start, got .*missing\.txt/).waitFor();
    await form.locator('[name=data]').fill(join(folder, 'book.txt'));
    await form.getByRole('button', { name: 'Start' }).click();
    await form.waitFor({ state: 'detached' });
    const second = page.locator('.run-chosen', { hasText: 'second' });
    await second.getByText('ended', { exact: true }).waitFor();
    await second.getByText('30 of 30').waitFor();
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
