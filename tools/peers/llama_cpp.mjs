/**
 * Times llama.cpp, by node-llama-cpp's binary, as tools/bench/decode.mjs and prompt.mjs time ramble: only steps of
 * the model, on as many threads, with logits of the last token and without sampling.
 *   llama_cpp.mjs decode A|C|S [batch size] [weights: f32|f16|int8|q4_0|q4_1] [tokens]
 *   llama_cpp.mjs prompt C|S [weights] [tokens] [flash]
 * write_gguf.py makes the random model; `flash` turns flash attention on.
 */
import { pathToFileURL } from 'node:url';

import { forTurns } from '../bench/for-turns.mjs';
import { installed, LLAMA_CPP, llamaCppWith } from './installed.mjs';
import { randomModel } from './random-model.mjs';

const PROMPT = 32;
const threads = Number(process.env.RAMBLE_THREADS ?? 2);
const [task, name, ...words] = process.argv.slice(2);
const isDecoding = task === 'decode';
const [batchSize = '1', weights = 'f32', count = isDecoding ? '31' : '512', flash] = isDecoding
  ? words
  : ['1', ...words];
const sequences = Array.from({ length: Number(batchSize) }, (_, sequence) => sequence);

const { PEERS_LLAMA_CPP: backend } = process.env; // set by a benchmark that limits all to one instruction set
const main = backend ? llamaCppWith(backend) : installed(LLAMA_CPP);
const { getLlama } = await import(pathToFileURL(main).href);
const llama = await getLlama({
  gpu: false,
  build: 'never',
  maxThreads: threads,
  logLevel: 'error',
});
const model = await llama.loadModel({ modelPath: randomModel('write_gguf.py', name, weights) });
const context = await model.createContext({
  contextSize: PROMPT + Number(count) + 1,
  batchSize: 1024,
  sequences: sequences.length,
  threads,
  flashAttention: flash === 'flash',
});
// node-llama-cpp's public functions sample a token after each step, which is not timed here.
const steps = context._ctx;
await (isDecoding ? decode(2) : read(8));
await forTurns(() => (isDecoding ? decode : read)(Number(count)), {
  'llama.cpp': llama.llamaCppRelease.release,
  [LLAMA_CPP.name]: LLAMA_CPP.version,
});

async function decode(tokens) {
  forget();
  await advance(0, range(PROMPT));
  const start = performance.now();
  for (let i = 0; i < tokens; i++) await advance(PROMPT + i, [i % 65]);
  return result((performance.now() - start) / tokens, sequences.length);
}

async function read(length) {
  forget();
  const start = performance.now();
  await advance(0, range(length));
  return result(performance.now() - start, length);
}

/** Runs a step of the model: the same tokens for every sequence, and the logits of the last token. */
async function advance(past, tokens) {
  steps.initBatch(sequences.length * tokens.length);
  for (const sequence of sequences) {
    steps.addToBatch(sequence, past, Uint32Array.from(tokens), Uint32Array.of(tokens.length - 1));
  }
  await steps.decodeBatch();
}

function forget() {
  for (const sequence of sequences) steps.disposeSequence(sequence);
}

function range(length) {
  return Array.from({ length }, (_, i) => i);
}

function result(milliseconds, tokens) {
  return {
    milliseconds: Number(milliseconds.toFixed(3)),
    tokensPerSecond: Math.round((1000 * tokens) / milliseconds),
  };
}
