/**
 * Whether attention reaches far: a marked string near the beginning is to be written at the end, behind
 * noise that is longer than local layers reach together.
 *   far-copy.mjs [steps] [kind …]
 * Learns with full, local and alternating local and compressed attention, or with the kinds named, and
 * prints a line of JSON each: the share of symbols that are right in texts that were not learned from.
 */
import { createModel, forward, logitsOf, randomAt, train, trainingConfig } from '@ramble/core';
import { nativeEngine } from '@ramble/native';
import * as tf from '@tensorflow/tfjs-core';

const [SYMBOLS, NOISE, STRING, PLACES, T, BATCH] = [8, 8, 4, 3, 96, 16];
/** Marks the string, and asks for it. */
const [MARK, ASK] = [SYMBOLS + NOISE, SYMBOLS + NOISE + 1];
/** Three local layers reach back 3 x 15 positions; the string is at least 80 away. */
const SHAPE = {
  vocabSize: ASK + 1,
  contextLength: T,
  nLayer: 3,
  nHead: 4,
  nEmbd: 64,
  localBlock: 8,
};
const KINDS = ['causal', 'local', 'local,compressed'];

const [steps = '1500', ...kinds] = process.argv.slice(2);
await nativeEngine.load();
for (const attention of kinds.length > 0 ? kinds : KINDS) await learn(attention);

async function learn(attention) {
  const { localBlock, ...shape } = SHAPE;
  const sizes = attention.includes('local') ? { localBlock } : {};
  const model = createModel({ ...shape, ...sizes, attention }, { seed: 1 });
  const config = trainingConfig({
    batchSize: BATCH,
    maxSteps: Number(steps),
    warmupSteps: 50,
    learningRate: 3e-3,
    dropout: 0,
  });
  const batches = { batch: (index) => Promise.resolve(batchOf(index)) };
  const start = performance.now();
  for await (const _ of train({ model, config, batches, clock: performance })) void _;
  const seconds = Math.round((performance.now() - start) / 1000);
  const right = shareRight(model, batchOf(-1));
  console.log(
    JSON.stringify({ attention, steps: Number(steps), right, chance: 1 / SYMBOLS, seconds }),
  );
  model.dispose();
}

/** Texts by number: noise, in it a mark and the string; at the end the question and the string again. */
function batchOf(index) {
  const random = randomAt({ seed: 7, purpose: 'batch', step: index + 1, stream: 0 });
  const texts = Array.from({ length: BATCH }, (_, row) => {
    const draw = (place, count) => Math.floor(random.uniform(row * (T + 1) + place) * count);
    const text = Int32Array.from({ length: T + 1 }, (__, t) => SYMBOLS + draw(t, NOISE));
    const mark = draw(0, PLACES);
    const string = Int32Array.from({ length: STRING }, (__, i) => draw(i + 1, SYMBOLS));
    text.set([MARK, ...string], mark);
    text.set([ASK, ...string], T - STRING);
    return text;
  });
  const rows = (first) =>
    Int32Array.from(texts.flatMap((text) => [...text.subarray(first, first + T)]));
  const weights = Float32Array.from({ length: BATCH * T }, (_, i) => (i % T >= T - STRING ? 1 : 0));
  return { batchSize: BATCH, tokens: rows(0), targets: rows(1), weights };
}

function shareRight({ config, parameters }, batch) {
  const guesses = tf.tidy(() => {
    const tensors = parameters.tensors();
    return tf
      .argMax(logitsOf(tensors, forward(config, tensors, batch)), 1)
      .dataSync()
      .slice();
  });
  const asked = [...batch.weights.keys()].filter((i) => batch.weights[i] === 1);
  return asked.filter((i) => guesses[i] === batch.targets[i]).length / asked.length;
}
