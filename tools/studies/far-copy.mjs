/**
 * Whether attention reaches far: a marked string is to be written again at the end of a text of noise. It is
 * learned from strings at any distance, which leads from near ones to far ones, and measured on those near the
 * beginning, farther than local layers reach together.
 *   far-copy.mjs [steps] [kind …]
 * Learns with full, local and alternating local and compressed attention, or with the kinds named, and
 * prints lines of JSON: the share of symbols that are right in texts that were not learned from.
 */
import { createModel, forward, logitsOf, randomAt, train, trainingConfig } from '@ramble/core';
import { nativeEngine } from '@ramble/native';
import * as tf from '@tensorflow/tfjs-core';

const [SYMBOLS, NOISE, STRING, T, BATCH] = [8, 8, 4, 96, 32];
/** Tokens that mark the string, and that ask for it. */
const [MARK, ASK] = [SYMBOLS + NOISE, SYMBOLS + NOISE + 1];
/**
 * First positions of strings. Three local layers reach back 3 x 15 positions; a string at one of
 * the first places is at least 80 away.
 */
const [FIRST_PLACES, ALL_PLACES] = [3, T - 2 * STRING - 1];
const SHAPE = {
  vocabSize: ASK + 1,
  contextLength: T,
  nLayer: 3,
  nHead: 4,
  nEmbd: 64,
  localBlock: 8,
};
const KINDS = ['causal', 'local,compressed', 'local'];
const [MEASURED_EVERY, MEASURED_BATCHES] = [250, 8];

const [steps = '1000', ...kinds] = process.argv.slice(2);
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
    learningRate: 1.5e-3,
    dropout: 0,
  });
  const batches = { batch: (index) => Promise.resolve(batchOf(index, ALL_PLACES)) };
  const start = performance.now();
  for await (const { kind, state } of train({ model, config, batches, clock: performance })) {
    if (kind !== 'step' || state.step % MEASURED_EVERY > 0) continue;
    const seconds = Math.round((performance.now() - start) / 1000);
    const right = shareRight(model);
    console.log(
      JSON.stringify({ attention, step: state.step, right, chance: 1 / SYMBOLS, seconds }),
    );
  }
  model.dispose();
}

/** Texts by number: noise, in it a mark and the string; at the end the question and the string again. */
function batchOf(index, places, seed = 7) {
  const random = randomAt({ seed, purpose: 'batch', step: index, stream: 0 });
  const texts = Array.from({ length: BATCH }, (_, row) => {
    const draw = (place, count) => Math.floor(random.uniform(row * (T + 1) + place) * count);
    const text = Int32Array.from({ length: T + 1 }, (__, t) => SYMBOLS + draw(t, NOISE));
    const mark = draw(0, places);
    const left = Array.from({ length: SYMBOLS }, (__, symbol) => symbol);
    const string = Array.from(
      { length: STRING },
      (__, i) => left.splice(draw(i + 1, left.length), 1)[0],
    );
    text.set([MARK, ...string], mark);
    text.set([ASK, ...string], T - STRING);
    return text;
  });
  const rows = (first) =>
    Int32Array.from(texts.flatMap((text) => [...text.subarray(first, first + T)]));
  const weights = Float32Array.from({ length: BATCH * T }, (_, i) => (i % T >= T - STRING ? 1 : 0));
  return { batchSize: BATCH, tokens: rows(0), targets: rows(1), weights };
}

function shareRight({ config, decoder, parameters }) {
  const shares = Array.from({ length: MEASURED_BATCHES }, (_, index) => {
    const batch = batchOf(index, FIRST_PLACES, 8);
    const guesses = tf.tidy(() => {
      const tensors = parameters.tensors();
      return tf
        .argMax(logitsOf(config, tensors, forward(decoder, tensors, batch)), 1)
        .dataSync()
        .slice();
    });
    const asked = [...batch.weights.keys()].filter((i) => batch.weights[i] === 1);
    return asked.filter((i) => guesses[i] === batch.targets[i]).length / asked.length;
  });
  return shares.reduce((sum, share) => sum + share) / MEASURED_BATCHES;
}
