import {
  type AnyInferenceApp,
  type AnyDomain,
  createModel,
  type Model,
  type ModelConfig,
} from '@ramble/core';
import { readBlock, watchModel } from '@ramble/core/study';
import { type ExploredModel, explorerCalls } from '@ramble/explorer';
import { cpuEngine } from '@ramble/portable';
import type { Browser, Page } from 'playwright-core';

import { formatProbability, formatValue } from '../src/state/format.js';
import { BOOK_CALLS } from './calls-of-a-book.mjs';
import { inBrowser } from './chromium.js';
import { findFaults } from './find-faults.js';
import { launchChromium } from './find-chromium.js';
import { servePage } from './serve-page.mjs';
import { waitForCount } from './wait-for-count.js';

const LETTERS = 'abcdefghij';
const TOKENS = [3, 1, 4, 1, 5, 9, 2];
const PROMPT = { tokens: TOKENS };
const SIZES = { vocabSize: LETTERS.length, contextLength: 12, nLayer: 3, nEmbd: 12 };

/** A domain of small letters, as far as Look inside needs one. */
const domain = {
  name: 'letters',
  vocabulary: { size: LETTERS.length, describe: (id: number) => LETTERS[id] ?? '' },
} as AnyDomain;
const app = { name: 'letters' } as AnyInferenceApp;

/** Settings of models by id. */
const MODELS: Readonly<Record<string, Partial<ModelConfig>>> = {
  gpt2: { ...SIZES, nHead: 3 },
  llama: {
    ...{ ...SIZES, nHead: 2, nKvHead: 1, positions: 'rotary', norm: 'rms', mlp: 'swiglu' },
    ...{ attention: 'causal,window', window: 3, bias: 'none', tiedHead: false },
  },
  groups: { ...SIZES, nHead: 2, attention: 'compressed', compressionFactor: 2 },
};

