import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import * as tf from '@tensorflow/tfjs-core';
import type OpenAI from 'openai';

import { serveWhale, until, type Whale } from '../test/serve-whale.js';

/** `nx soak server` makes it a minute. */
const SECONDS = Number(process.env.RAMBLE_SOAK_SECONDS ?? 3);
const CLIENTS = 32;
/** Requests that each client makes at least, however slow the machine is. */
const MIN_REQUESTS = 4;
/** Maximum growth of the server's memory after all requests. */
const GROWTH_BYTES = 4e6;

type Params = OpenAI.CompletionCreateParamsNonStreaming;

/** Requests with different texts, lengths and fields. */
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

/** Requests a stream, and disconnects after its second part. */
async function askAndLeave(params: Params): Promise<void> {
  let parts = 0;
  for await (const part of await whale.client.completions.create({ ...params, stream: true })) {
    expect(part.choices).toHaveLength(1);
    if (++parts === 2) break; // closes the connection
  }
}

/** Completions whose client left. */
function leftCount(): number {
  return whale.log.filter((line) => line.startsWith('completion 499')).length;
}

/** Reachable bytes after garbage collection: the heap, and the array buffers of logits and caches. */
async function usedBytes(): Promise<number> {
  await until(whale.url, 'ramble_sequences_running', 0); // a client that left may keep its places for a step
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe(`${CLIENTS} clients at once for ${SECONDS} s`, () => {
  it(
    'get what each would get alone, also when others leave in mid-stream, and leave no memory in use',
    async () => {
      const alone: string[][] = [];
      for (const request of REQUESTS) alone.push(await ask(request));
      let [served, streamCount] = [0, 0];
      const client = async (number: number, end: number): Promise<void> => {
        for (let n = 0; n < MIN_REQUESTS || performance.now() < end; n++) {
          const which = (number + 5 * n) % REQUESTS.length;
          const { streams, ...params } = REQUESTS[which];
          if (streams && ++streamCount % 5 === 0) {
            await askAndLeave(params);
          } else {
            expect(await ask(REQUESTS[which])).toEqual(alone[which]);
            served++;
          }
        }
      };
      const crowd = (seconds: number): Promise<unknown> => {
        const end = performance.now() + 1000 * seconds;
        return Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number, end)));
      };
      await crowd(SECONDS / 3); // everything that is made once exists by then
      const [bytes, { numTensors }] = [await usedBytes(), tf.memory()];
      await crowd((2 / 3) * SECONDS);
      expect((await usedBytes()) - bytes).toBeLessThan(GROWTH_BYTES);
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(served).toBeGreaterThan(2 * CLIENTS);
      expect(leftCount()).toBeGreaterThan(CLIENTS / 8);
    },
    1000 * (SECONDS + 120),
  );
});
