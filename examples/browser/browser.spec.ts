import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';

import { bundleOptions } from './bundle.mjs';
import { encoded, learned } from './compare.mjs';
import { learnedIn } from './compare-domains.mjs';
import { answersOf } from './explore.mjs';
import { findChromium, launchChromium } from './find-chromium.mjs';

const TEXT = 'To be, or not to be, that is the question. '.repeat(20);
const ORIGIN = 'http://ramble.test/';
const MODELS = join(import.meta.dirname, '../models');
const executablePath = findChromium();
const inBrowser = executablePath === undefined ? describe.skip : describe;

/** Functions of the page that the test calls. */
declare const compare: {
  learned: typeof learned;
  learnedIn: typeof learnedIn;
  encoded: typeof encoded;
  explored: (id: string, addresses: Record<string, string>) => Promise<unknown>;
};

inBrowser('a browser', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-browser-'));
    await build(bundleOptions(folder));
    await build(bundleOptions(join(folder, 'compare'), 'compare-page.mjs', ['explore-worker']));
    await cp(MODELS, join(folder, 'models'), { recursive: true });
    browser = await launchChromium(executablePath);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  /** A page of the bundle, served from the folder; nothing else can be reached. */
  async function open(path: string): Promise<Page> {
    const page = await browser.newPage();
    await page.route('**', (route) => {
      const url = route.request().url();
      return url.startsWith(ORIGIN)
        ? route.fulfill({ path: join(folder, url.slice(ORIGIN.length)) })
        : route.abort();
    });
    await page.goto(`${ORIGIN}${path}`);
    return page;
  }

  it.each(['cpu', 'wasm'])('trains and samples on %s with the numbers of Node', async (engine) => {
    const page = await open('compare/index.html');
    await page.waitForFunction(() => 'compare' in globalThis);
    const inPage = await page.evaluate(([text, name]) => compare.learned(text, name), [
      TEXT,
      engine,
    ] as const);
    expect(inPage).toEqual(await learned(TEXT, engine));
    expect(inPage).toHaveLength(20 + 40);
    expect(inPage[19]).toBeLessThan(Number(inPage[0]));
  });

  it.each([
    ['music', true],
    ['chorales', true],
    ['translation', false],
    ['summarization', false],
  ] as const)('learns and writes %s as Node does', async (domain, hasGrammar) => {
    const page = await open('compare/index.html');
    await page.waitForFunction(() => 'compare' in globalThis);
    const inPage = await page.evaluate((name) => compare.learnedIn(name), domain);
    expect(inPage).toEqual(await learnedIn(domain));
    const { losses, tokens, followed } = inPage;
    expect(losses).toHaveLength(20);
    expect(losses[19]).toBeLessThan(losses[0]);
    expect(tokens.length).toBeGreaterThan(0);
    expect(followed !== undefined).toBe(hasGrammar);
    expect(followed?.forbidden).toBeUndefined();
  });

  it('encodes, decodes and scores with the numbers of Node', async () => {
    const page = await open('compare/index.html');
    await page.waitForFunction(() => 'compare' in globalThis);
    expect(await page.evaluate(() => compare.encoded())).toEqual(await encoded());
  });

  it.each(['en-fr', 'synopses', 'piano'])(
    "answers the Explorer's calls about %s in a worker as Node does",
    async (id) => {
      const paths = filesOf(id);
      const page = await open('compare/index.html');
      await page.waitForFunction(() => 'compare' in globalThis);
      const addresses = paths.map((path) => [path, `${ORIGIN}models/${id}/${path}`] as const);
      const inPage = await page.evaluate(([name, given]) => compare.explored(name, given), [
        id,
        Object.fromEntries(addresses),
      ] as const);
      const contents = paths.map((path) => [path, readFileSync(join(MODELS, id, path))] as const);
      const here = await answersOf(id, Object.fromEntries(contents));
      expect(plain(inPage)).toEqual(plain(here));
    },
  );

  it('shows a page that trains on a typed text, and then writes', async () => {
    const page = await open('index.html');
    await page.fill('#steps', '12');
    await page.click('button');
    await page.waitForFunction(() => !document.querySelector('button')!.disabled, undefined, {
      timeout: 120_000,
    });
    expect(await page.textContent('#written')).toHaveLength('To '.length + 200);
    expect(await page.textContent('#loss')).toMatch(/^step 12 of 12: a loss of \d\.\d{3} nats/);
    if (process.env.PICTURE) await page.screenshot({ path: process.env.PICTURE, fullPage: true });
  });
});

/** Plain JSON; `Math.exp` of another version of V8 may round otherwise. */
function plain(answers: unknown): unknown {
  const text = JSON.stringify(answers, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value,
  );
  return JSON.parse(text);
}

/** The paths of a model's files in its folder. */
function filesOf(id: string): string[] {
  const entries = readdirSync(join(MODELS, id), { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) =>
    entry.isFile() ? [relative(join(MODELS, id), join(entry.parentPath, entry.name))] : [],
  );
}
