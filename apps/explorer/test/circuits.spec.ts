import type { CircuitsAnswer, CircuitsQuestion, LensEvent } from '@ramble/explorer';
import { formatFixed } from '@ramble/explorer/pictures';
import type { Browser, Page } from 'playwright-core';

import { inBrowser } from './chromium.js';
import { findFaults } from './find-faults.js';
import { launchChromium } from './find-chromium.js';
import { serveLetters } from './serve-letters.js';

const PROMPT = 'dbebfjcg';
const TOKENS = Array.from(PROMPT, (letter) => letter.charCodeAt(0) - 97);
const ASKED = { model: 'letters', prompt: { tokens: TOKENS } };

inBrowser('the parts of a prediction', () => {
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
  });
  afterEach(async () => {
    await page.close();
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });

  const open = (params: string) =>
    page.goto(`${served.open}&/look?model=letters&prompt=${PROMPT}&${params}`);
  const measure = () => page.getByRole('button', { name: 'Measure' });
  const choice = (name: string) => page.getByRole('combobox', { name, exact: true });
  const otherPrompt = () => page.getByRole('textbox', { name: 'Other prompt' });
  const result = () => page.getByRole('region', { name: 'Result' });
  const cells = (table: string) =>
    result().getByRole('group', { name: table, exact: true }).locator('td').allTextContents();

  async function faultsInBothThemes(): Promise<string[]> {
    const light = await findFaults(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    return [...light, ...(await findFaults(page))];
  }

  async function circuitsOf(question: Partial<CircuitsQuestion>): Promise<CircuitsAnswer> {
    for await (const event of served.calls.streamed.circuits({ ...ASKED, ...question })) {
      if (event.kind === 'circuits') return event.circuits;
    }
    throw new Error('The call has no answer.');
  }

  it('are the numbers of the model, with links to the attention of heads', async () => {
    await open('part=circuits');
    await measure().click();
    await result().waitFor();
    const answer = Number(await choice('Token').inputValue());
    const { attribution } = await circuitsOf({ answer, attribute: true });
    const expected = attribution?.heads.flatMap((heads, layer) => [
      ...heads,
      attribution.attentionBias[layer] ?? NaN,
      attribution.mlp[layer] ?? NaN,
    ]);
    const shown = (await cells('Layers')).filter((text) => text !== '');
    expect(shown).toEqual(expected?.map((value) => formatFixed(value, 2)));
    expect(await faultsInBothThemes()).toEqual([]);
    await result().locator('tbody tr').nth(2).getByRole('link').nth(1).click();
    await page.getByText('Layer 3: causal attention.').waitFor();
    expect(page.url()).toMatch(/layer=2&head=1/);
  });

  it('are patched from a prompt into one of as many tokens', async () => {
    await open('part=circuits');
    await choice('Measurement').selectOption('patching');
    expect(await measure().isDisabled()).toBe(true);
    await otherPrompt().fill('abc');
    await page.getByText('The other prompt has 3 tokens, and the prompt has 8').waitFor();
    expect(await measure().isDisabled()).toBe(true);
    await otherPrompt().fill('abebfjcg');
    await choice('Minus the logit of').selectOption('3');
    await measure().click();
    await result().waitFor();
    const answer = Number(await choice('Token').inputValue());
    const corrupted = { tokens: [0, ...TOKENS.slice(1)] };
    const { patching } = await circuitsOf({ answer, other: 3, corrupted });
    const shown = (await cells('heads, at all tokens')).filter((text) => text !== '');
    expect(shown).toEqual(
      patching?.heads.flatMap((row) => row.map((each) => formatFixed(each, 2))),
    );
    expect(page.url()).toMatch(/circuit=patching&other=3&corrupted=abebfjcg/);
  });

  it('go away when the question changes', async () => {
    await open('part=circuits&circuit=zero');
    await measure().click();
    await result().waitFor();
    await choice('Measurement').selectOption('mean');
    await result().waitFor({ state: 'detached' });
  });

  it('include the mask: every token attends to later ones without it', async () => {
    await open('part=circuits&circuit=mask');
    await measure().click();
    await result().waitFor();
    const { maskEffect = [] } = await circuitsOf({ unmasked: true });
    const shown = await cells('Effect of the mask');
    const words = shown.filter((_, i) => i % 3 === 2).map((text) => text.split(' ')[0]);
    expect(words).toEqual(maskEffect.map(({ unmasked }) => unmasked.word));
  });

  it('include scores of heads, with the strongest shade for 1', async () => {
    await open('part=circuits&circuit=heads');
    await measure().click();
    await result().waitFor();
    const { headScores = [] } = await circuitsOf({ headScores: true });
    const scores = headScores.flat().map(({ previous }) => previous);
    const table = result().getByRole('group', { name: 'the previous token', exact: true });
    const shades = await table
      .locator('tbody td')
      .evaluateAll((all) => all.map((cell) => Number(cell.style.getPropertyValue('--weight'))));
    expect(Math.max(...scores)).toBeLessThan(0.5); // an untrained model has no such head
    expect(shades).toEqual(scores.map((score) => Math.round(20 * Math.sqrt(score)) / 20));
  });

  it('stop in the middle', async () => {
    await page.route('**/explore/calls/circuits', () => undefined); // never answers
    await open('part=circuits');
    await measure().click();
    await page.getByLabel('Measured').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await measure().waitFor();
    expect(await page.getByLabel('Measured').count()).toBe(0);
    expect(await result().count()).toBe(0);
  });

  it('have a logit lens at each token, with right predictions framed', async () => {
    await open('part=lens');
    const rows = page.getByRole('group', { name: 'Logit lens after each token' }).locator('tr');
    await rows.nth(4).waitFor();
    const events: LensEvent[] = [];
    for await (const event of served.calls.streamed.lens({ ...ASKED, last: 32 })) {
      events.push(event);
    }
    for (const [i, { tokens }] of [...events].reverse().entries()) {
      const shown = rows.nth(i + 1).locator('td');
      expect(await shown.allTextContents()).toEqual(tokens.map(({ word }) => word));
      const framed = await shown.evaluateAll((all) => all.map((cell) => cell.dataset.true));
      expect(framed).toEqual(tokens.map(({ id }, j) => String(id === TOKENS[j + 1])));
    }
    expect(await faultsInBothThemes()).toEqual([]);
  });
});
