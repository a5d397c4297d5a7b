import { eventOf, parseMidi } from '@ramble/music';
import type { Browser, Page } from 'playwright-core';

import { inBrowser } from './chromium.js';
import { launchChromium } from './find-chromium.js';
import { findFaults } from './find-faults.js';
import { modelFolder, startExplorer } from './start-explorer.js';

/**
 * Length of the duet. Its times are only checked if it is given, on an idle machine: `LIVE_SECONDS=300` for five
 * minutes.
 */
const SECONDS = Number(process.env.LIVE_SECONDS ?? 6);
const IS_MEASURED = process.env.LIVE_SECONDS !== undefined;

/** A message that the page sent to the simulated MIDI output. */
interface SentMessage {
  readonly data: readonly number[];
  /** Time at which the device plays it, and time of the call, in milliseconds. */
  readonly at: number;
  readonly calledAt: number;
}

/** The simulated devices as tests use them. */
interface SimulatedMidi {
  readonly sent: SentMessage[];
  /** Bodies of the responses to the call `write`. */
  readonly written: Promise<string>[];
  /** Plays a message on the keyboard, and returns its time. */
  readonly play: (data: readonly number[]) => number;
}

/** Simulates a MIDI output, and a keyboard if requested; keeps the responses of `write`. Runs in the page, before its scripts. */
function simulateMidi(hasKeyboard: boolean): void {
  const sent: SentMessage[] = [];
  const port = { state: 'connected' };
  const input = {
    ...port,
    id: 'in',
    name: 'Simulated keys',
    onmidimessage: undefined as ((event: object) => void) | undefined,
  };
  const send = (data: number[], at = performance.now()): void => {
    sent.push({ data, at, calledAt: performance.now() });
  };
  const inputs = new Map(hasKeyboard ? [['in', input]] : []);
  const outputs = new Map([['out', { ...port, id: 'out', name: 'Simulated synth', send }]]);
  const requestMIDIAccess = () => Promise.resolve({ inputs, outputs });
  Object.defineProperty(navigator, 'requestMIDIAccess', { value: requestMIDIAccess });
  const play = (data: number[]): number => {
    const timeStamp = performance.now();
    input.onmidimessage?.({ data: Uint8Array.from(data), timeStamp });
    return timeStamp;
  };
  const written: Promise<string>[] = [];
  const { fetch } = globalThis;
  const keepingFetch: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    if (response.url.endsWith('/write')) written.push(response.clone().text());
    return response;
  };
  Object.assign(globalThis, { midi: { sent, written, play }, fetch: keepingFetch });
}

/** Plays a phrase of eight notes in two seconds, with a tap of the pedal or not. Returns the time of its end. */
async function playPhrase(taps: boolean): Promise<number> {
  const { play } = (globalThis as unknown as { midi: SimulatedMidi }).midi;
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  let end = 0;
  for (const pitch of [60, 64, 67, 72, 71, 67, 62, 60]) {
    play([0x90, pitch, 80]);
    await wait(200);
    end = play([0x80, pitch, 0]);
    await wait(50);
  }
  if (!taps) return end;
  play([0xb0, 64, 127]);
  await wait(80);
  return play([0xb0, 64, 0]);
}

/** Times of the notes of an answer in milliseconds after its first note, from the events of the call `write`. */
function notesOf(events: string): number[] {
  let now = 0;
  const times: number[] = [];
  for (const line of events.trim().split('\n')) {
    const { token } = JSON.parse(line) as { token?: { id: number } };
    const event = token && eventOf(token.id);
    if (event?.kind === 'shift') now += 10 * event.steps;
    if (event?.kind === 'noteOn') times.push(now);
  }
  const [first = 0] = times;
  return times.map((time) => time - first);
}

