/**
 * Times decoding on the engine native, one token at a time through the cache:
 *   decode.mjs A|C|M|R|S [batch size] [weights, as of prompt.mjs] [tokens] [tokens before them]
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { createModel } from '@ramble/core';
import { sizeOf } from '@ramble/core/engine';
import { advance, createKvCache } from '@ramble/core/model';
import { nativeEngine } from '@ramble/native';

import { forTurns } from './for-turns.mjs';
import { narrowed } from './narrowed.mjs';
import { DECODED } from './workloads.mjs';

const [name, batchSize = '1', weights = 'f32', count = '31', past = '32'] = process.argv.slice(2);
await nativeEngine.load();
const model = narrowed(createModel(DECODED[name], { seed: 1 }), weights);
decode(2);
await forTurns(() => decode(Number(count)));

function decode(tokens) {
  const into = new Float32Array(Number(batchSize) * model.config.vocabSize); // like the scheduler
  const cache = createKvCache(model.decoder, Number(batchSize));
  const feeds = (fed) =>
    Array.from({ length: Number(batchSize) }, (_, slot) => ({ slot, tokens: fed }));
  advance(
    model,
    cache,
    feeds(Array.from({ length: Number(past) }, (_, i) => i % model.config.vocabSize)),
  );
  const start = performance.now();
  for (let i = 0; i < tokens; i++) {
    advance(model, cache, feeds([i % model.config.vocabSize]), { into });
  }
  const milliseconds = (performance.now() - start) / tokens;
  const tokensPerSecond = Math.round((1000 * Number(batchSize)) / milliseconds);
  return {
    milliseconds: Number(milliseconds.toFixed(3)),
    tokensPerSecond,
    stepMegabytes: megabytes(),
  };
}

/**
 * Megabytes that a step reads: all weights except the position embeddings, the distances to the
 * cached positions, and the cache.
 */
function megabytes() {
  const { nLayer, nEmbd, nKvHead, headDim } = model.config;
  const seen = Number(past) + Number(count) / 2;
  const sizes = model.parameters.specs.map(({ name, shape }) => {
    const kept = shape.length > 1 ? weights.split('-')[0] : 'f32';
    const width = { f32: 4, f16: 2, int8: 1 + 4 / 64, q4: 20 / 32 }[kept]; // bytes per weight, with scales
    if (name.startsWith('positionEmbedding')) return 0;
    return (name.includes('distances') ? seen * nEmbd : sizeOf(shape)) * width;
  });
  const cache = 2 * nLayer * seen * nKvHead * headDim * 4 * Number(batchSize);
  return Number((sizes.reduce((sum, size) => sum + size, cache) / 1e6).toFixed(1));
}
