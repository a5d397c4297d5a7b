/**
 * Times decoding on the engine native, one token at a time through the cache:
 *   decode.mjs A|C [batch size] [weights: f32|f16|int8] [tokens]
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { advance, createKvCache, createModel, INT8_GROUP, sizeOf } from '@ramble/core';
import { nativeEngine } from '@ramble/native';

import { forTurns } from './for-turns.mjs';
import { narrowed } from './narrowed.mjs';
import { DECODED } from './workloads.mjs';

const PROMPT = 32;
const [name, batchSize = '1', weights = 'f32', count = '31'] = process.argv.slice(2);
await nativeEngine.load();
const model = narrowed(createModel(DECODED[name], { seed: 1 }), weights);
decode(2);
await forTurns(() => decode(Number(count)));

function decode(tokens) {
  const cache = createKvCache(model.config, Number(batchSize));
  const feeds = (fed) =>
    Array.from({ length: Number(batchSize) }, (_, sequence) => ({ sequence, tokens: fed }));
  advance(model, cache, feeds(Array.from({ length: PROMPT }, (_, i) => i)));
  const start = performance.now();
  for (let i = 0; i < tokens; i++) advance(model, cache, feeds([i % model.config.vocabSize]));
  const milliseconds = (performance.now() - start) / tokens;
  const tokensPerSecond = Math.round((1000 * Number(batchSize)) / milliseconds);
  return {
    milliseconds: Number(milliseconds.toFixed(3)),
    tokensPerSecond,
    stepMegabytes: megabytes(),
  };
}

/** What a step reads: all weights but those of positions. */
function megabytes() {
  const sizes = model.parameters.specs.map(({ name, shape }) => {
    const width = { f32: 4, f16: 2, int8: 1 + 4 / INT8_GROUP }[shape.length > 1 ? weights : 'f32'];
    return name.startsWith('positionEmbedding') ? 0 : sizeOf(shape) * width;
  });
  return Number((sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(1));
}
