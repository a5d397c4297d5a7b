/**
 * Times reading a prompt on the engine native, all of it in one step of the model:
 *   prompt.mjs A|C|S [weights: f32|f16|int8|q4|int8-bytes|q4-bytes] [tokens]
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { createModel } from '@ramble/core';
import { advance, createKvCache } from '@ramble/core/model';
import { nativeEngine } from '@ramble/native';

import { forTurns } from './for-turns.mjs';
import { narrowed } from './narrowed.mjs';
import { DECODED } from './workloads.mjs';

const [name, weights = 'f32', count = '512'] = process.argv.slice(2);
await nativeEngine.load();
const model = narrowed(createModel(DECODED[name], { seed: 1 }), weights);
read(8);
await forTurns(() => read(Number(count)));

function read(length) {
  const cache = createKvCache(model.decoder, 1);
  const tokens = Array.from({ length }, (_, i) => (7 * i) % model.config.vocabSize);
  const start = performance.now();
  advance(model, cache, [{ slot: 0, tokens }]);
  const milliseconds = performance.now() - start;
  return {
    milliseconds: Number(milliseconds.toFixed(1)),
    tokensPerSecond: Math.round((1000 * length) / milliseconds),
  };
}
