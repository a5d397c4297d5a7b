/**
 * Times transformers.js, by ONNX Runtime on the CPU, as tools/bench/decode.mjs and prompt.mjs time ramble: calls
 * of the model with its cache, and logits of the last token.
 *   transformers_js.mjs decode A|C|S [batch size] [weights: f32|f16|int8|q4] [tokens]
 *   transformers_js.mjs prompt C|S [weights] [tokens]
 * write_onnx.py makes the random model.
 */
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

import { forTurns } from '../bench/for-turns.mjs';
import { installed, TRANSFORMERS_JS } from './installed.mjs';
import { randomModel } from './random-model.mjs';

const PROMPT = 32;
const TYPES = { f32: 'fp32', f16: 'fp16', int8: 'q8', q4: 'q4' };
const threads = Number(process.env.RAMBLE_THREADS ?? 2);
const [task, name, ...words] = process.argv.slice(2);
const isDecoding = task === 'decode';
const [batchSize = '1', weights = 'f32', count = isDecoding ? '31' : '512'] = isDecoding
  ? words
  : ['1', ...words];
const batch = Number(batchSize);

const main = pathToFileURL(installed(TRANSFORMERS_JS)).href;
const { AutoModelForCausalLM, env, Tensor } = await import(main);
const folder = randomModel('write_onnx.py', name, weights);
env.localModelPath = dirname(folder);
const model = await AutoModelForCausalLM.from_pretrained(basename(folder), {
  dtype: TYPES[weights],
  device: 'cpu',
  local_files_only: true,
  session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
});
await (isDecoding ? decode(2) : read(8));
await forTurns(() => (isDecoding ? decode : read)(Number(count)), {
  'transformers.js': TRANSFORMERS_JS.version,
  'onnxruntime-node': createRequire(main)('onnxruntime-node/package.json').version,
});

async function decode(tokens) {
  let cache = await advance(
    0,
    Array.from({ length: PROMPT }, (_, i) => i),
  );
  const start = performance.now();
  for (let i = 0; i < tokens; i++) cache = await advance(PROMPT + i, [i % 65], cache);
  return result((performance.now() - start) / tokens, batch);
}

async function read(length) {
  const start = performance.now();
  await advance(
    0,
    Array.from({ length }, (_, i) => i),
  );
  return result(performance.now() - start, length);
}

/** Calls the model with the same tokens for every sequence; returns its cache. */
async function advance(past, tokens, past_key_values = null) {
  const ids = Array.from({ length: batch }, () => tokens).flat();
  const seen = past + tokens.length;
  const outputs = await model.forward({
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [batch, tokens.length]),
    attention_mask: new Tensor('int64', new BigInt64Array(batch * seen).fill(1n), [batch, seen]),
    past_key_values,
  });
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name.startsWith('present'))
      .map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
  );
}

function result(milliseconds, tokens) {
  return {
    milliseconds: Number(milliseconds.toFixed(3)),
    tokensPerSecond: Math.round((1000 * tokens) / milliseconds),
  };
}
