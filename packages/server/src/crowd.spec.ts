import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import * as tf from '@tensorflow/tfjs-core';
import type OpenAI from 'openai';

import { serveWhale, type Whale } from '../test/serve-whale.js';

/** `nx soak server` makes it a minute. */
const SECONDS = Number(process.env.RAMBLE_SOAK_SECONDS ?? 3);
const CLIENTS = 32;
/** What a server may grow by, whatever it served. */
const GROWTH_BYTES = 4e6;

type Params = OpenAI.CompletionCreateParamsNonStreaming;

/** Different in what they write, how much of it, and how it is asked for. */
const REQUESTS = Array.from({ length: 12 }, (_, i): Params & { readonly streams: boolean } => ({
  streams: i % 3 > 0,
  model: 'whale',
  prompt: ['call me', 'ishmael', 'some years ago', 'the white whale 🐋'].slice(i % 4, (i % 4) + 2),
  max_tokens: 1 + ((7 * i) % 25),
  seed: i,
  n: 1 + (i % 2),
  temperature: [0, 0.8, 1.5][i % 3],
  ...(i % 4 === 0 && { echo: true, logprobs: 2 }),
}));

let whale: Whale;
beforeAll(async () => {
  whale = await serveWhale({ batchSize: 16, queueSize: 4 * CLIENTS });
});
afterAll(() => whale.close());

/** The texts of a request's outputs. */
async function ask({ streams, ...params }: (typeof REQUESTS)[number]): Promise<string[]> {
  if (!streams) {
    return (await whale.client.completions.create(params)).choices.map(({ text }) => text);
  }
  const texts: string[] = [];
  const stream = await whale.client.completions.create({ ...params, stream: true });
  for await (const { choices } of stream) {
    for (const { index, text } of choices) texts[index] = (texts[index] ?? '') + text;
  }
  return texts;
}

/** Bytes that are still reachable. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe(`${CLIENTS} clients at once for ${SECONDS} s`, () => {
  it(
    'get what each would get alone, and leave nothing behind',
    async () => {
      const alone: string[][] = [];
      for (const request of REQUESTS) alone.push(await ask(request));
      let served = 0;
      const client = async (number: number, end: number): Promise<void> => {
        for (let i = number; performance.now() < end; i += 5) {
          const which = i % REQUESTS.length;
          expect(await ask(REQUESTS[which])).toEqual(alone[which]);
          served++;
        }
      };
      const crowd = (seconds: number): Promise<unknown> => {
        const end = performance.now() + 1000 * seconds;
        return Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number, end)));
      };
      await crowd(SECONDS / 3); // whatever is made once is there by then
      const [heap, { numTensors }] = [heapBytes(), tf.memory()];
      await crowd((2 / 3) * SECONDS);
      expect(heapBytes() - heap).toBeLessThan(GROWTH_BYTES);
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(served).toBeGreaterThan(2 * CLIENTS);
    },
    1000 * (SECONDS + 60),
  );
});
