import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { context } from 'esbuild';
import type { Browser, Page } from 'playwright-core';

import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';
import { askCommand, modelFolder } from './start-explorer.js';
import { trainChat } from './train-chat.js';
import { CHESS, trainChess } from './train-chess.js';

const SOURCE = 'Text editor for programmers';
const NAMES = ['en-fr', 'piano'];

inBrowser('a page that was exported', () => {
  let browser: Browser;
  let folder: string;
  let runs: string;
  let files: Awaited<ReturnType<typeof context>>;
  let address: string;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
    folder = await mkdtemp(join(tmpdir(), 'ramble-page-'));
    runs = await mkdtemp(join(tmpdir(), 'ramble-runs-'));
    const own = [await trainChat(runs), await trainChess(runs)];
    const words = [...NAMES.map(modelFolder), ...own].flatMap((path) => ['--model', path]);
    await askCommand(['explore', '--export', folder, '--domain', CHESS, ...words]);
    files = await context({}); // serves files as they are
    const { port } = await files.serve({ servedir: folder, host: '127.0.0.1' });
    address = `http://127.0.0.1:${port}/`;
  });
  afterAll(async () => {
    await browser.close();
    await files.dispose();
    await rm(folder, { recursive: true });
    await rm(runs, { recursive: true });
  });

  async function open(place: string): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) complaints.push(request.url());
    });
    await page.goto(`${address}#/${place}`);
    await page.click('.button-main');
    await page.getByRole('button', { name: 'Continue' }).first().waitFor();
    return page;
  }

  it("writes the command's output on the same engine, without requests to other servers", async () => {
    const words = ['--engine', 'wasm', '--model', modelFolder('en-fr'), SOURCE];
    const { text } = (await askCommand(['translation', 'sample', ...words])) as { text: string };
    const page = await open(`write?model=en-fr&prompt=${SOURCE}`);
    await page.getByText(text, { exact: true }).first().waitFor();
    await page.close();
    expect(complaints).toEqual([]);
  });

  it('draws the same notes with the same seed', async () => {
    const sampling = ['--seed', '5', '--max-new-tokens', '60', '--engine', 'wasm'];
    const words = ['music', 'sample', '--model', modelFolder('piano'), ...sampling];
    const out = join(folder, 'piece.mid');
    await askCommand([...words, '--out', out]);
    const page = await open('write?model=piano&maxNewTokens=60&seed=5');
    // The output so far is shown at intervals, and the whole piece at its end.
    const whole = `data:audio/midi;base64,${await readFile(out, 'base64')}`;
    await page.waitForFunction(
      (expected) => document.querySelector<HTMLAnchorElement>('a[download]')?.href === expected,
      whole,
    );
    await page.close();
    expect(complaints).toEqual([]);
  });

  it('answers messages by the template of the model', async () => {
    const sampling = ['--method', 'greedy', '--max-new-tokens', '12', '--engine', 'wasm'];
    const answerTo = async (prompt: string): Promise<string> => {
      const words = ['--model', join(runs, 'talk'), '--prompt', prompt, ...sampling];
      const { text } = (await askCommand(['text', 'sample', ...words])) as { text: string };
      return text;
    };
    const first = await answerTo('u: hi\na:');
    const second = await answerTo(`u: hi\na:${first}\nu: sing\na:`);
    const page = await open('write?model=talk&method=greedy&maxNewTokens=12&prompt=hi');
    const written = async (): Promise<string> =>
      (await page.locator('.output').last().locator('.token[data-index]').allTextContents()).join(
        '',
      );
    expect(await written()).toBe(first);
    await page.fill('#prompt', 'sing');
    await page.click('.button-main');
    await page.locator('.turn', { hasText: 'sing' }).waitFor();
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    expect(await written()).toBe(second);
    await page.close();
    expect(complaints).toEqual([]);
  });

  it('runs a domain that does not come with ramble', async () => {
    const sampling = ['--seed', '5', '--min-new-tokens', '10', '--engine', 'wasm'];
    const given = ['--model', join(runs, 'chess'), '--prompt', 'e4 e5 Nf3', ...sampling];
    const { text } = (await askCommand([CHESS, 'sample', ...given])) as { text: string };
    const page = await open('write?model=chess&seed=5&minNewTokens=10&prompt=e4 e5 Nf3');
    const written = await page.locator('.output .token[data-index]').allTextContents();
    expect(written.join('')).toBe(text);
    expect(await page.locator('.output-prompt').textContent()).toBe('e4 e5 Nf3');
    expect(await page.locator('.button-main').textContent()).toBe('Write');
    await page.close();
    expect(complaints).toEqual([]);
  });

  it("looks at the domain's first example prompt if none is given", async () => {
    const page = await browser.newPage();
    await page.goto(`${address}#/look?model=chess&part=tokens`);
    // The start token and the five characters of "e4 e5".
    await page.getByText('The model reads 6 tokens;').waitFor();
    expect(await page.locator('.trouble').count()).toBe(0);
    await page.close();
    expect(complaints).toEqual([]);
  });

  it('shows that it needs a web server if it is opened as a file', async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, 'index.html')).href);
    await page.getByText('This page needs a web server').waitFor();
    expect(await page.locator('#page').innerText()).toContain('npx http-server .');
    await page.close();
  });

  it('contains no paths of its runs and their data', async () => {
    const run = JSON.parse(await readFile(join(folder, 'models/0/run.json'), 'utf8')) as object;
    expect(run).toMatchObject({ data: {}, domain: { name: 'translation' } });
    expect(run).not.toHaveProperty('origin');
  });
});