inBrowser('playing live', () => {
  let browser: Browser;
  let explorer: Awaited<ReturnType<typeof startExplorer>>;
  beforeAll(async () => {
    browser = await launchChromium();
    explorer = await startExplorer(['--model', modelFolder('piano-played')]);
  });
  afterAll(async () => {
    await browser.close();
    await explorer.close();
  });

  async function open(prepare?: (page: Page) => Promise<unknown>, options = {}): Promise<Page> {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(60_000);
    await prepare?.(page);
    await page.goto(`${explorer.address}&/write?model=piano-played&seed=3`);
    await page.getByText('Play with the model live').click();
    await page.getByRole('button', { name: 'Start' }).click();
    return page;
  }
  const withDevices = (page: Page): Promise<unknown> => page.addInitScript(simulateMidi, true);
  const listens = (page: Page): Promise<void> =>
    page.getByText('The model listens.', { exact: true }).waitFor();
  const answers = (page: Page): Promise<void> =>
    page.getByText('The model answers.', { exact: true }).waitFor();

  it(
    IS_MEASURED
      ? 'answers within 150 ms of the pedal, with 99 % of the notes within 10 ms of their times'
      : 'answers a tap of the pedal with the notes that the model writes',
    async () => {
      const page = await open(withDevices);
      await page.getByText('You play Simulated keys.').waitFor();
      await page.getByLabel('answers sound on').selectOption('Simulated synth');
      const latencies: number[] = [];
      const errors: number[] = [];
      for (const start = performance.now(); performance.now() - start < 1000 * SECONDS;) {
        const before = (await page.evaluate(midiSent)).length;
        const handOver = await page.evaluate(playPhrase, true);
        await answers(page);
        await listens(page);
        const heard = (await page.evaluate(midiSent))
          .slice(before)
          .filter(({ data: [status, , velocity = 0] }) => status === 0x90 && velocity > 0)
          .map(({ at, calledAt }) => Math.max(at, calledAt));
        const due = notesOf((await page.evaluate(lastWritten)) ?? '');
        expect(heard.length).toBe(due.length);
        const [first = NaN] = heard;
        latencies.push(first - handOver);
        errors.push(...heard.map((time, i) => Math.abs(time - first - (due[i] ?? NaN))));
      }
      const percentile = quantile(errors, 0.99);
      const inTime = errors.filter((error) => error <= 10).length / errors.length;
      const line =
        `${latencies.length} answers after ${quantile(latencies, 0.5).toFixed(0)} ms in the middle, ` +
        `${Math.max(...latencies).toFixed(0)} ms at most; of ${errors.length} notes ` +
        `${(100 * inTime).toFixed(1)} % within 10 ms, 99 % within ${percentile.toFixed(1)} ms`;
      if (IS_MEASURED) console.info(line);
      expect(Math.min(...latencies)).toBeGreaterThan(90);
      if (IS_MEASURED) expect(Math.max(...latencies)).toBeLessThan(150);
      if (IS_MEASURED) expect(percentile).toBeLessThan(10);
      await page.close();
    },
    (2 * SECONDS + 120) * 1000,
  );

  it('answers after the chosen rest on the page itself, and saves both players as MIDI', async () => {
    const page = await open((page) => page.addInitScript(simulateMidi, false));
    await page.getByText('No MIDI keyboard is connected.').waitFor();
    await page.getByRole('button', { name: 'End' }).click();
    await page.getByLabel('rest that ends a phrase').fill('0.3');
    await page.getByRole('button', { name: 'Start' }).click();
    // The rest begins when no key is down, so the first key is held until the second is down.
    await page.getByRole('button', { name: 'C4', exact: true }).hover();
    await page.mouse.down();
    await page.getByRole('group', { name: /Piano keys/ }).press('g', { delay: 100 });
    await page.mouse.up();
    await page.locator('.roll .answered').first().waitFor();
    await listens(page);
    await page.getByRole('button', { name: 'End' }).click();
    const link = page.getByRole('link', { name: /Download the \d+ notes as MIDI/ });
    const [, base64 = ''] = ((await link.getAttribute('href')) ?? '').split(',');
    const { notes } = parseMidi('duet.mid', Buffer.from(base64, 'base64'));
    expect(notes.slice(0, 2).map(({ pitch }) => pitch)).toEqual([60, 67]);
    expect(await page.locator('.live .roll .note').count()).toBe(notes.length);
    await page.close();
  });

  it.each([
    ['denied', 'The browser does not let this page use MIDI devices.'],
    ['missing', 'This browser has no Web MIDI here.'],
  ])('explains what to do if Web MIDI is %s', async (name, sentence) => {
    const page = await open((page) =>
      page.addInitScript((isDenied) => {
        if (isDenied) {
          const requestMIDIAccess = (): Promise<never> => Promise.reject(new Error('no'));
          Object.defineProperty(navigator, 'requestMIDIAccess', { value: requestMIDIAccess });
        } else {
          delete (Navigator.prototype as Partial<Navigator>).requestMIDIAccess;
        }
      }, name === 'denied'),
    );
    await page.getByText(sentence).waitFor();
    await page.close();
  });

  it.each(['light', 'dark'])('has no fault that axe finds, in %s', async (colorScheme) => {
    const page = await open(withDevices, { colorScheme });
    await page.evaluate(playPhrase, true);
    await page.locator('.roll .answered').first().waitFor();
    expect(await findFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    await page.close();
  });
});

/** Returns the smallest value that a share of the values does not exceed. */
function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;
}

function midiSent(): readonly SentMessage[] {
  return (globalThis as unknown as { midi: SimulatedMidi }).midi.sent;
}

function lastWritten(): Promise<string> | undefined {
  return (globalThis as unknown as { midi: SimulatedMidi }).midi.written.at(-1);
}
