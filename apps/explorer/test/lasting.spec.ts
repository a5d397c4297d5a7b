import { setTimeout } from 'node:timers/promises';

import type { Browser, BrowserContext, Page } from 'playwright-core';

import { BOOK_CALLS } from './calls-of-a-book.mjs';
import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';
import { servePage } from './serve-page.mjs';
import { talkCalls } from './talk-calls.mjs';
import { waitForCount } from './wait-for-count.js';

/** A call to the chat model: its name and its question. */
type Asked = [string, { readonly output?: readonly number[]; readonly sampling?: object }];

inBrowser('a tab', () => {
  let browser: Browser;
  let context: BrowserContext;
  let served: Awaited<ReturnType<typeof servePage>>;
  const asked: Asked[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
    served = await servePage(talkCalls(asked));
  });
  beforeEach(async () => {
    asked.length = 0;
    context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    context.setDefaultTimeout(60_000);
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser.close();
    await served.close();
  });

  async function open(place: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${served.open}&${place}`);
    await page.waitForSelector('.chooser');
    return page;
  }

  /** Writes an output, or says a message, and waits for the end. */
  async function write(page: Page, prompt: string): Promise<void> {
    await page.fill('#prompt', prompt);
    await page.click('.button-main');
    await page.getByText('Stop', { exact: true }).waitFor({ state: 'detached' });
    await page
      .getByText(/ended by the model|limit reached/)
      .last()
      .waitFor();
    await page.getByRole('button', { name: 'Continue' }).waitFor();
  }

  const texts = (page: Page) =>
    page.locator('.output').last().locator('.token[data-index]').allTextContents();

  /** Waits for a condition, for as long as for anything on a page. */
  async function until(holds: () => boolean | undefined): Promise<void> {
    for (let i = 0; i < 3000 && !holds(); i++) await setTimeout(20);
  }

  it('shows a character across its tokens, copies it, and sends it back unchanged', async () => {
    const page = await open('/write?model=talk');
    await write(page, 'Hi');
    expect(await texts(page)).toEqual([' ', '', '🐋', '!']);
    await page.getByRole('button', { name: 'Copy' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(' 🐋!');
    await write(page, 'And?');
    expect(asked.find(([name]) => name === 'artifact')?.[1].output).toEqual([0, 1, 2, 3]);
    expect(asked.filter(([name]) => name === 'chatPrompt').at(-1)?.[1]).toEqual({
      model: 'talk',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: ' 🐋!' },
        { role: 'user', content: 'And?' },
      ],
    });
  });

  it('samples answers as ramble chat does, and texts as the model does', async () => {
    const page = await open('/write?model=talk');
    await write(page, 'Hi');
    const sampling = () => asked.filter(([name]) => name === 'write').at(-1)?.[1].sampling;
    expect(sampling()).toEqual({ temperature: 0.7, topP: 0.9, maxNewTokens: 128 });
    expect(await page.getByLabel('temperature').inputValue()).toBe('0.7');
    await page.getByLabel('temperature').fill('0');
    await write(page, 'And?');
    expect(sampling()).toEqual({ temperature: 0, maxNewTokens: 128 });
    await page.getByLabel('Chat, by the template').uncheck();
    await page.getByLabel('temperature').fill('1');
    await write(page, 'Once');
    expect(sampling()).toEqual({ temperature: 1 });
  });

  it('keeps outputs across views, other models and reloads', async () => {
    const page = await open('/write?model=book&maxNewTokens=30&topK=7');
    await write(page, 'Call me');
    const before = await texts(page);
    const isThere = async () => {
      await waitForCount(page, '.token[data-index]', 30);
      expect(await texts(page)).toEqual(before);
      expect(await page.locator('.output-prompt').textContent()).toBe('Call me');
      expect(await page.inputValue('#prompt')).toBe('Call me');
      expect(await page.getByLabel('length', { exact: true }).inputValue()).toBe('30');
    };
    await page.getByRole('link', { name: 'Look inside' }).nth(1).click();
    await page.locator('.step-token').first().waitFor();
    await page.goBack();
    await isThere();
    const tabs = page.getByRole('navigation', { name: 'Views' });
    await tabs.getByRole('link', { name: 'Look inside' }).click();
    await page.locator('#look-prompt').waitFor();
    await tabs.getByRole('link', { name: 'Write' }).click();
    await isThere();
    expect(page.url()).toContain('topK=7');
    await page.locator('.chooser select').selectOption('talk');
    await page.getByText('Message', { exact: true }).waitFor();
    await page.locator('.chooser select').selectOption('book');
    await isThere();
    await page.reload();
    await isThere();
    await page.locator('.token[data-index="4"]').click();
    await waitForCount(page, '.token-card .rival', 10);
    await page.getByRole('button', { name: 'Continue' }).click();
    await waitForCount(page, '.token[data-index]', 60);
  });

  it('undoes a replacement of outputs, and lists earlier ones across a reload', async () => {
    const page = await open('/write?model=book&maxNewTokens=20');
    await write(page, 'Call me');
    const before = await texts(page);
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    await page.locator('.token[data-index="4"]').click();
    await page.locator('.token-card .rival').nth(1).click();
    await waitForCount(page, '.token[data-index]', 25);
    await page.getByRole('button', { name: 'Undo' }).click();
    await waitForCount(page, '.token[data-index]', 20);
    expect(await texts(page)).toEqual(before);
    await write(page, 'Or so');
    await page.reload();
    await page.getByText('Earlier outputs (2)').click();
    await page.getByRole('button', { name: 'Call me' }).first().click();
    expect(await texts(page)).toEqual(before);
    expect(await page.inputValue('#prompt')).toBe('Call me');
  });

  it('keeps a conversation across a reload', async () => {
    const page = await open('/write?model=talk');
    await write(page, 'Hi');
    await write(page, 'And?');
    await page.reload();
    await waitForCount(page, '.turn', 4);
    expect(await texts(page)).toEqual([' ', '', '🐋', '!']);
    expect(await page.inputValue('#prompt')).toBe('');
    await write(page, 'Again?');
    await waitForCount(page, '.turn', 6);
  });

  it('edits, regenerates and restarts a conversation', async () => {
    const page = await open('/write?model=talk&seed=5');
    const messages = () => asked.filter(([name]) => name === 'chatPrompt').at(-1)?.[1];
    const user = (content: string) => ({ role: 'user', content });
    const answer = { role: 'assistant', content: ' 🐋!' };
    await page.getByText('System prompt', { exact: true }).click();
    await page.getByLabel('System prompt').fill('Be brief.');
    const system = { role: 'system', content: 'Be brief.' };
    await page.fill('#prompt', '  ');
    await page.locator('#prompt').press('Enter'); // a blank message is not sent
    await page.fill('#prompt', 'Hi');
    await page.locator('#prompt').press('Enter');
    await waitForCount(page, '.turn', 2);
    await page.getByRole('button', { name: 'Regenerate' }).waitFor();
    expect(messages()).toEqual({ model: 'talk', messages: [system, user('Hi')] });
    await write(page, 'And?');
    await waitForCount(page, '.turn', 4);
    await page.getByRole('button', { name: 'Regenerate' }).click();
    await page.getByRole('button', { name: 'Regenerate' }).waitFor();
    const seeds = () =>
      asked.filter(([name]) => name === 'write').map(([, { sampling }]) => sampling);
    await until(() => seeds().length === 3);
    expect(seeds()).toMatchObject([{ seed: 5 }, { seed: 5 }, { seed: 6 }]);
    await page.getByRole('button', { name: 'Edit' }).first().click();
    await page.getByLabel('Edited message').fill('Ho');
    await page.getByLabel('Edited message').press('Enter');
    await waitForCount(page, '.turn', 2);
    await page.getByRole('button', { name: 'Regenerate' }).waitFor();
    expect(messages()).toEqual({ model: 'talk', messages: [system, user('Ho')] });
    await write(page, 'And?');
    await page.locator('.output').first().locator('.token[data-index="3"]').click();
    await page.locator('.token-card .rival').nth(1).click();
    await waitForCount(page, '.turn', 2);
    await write(page, 'So?');
    expect(messages()).toEqual({
      model: 'talk',
      messages: [system, user('Ho'), answer, user('So?')],
    });
    await page.getByRole('button', { name: 'New conversation' }).click();
    await waitForCount(page, '.turn', 0);
    expect(await page.getByLabel('System prompt').inputValue()).toBe('Be brief.');
    await page.getByRole('button', { name: 'Write a short poem about the sea.' }).click();
    expect(await page.inputValue('#prompt:focus')).toBe('Write a short poem about the sea.');
  });

  it('follows its address: pasted places, Back and Forward', async () => {
    const page = await open('/write?model=book&prompt=one');
    const goTo = (place: string) => page.evaluate((hash) => void (location.hash = hash), place);
    const prompt = async (text: string) => {
      await page.waitForFunction(
        (expected) => document.querySelector<HTMLTextAreaElement>('#prompt')?.value === expected,
        text,
      );
    };
    await goTo('#/write?model=book&prompt=two&count=3&temperature=0.5');
    await prompt('two');
    expect(await page.getByLabel('outputs', { exact: true }).inputValue()).toBe('3');
    expect(await page.getByLabel('temperature').inputValue()).toBe('0.5');
    await page.goBack();
    await prompt('one');
    expect(await page.getByLabel('outputs', { exact: true }).inputValue()).toBe('1');
    await page.goForward();
    await prompt('two');
    await goTo('#/look?model=book&prompt=three');
    await page.locator('#look-prompt').waitFor();
    await goTo('#/look?model=book&prompt=four');
    await page.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>('#look-prompt')?.value === 'four',
    );
    await page.getByText('Look at how the model reads').waitFor();
  });

  it('shows the place of a navigation, although the form changed before its event', async () => {
    const page = await open('/write?model=book&prompt=one');
    await page.evaluate(() => {
      location.hash = '#/write?model=book&prompt=two';
      const prompt = document.querySelector<HTMLTextAreaElement>('#prompt');
      if (!prompt) return;
      prompt.value = 'late';
      prompt.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await page.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>('#prompt')?.value === 'two',
    );
    expect(page.url()).toContain('prompt=two');
  });

  it('shows a view that is opened while the code of another view still loads', async () => {
    const page = await open('/write?model=book&prompt=one');
    let isHeld = false;
    await page.route('**/*.js', () => {
      isHeld = true;
    });
    const tabs = page.getByRole('navigation', { name: 'Views' });
    await tabs.getByRole('link', { name: 'Look inside' }).click();
    await page.getByText('Loading this view …').waitFor();
    await until(() => isHeld);
    await tabs.getByRole('link', { name: 'Write' }).click();
    await page.locator('#prompt').waitFor();
    await page.unroute('**/*.js'); // and what was held is loaded
    await tabs.getByRole('link', { name: 'Look inside' }).click();
    await page.locator('#look-prompt').waitFor();
    await tabs.getByRole('link', { name: 'Write' }).click();
    await page.locator('#prompt').waitFor();
  });

  it('stops a study when its view is left, and shows the right one after the return', async () => {
    const studies: { readonly length: number; hasStopped: boolean; release: () => void }[] = [];
    const slow = await servePage({
      ...talkCalls(),
      study: async function* (question: { readonly prompt: { readonly tokens: number[] } }) {
        const released = new AbortController();
        const { length } = question.prompt.tokens;
        const own = { length, hasStopped: false, release: () => released.abort() };
        studies.push(own);
        try {
          while (!released.signal.aborted) {
            yield { kind: 'progress', blocks: 1, of: 3 };
            await setTimeout(20);
          }
          yield* BOOK_CALLS.study(question);
        } finally {
          own.hasStopped = true;
        }
      },
    });
    try {
      const page = await context.newPage();
      await page.goto(`${slow.open}&/look?model=book&prompt=one two three`);
      const waiting = page.getByText('The model reads the prompt: block 1 of 3');
      await waiting.waitFor();
      const tabs = page.getByRole('navigation', { name: 'Views' });
      await tabs.getByRole('link', { name: 'Write' }).click();
      await page.locator('#prompt').waitFor();
      await until(() => studies[0]?.hasStopped);
      expect(studies.map(({ length, hasStopped }) => [length, hasStopped])).toEqual([[3, true]]);

      await page.goBack();
      await waiting.waitFor();
      expect(await page.locator('.step-token').count()).toBe(0);
      expect(await page.inputValue('#look-prompt')).toBe('one two three');
      await until(() => studies.length === 2);
      studies[1]?.release();
      await waitForCount(page, '.step-token', 3);
      await waiting.waitFor({ state: 'detached' });

      await page.evaluate(() => void (location.hash = '#/look?model=book&prompt=one two'));
      await waiting.waitFor();
      await tabs.getByRole('link', { name: 'Write' }).click();
      await page.locator('#prompt').waitFor();
      await page.goBack();
      await page.goBack();
      // The first step back may or may not begin a study of two tokens before the second one leaves it.
      await until(() => studies.at(-1)?.length === 3);
      await waiting.waitFor();
      studies.at(-1)?.release();
      await waitForCount(page, '.step-token', 3);
      expect(await page.locator('.trouble').count()).toBe(0);
      await until(() => studies.every((each) => each.hasStopped));
      expect(studies.filter(({ hasStopped }) => !hasStopped)).toEqual([]);
    } finally {
      await slow.close();
    }
  });

  it('reports that the model of a link is not open, and shows no other', async () => {
    const page = await context.newPage();
    await page.goto(`${served.open}&/write?model=runs/gone&prompt=Hello`);
    await page.getByText('The model runs/gone is not open here.').waitFor();
    expect(await page.locator('#prompt').count()).toBe(0);
    await page.locator('main').getByRole('link', { name: 'talk' }).click();
    await page.locator('#prompt').waitFor();
    expect(page.url()).toContain('model=talk');
  });

  it('gives its token to a tab that a link opens, and no address has it', async () => {
    const page = await open('/write?model=book');
    const [opened] = await Promise.all([
      context.waitForEvent('page'),
      page
        .getByRole('navigation', { name: 'Views' })
        .getByRole('link', { name: 'Look inside' })
        .click({ button: 'middle' }),
    ]);
    await opened.locator('.step-token').first().waitFor();
    expect(opened.url()).not.toContain('secret');
    await opened.reload();
    await opened.locator('.step-token').first().waitFor();
    const others = await browser.newContext();
    const stranger = await others.newPage();
    await stranger.goto(`${served.url}#/write?model=book`);
    await stranger.getByText('Open the address that ramble explore printed').waitFor();
    expect(await stranger.getByText('Loading the models').count()).toBe(0);
    await others.close();
  });
});
