/**
 * Times beam search on the engine native: eight prompts of 32 tokens, four beams each, 64 new tokens.
 *   beams.mjs [weights: f32|f16|int8] [prompts]
 * Measures once, or once for every line on standard input; prints a line of JSON each time, with the tokens of the
 * best beams.
 */
import { createModel, generate } from '@ramble/core';
import { nativeEngine } from '@ramble/native';

import { forTurns } from './for-turns.mjs';
import { narrowed } from './narrowed.mjs';
import { BEAMS, DECODED } from './workloads.mjs';

const [weights = 'f32', count = String(BEAMS.prompts)] = process.argv.slice(2);
await nativeEngine.load();
const model = narrowed(createModel(DECODED.T, { seed: 1 }), weights);
await search(2);
await forTurns(() => search(BEAMS.newTokens));

async function search(maxNewTokens) {
  const { numBeams, promptTokens } = BEAMS;
  const prompts = Array.from({ length: Number(count) }, (_, row) => ({
    tokens: Array.from({ length: promptTokens }, (_, i) => (31 * i + row) % DECODED.T.vocabSize),
  }));
  const batchSize = numBeams * prompts.length;
  const start = performance.now();
  let tokens = 0;
  for await (const event of generate(model, prompts, { numBeams, maxNewTokens, batchSize })) {
    if (event.kind === 'token') tokens++;
  }
  const milliseconds = performance.now() - start;
  if (tokens !== prompts.length * maxNewTokens) throw new Error(`beams: ${tokens} tokens`);
  return {
    milliseconds: Number(milliseconds.toFixed(1)),
    tokensPerSecond: Math.round((1000 * tokens) / milliseconds),
  };
}
