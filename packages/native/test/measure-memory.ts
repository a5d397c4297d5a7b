// Prints the growth of the process in bytes per training step and three decoding steps. Under load,
// allocators sometimes grow by more than a test could allow, but a leak grows in each of several rounds.
import { createModel } from '@ramble/core';
import { advance, createKvCache } from '@ramble/core/model';

import { nativeEngine } from '../src/engine.js';
import { trainSteps } from './train-steps.js';

await nativeEngine.load();
const steps = trainSteps(1);
const model = createModel({ vocabSize: 33, contextLength: 40, nLayer: 2, nHead: 2, nEmbd: 48 });

async function run(rounds: number): Promise<number> {
  for (let round = 0; round < rounds; round++) {
    await steps.next();
    const cache = createKvCache(model.decoder, 1);
    for (const tokens of [[1, 2, 3], [4], [5]]) advance(model, cache, [{ slot: 0, tokens }]);
  }
  gc?.();
  return process.memoryUsage.rss();
}

const ROUNDS = 3;
const STEPS = 400;
let before = await run(1200); // then V8's heap and malloc's arenas have reached their size
const growths: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const after = await run(STEPS);
  growths.push((after - before) / STEPS);
  before = after;
}
console.log(Math.min(...growths));
