/**
 * Measures the maximum speedup by batching that the engine native allows a server: the steps of serve.mjs (prompts
 * of 64 tokens, 48 new ones each, one client and eight), without scheduler, draws and HTTP, as JSON:
 *   serve-ceiling.mjs [rounds]
 * By medians and by bests. If the ratio is below the required one of serve.mjs, the engine is the limit.
 */
import { createModel } from '@ramble/core';
import { advance, createKvCache, resetSlot } from '@ramble/core/model';
import { nativeEngine } from '@ramble/native';

import { median } from './median.mjs';
import { narrowed } from './narrowed.mjs';
import { DECODED } from './workloads.mjs';

const [CLIENTS, PROMPT, TOKENS] = [8, 64, 48];
/** The scheduler reads two prompts of 64 tokens in a step. */
const PROMPTS_PER_STEP = 2;
const rounds = Number(process.argv[2] ?? 3);
await nativeEngine.load();
const model = narrowed(createModel(DECODED.C, { seed: 1 }), 'f32');
const { vocabSize } = model.config;
const cache = createKvCache(model.decoder, CLIENTS);
const into = new Float32Array(CLIENTS * vocabSize);

read(CLIENTS);
const times = { readOne: [], readTwo: [], stepOfOne: [], stepOfAll: [] };
for (let i = 0; i < rounds; i++) {
  times.readOne.push(read(1));
  times.readTwo.push(read(PROMPTS_PER_STEP));
  read(CLIENTS);
  for (let j = 0; j < 8; j++) {
    times.stepOfOne.push(write(1));
    times.stepOfAll.push(write(CLIENTS));
  }
}
console.log(
  JSON.stringify({ medians: ceiling(median), bests: ceiling((all) => Math.min(...all)) }, null, 2),
);

/** Tokens per second of one client and of all clients, from the times of their steps. */
function ceiling(of) {
  const [readOne, readTwo, stepOfOne, stepOfAll] = Object.values(times).map(of);
  const one = readOne + (TOKENS - 1) * stepOfOne;
  const all = (CLIENTS / PROMPTS_PER_STEP) * readTwo + (TOKENS - 1) * stepOfAll;
  const milliseconds = { readOne, readTwo, stepOfOne, stepOfAll };
  return {
    milliseconds: rounded(milliseconds),
    ...rounded({
      tokensPerSecondOfOne: (1000 * TOKENS) / one,
      tokensPerSecondOfAll: (1000 * CLIENTS * TOKENS) / all,
      ratio: (CLIENTS * one) / all,
    }),
  };
}

/** Reads the prompts of some clients, in milliseconds. */
function read(count) {
  for (let slot = 0; slot < CLIENTS; slot++) resetSlot(cache, slot);
  return timed(
    Array.from({ length: count }, (_, slot) => ({
      slot,
      tokens: Array.from({ length: PROMPT }, (_, i) => (1000 * slot + i) % vocabSize),
    })),
  );
}

/** Computes a token for some clients; returns milliseconds. */
function write(count) {
  return timed(Array.from({ length: count }, (_, slot) => ({ slot, tokens: [slot] })));
}

function timed(feeds) {
  const start = performance.now();
  advance(model, cache, feeds, { into });
  return performance.now() - start;
}

function rounded(numbers) {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, number]) => [name, Number(number.toPrecision(3))]),
  );
}
