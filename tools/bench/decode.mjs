/**
 * Times decoding on the engine native, one token at a time through the cache:
 *   decode.mjs A|C [batch size] [tokens]
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { advance, createKvCache, createModel } from '@ramble/core';
import { nativeEngine } from '@ramble/native';

import { forTurns } from './for-turns.mjs';
import { DECODED } from './workloads.mjs';

const PROMPT = 32;
const [name, batchSize = '1', count = '31'] = process.argv.slice(2);
await nativeEngine.load();
const model = createModel(DECODED[name], { seed: 1 });
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
  return { milliseconds: Number(milliseconds.toFixed(3)), tokensPerSecond };
}
