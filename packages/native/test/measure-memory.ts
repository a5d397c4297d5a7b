// Prints by how many bytes the process has grown over a thousand training steps and thousands of decoding steps.
import { advance, createKvCache, createModel } from '@ramble/core';

import { nativeEngine } from '../src/engine.js';
import { trainSteps } from './train-steps.js';

await nativeEngine.load();
const steps = trainSteps(1);
const model = createModel({ vocabSize: 33, contextLength: 40, nLayer: 2, nHead: 2, nEmbd: 48 });

async function run(rounds: number): Promise<number> {
  for (let round = 0; round < rounds; round++) {
    await steps.next();
    const cache = createKvCache(model.config, 1);
    for (const tokens of [[1, 2, 3], [4], [5]]) advance(model, cache, [{ sequence: 0, tokens }]);
  }
  gc?.();
  return process.memoryUsage.rss();
}

const before = await run(1200); // V8's heap and malloc's arenas have their size by then
console.log((await run(1000)) - before);