inBrowser('the block view', () => {
  let browser: Browser;
  let served: Awaited<ReturnType<typeof servePage>>;
  let models: Readonly<Record<string, Model>>;
  const asked: object[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
    await cpuEngine.load();
    const all = Object.entries(MODELS).map(([id, settings]): ExploredModel => {
      return { id, model: createModel(settings, { seed: 3 }), app, domain, engine: 'cpu' };
    });
    models = Object.fromEntries(all.map(({ id, model }) => [id, model]));
    const find = (id: string) => all.find((each) => each.id === id);
    const { whole, streamed } = explorerCalls({ list: () => all, find });
    const { study } = streamed;
    const block = (question: object) => {
      asked.push(question);
      return whole.block(question);
    };
    const { head, ends } = whole;
    const views = () =>
      all.map(({ id, model }) => ({ ...BOOK_CALLS.models()[0], id, config: model.config }));
    served = await servePage({ ...BOOK_CALLS, models: views, study, block, head, ends });
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });

  /** A tab that shows a place of the view. */
  async function open(params: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await browser.newPage({ colorScheme, reducedMotion: 'reduce' });
    page.setDefaultTimeout(60_000);
    await page.goto(`${served.open}&/look?tokens=${TOKENS.join(' ')}&${params}`);
    await page.locator('.block-steps .cells').first().waitFor();
    return page;
  }

  /** Texts of all cells of a strip, read with the arrow keys. */
  async function textsOf(page: Page, step: string, strip = 0): Promise<string[]> {
    const found = page.locator(`[data-step="${step}"] .strip`).nth(strip);
    const cells = found.locator('.cells');
    await cells.press('Home');
    const count = Number(await cells.getAttribute('aria-valuemax')) + 1;
    const texts: string[] = [];
    for (let i = 0; i < count; i++) {
      if (i > 0) await cells.press('ArrowRight');
      texts.push((await found.locator('.strip-value').textContent()) ?? '');
    }
    return texts;
  }

  /** Texts that the page must show for a vector. */
  const shown = (values: Iterable<number>): string[] =>
    Array.from(values, (value, i) => `${i}: ${formatValue(value)}`);

  it.each(['gpt2', 'llama', 'groups'])(
    'shows every number of a block to the last printed digit: %s',
    async (id) => {
      const [layer, position] = [1, 5];
      const page = await open(`model=${id}&layer=${layer}&position=${position}`);
      const model = models[id] as Model;
      const block = readBlock(model, PROMPT, layer);
      const { nHead, headDim } = model.config;
      const heads = nHead * headDim;
      const expected = block
        .vectors(position)
        .filter(({ step }) => !/^attention\.(query|key|value)$/.test(step));
      const names = await page
        .locator('.block-step')
        .evaluateAll((steps) => steps.map((step) => (step as HTMLElement).dataset.step));
      expect(names.filter((name) => name !== 'attention.scores')).toEqual(
        expected.map(({ step }) => step),
      );
      for (const { step, values } of expected) {
        const isQuery = step.startsWith('attention.qkv');
        const isGate = step === 'mlp.up' && id === 'llama';
        const end = isQuery ? heads : isGate ? values.length / 2 : values.length;
        expect([step, await textsOf(page, step)]).toEqual([step, shown(values.slice(0, end))]);
      }
      await page.close();
    },
  );

  it.each([
    ['gpt2', ['d', 'b', 'e', 'b', 'f', 'j', 'c']],
    ['llama', ['d', 'b', 'b', 'f', 'j']], // two of the three hidden tokens, and the window
    ['groups', ['d', 'd b', 'e b', 'f j', 'c']],
  ])('shows scores, mask, weights and the sum of a head: %s', async (id, tokens) => {
    const page = await open(`model=${id}&layer=1&position=5&head=1`);
    const { scores, masked, weights, sum } = readBlock(models[id] as Model, PROMPT, 1).head(1, 5);
    const rows = page.locator('.key-table tbody tr');
    await waitForCount(page, '.key-table tbody tr', tokens.length + 1);
    expect(await rows.locator('th').allTextContents()).toEqual([...tokens, 'Sum']);
    const keys = Array.from(scores.keys());
    const hidden = keys.filter((key) => masked[key] === -Infinity).slice(0, 2);
    const listed = keys.filter((key) => masked[key] !== -Infinity || hidden.includes(key));
    for (const [i, key] of listed.entries()) {
      const score = formatValue(scores[key] ?? NaN);
      const after = hidden.includes(key) ? '−∞' : score;
      const weight = formatProbability(weights[key] ?? NaN);
      expect(await rows.nth(i).locator('.number').allTextContents()).toEqual([
        score,
        after,
        weight,
      ]);
    }
    const cells = rows.last().locator('.cells');
    await cells.press('End');
    const last = formatValue(sum.at(-1) ?? NaN);
    await page.getByText(`weighted sum, ${sum.length - 1}: ${last}`, { exact: true }).waitFor();
    await page.getByRole('group', { name: 'Head' }).getByRole('button', { name: '1' }).click();
    await page.locator('[data-head="1 0"]').waitFor();
    await page.close();
  });

  it('shows the embedding rows, and the output against the rows of the table', async () => {
    const model = models.gpt2 as Model;
    const steps = new Map<string, Float32Array>();
    watchModel(model, PROMPT, ({ name, value }) => {
      steps.set(name, value.dataSync<'float32'>().slice());
    });
    const rowOf = (name: string, width = 12) =>
      steps.get(name)?.slice(5 * width, 6 * width) ?? new Float32Array();
    const page = await open('model=gpt2&at=embedding&position=5');
    for (const step of ['tokenEmbedding', 'positionEmbedding', 'input']) {
      expect(await textsOf(page, step)).toEqual(shown(rowOf(step)));
    }
    await page.getByRole('button', { name: 'Output' }).click();
    await page.locator('[data-step="output"]').waitFor();
    expect(await textsOf(page, 'output')).toEqual(shown(rowOf('blocks.2.mlp.residual')));
    expect(await textsOf(page, 'finalNorm')).toEqual(shown(rowOf('finalNorm')));
    const logits = rowOf('logits', LETTERS.length);
    const byLogit = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
    const rows = page.locator('[data-step="logits"] tbody tr');
    expect(await rows.locator('th').allTextContents()).toEqual(byLogit.map((id) => LETTERS[id]));
    expect(await rows.first().locator('.number').first().textContent()).toBe(
      formatValue(logits[byLogit[0] ?? 0] ?? NaN),
    );
    const table = model.parameters.read('tokenEmbedding.weight');
    const best = (byLogit[0] ?? 0) * 12;
    expect(await textsOf(page, 'logits')).toEqual(shown(table.slice(best, best + 12)));
    await page.close();
  });

  it('reads one token at a time, and requests one block at a time', async () => {
    asked.length = 0;
    const page = await open('model=gpt2&layer=2');
    await page.getByText('Step 7 of 7: the model reads c.').waitFor();
    await page.getByText('it reads keys and values of 6 earlier tokens, 1.7 kB.').waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.locator('[data-place="2 5"]').waitFor();
    await waitForCount(page, '.is-cached', 5);
    await waitForCount(page, '.is-later', 1);
    expect(asked.map((question) => ({ ...question, prompt: undefined }))).toEqual([
      { model: 'gpt2', layer: 2, position: 6 },
      { model: 'gpt2', layer: 2, position: 5 },
    ]);
    await page.getByRole('group', { name: 'Token' }).getByRole('button').first().click();
    await page.getByText('The cache is empty.').waitFor();
    await page.getByRole('button', { name: 'One token at a time' }).click();
    await page.getByText('Step 3 of 7').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(page.url()).toContain('position=');
    await page.close();
  });

  it('draws the model as a tower next to the four sizes of GPT-2', async () => {
    const page = await open('model=llama');
    await page.getByRole('img', { name: '3 blocks of width 12, next to the four sizes' }).waitFor();
    const bars = page.locator('.tower');
    const counts = [0, 1, 2, 3, 4].map((i) => bars.nth(i).locator('rect').count());
    expect(await Promise.all(counts)).toEqual([3, 12, 24, 36, 48]);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('has no fault that axe finds, in %s', async (scheme) => {
    for (const [id, at] of [
      ['gpt2', 'embedding'],
      ['gpt2', 'block'],
      ['llama', 'block'],
      ['llama', 'output'],
    ] as const) {
      const page = await open(`model=${id}&layer=1&position=3&at=${at}`, scheme);
      await page.locator('.key-table, [data-step="input"], .output-cells').first().waitFor();
      expect([id, at, await findFaults(page)]).toEqual([id, at, []]);
      await page.close();
    }
  });
});
