// Random models of Llama's parts, with ramble's results. An export to another program must compute the same there,
// or be refused.
import { modelConfig, trainingConfig } from '@ramble/core';
import { memoryBytes } from '@ramble/core/files';
import { adaptModel, advance, createKvCache, parameterSpecs } from '@ramble/core/model';
import { cpuEngine } from '@ramble/portable';
import { loadModel } from '@ramble/runs';
import { bytesOf, openSafetensors, writeTensors } from '@ramble/runs/safetensors';

/** Returns numbers from 0 to 1 that depend only on the seed. */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WINDOWS = ['window', 'window,causal', 'causal,window', 'window,window,window,causal'];
/** Settings that distinguish one model family each. All other settings are random. */
const FAMILIES = [
  {},
  { bias: 'attention' },
  { bias: 'all' },
  { bias: 'qkv' },
  { attention: WINDOWS },
  { attention: ['window'] },
  { bias: 'qkv', attention: WINDOWS },
  { queryKeyNorm: 'head', attention: ['causal', 'causal', ...WINDOWS] },
  { positions: ['rotary,rotary,rotary,none'] },
  { positions: ['rotary,rotary,rotary,none', 'rotary,none', 'none'], attention: WINDOWS },
  { mlp: 'geglu', embeddingScale: ['root'] },
  { mlp: 'geglu', embeddingScale: ['root'], normPlace: 'around', attention: WINDOWS },
  {
    ...{ mlp: 'geglu', embeddingScale: ['root'], normPlace: 'around', attention: WINDOWS },
    ...{ scoreCap: [50, 2.5], logitCap: [30, 4.5], scoreScale: [undefined, undefined, 10 ** -0.5] },
  },
  {
    ...{ mlp: 'geglu', embeddingScale: ['root'], normPlace: 'around', queryKeyNorm: 'head' },
    ...{ attention: [...WINDOWS, 'window,window,window,window,window,causal'] },
  },
  { ropeShare: [0.5, 0.75] },
  { ropeShare: [0.5], attention: ['window'] },
  { normPlace: 'after', queryKeyNorm: 'all' },
  { normPlace: 'after', queryKeyNorm: 'all', attention: WINDOWS },
];
/** Values of settings. A few settings get a random one of them in place of the family's value. */
const CHANGES = {
  mlp: ['swiglu', 'geglu'],
  bias: ['none', 'qkv', 'attention', 'all'],
  attention: ['causal', ...WINDOWS],
  positions: ['rotary', 'rotary,none', 'none,rotary,rotary'],
  ropeShare: [0.5, 0.75],
  queryKeyNorm: [undefined, 'head', 'all'],
  normPlace: ['before', 'after', 'around'],
  embeddingScale: [undefined, 'root', 3],
  scoreScale: [64 ** -0.5, 0.3],
  scoreCap: [undefined, 20, 1.5],
  logitCap: [undefined, 15, 2.5],
  normEps: [1e-6, 0.01],
};
const SCALINGS = [
  () => ({ kind: 'linear', factor: 2 }),
  ({ original }) => ({ kind: 'dynamic', factor: 2, original }),
  ({ original }) => ({ kind: 'llama3', factor: 8, lowFactor: 1, highFactor: 4, original }),
  ({ original }) => ({ kind: 'llama3', factor: 3, lowFactor: 0.5, highFactor: 2, original }),
  ({ original, betaFast, isRounded }) => {
    const usual = { betaFast, betaSlow: 1, attentionFactor: 0.1 * Math.log(4) + 1 };
    return { kind: 'yarn', factor: 4, original, ...usual, isRounded };
  },
  ({ original }) => {
    const odd = { betaFast: 8, betaSlow: 2, attentionFactor: 1.3, isRounded: true };
    return { kind: 'yarn', factor: 4, original, ...odd };
  },
  // llama.cpp has no context below 256 tokens, and chooses the factors by the context.
  ({ isRounded, columns }) => ({
    ...{ kind: 'longrope', original: isRounded ? 256 : 16, attentionFactor: 1.1 },
    shortFactors: Array.from({ length: columns / 2 }, (_, i) => 1 + i / 8),
    longFactors: Array.from({ length: columns / 2 }, (_, i) => 2 + i),
  }),
];

/** Draws settings, which may contradict each other. */
function draw(random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const one = (value) => (Array.isArray(value) ? pick(value) : value);
  const sizes = { nHead: pick([2, 3, 4]), headDim: pick([8, 12, 16]), nLayer: pick([2, 4, 6, 7]) };
  const isSquare = random() < 0.6;
  const nEmbd = isSquare ? sizes.nHead * sizes.headDim : pick([20, 24, 32]);
  const family = pick(FAMILIES);
  const given = Object.fromEntries(
    Object.entries(family).map(([name, value]) => [name, one(value)]),
  );
  for (let changes = pick([0, 0, 0, 1, 1, 2]); changes > 0; changes--) {
    const name = pick(Object.keys(CHANGES));
    given[name] = pick(CHANGES[name]);
  }
  const contextLength = pick([24, 32, 40]);
  const hasWindow = given.attention?.includes('window');
  const columns = Math.floor(sizes.headDim * (given.ropeShare ?? 1));
  const scaling = {
    ...{ columns, original: pick([8, 16, contextLength]) },
    ...{ betaFast: pick([32, 16]), isRounded: random() < 0.5 },
  };
  return {
    ...{ norm: 'rms', mlp: 'swiglu', bias: 'none', positions: 'rotary' },
    ...{ vocabSize: VOCABULARY, contextLength, nEmbd, mlpDim: pick([32, 48]), ...sizes },
    ...{ nKvHead: random() < 0.5 ? sizes.nHead : 1, tiedHead: random() < 0.5, normEps: 1e-5 },
    ...given,
    ...(given.positions !== 'none' && {
      ropeTheta: pick([10_000, 500_000, 100]),
      ...(random() < 0.4 && { ropeScaling: pick(SCALINGS)(scaling) }),
      ...(hasWindow && random() < 0.4 && { ropeWindowTheta: pick([10_000, 500_000, 50]) }),
    }),
    ...(hasWindow && { window: pick([3, 5, 9, 64]) }),
    ...(given.embeddingScale === 'root' && { embeddingScale: Math.sqrt(nEmbd) }),
  };
}

/** Vocabulary size of every model: 256 bytes, and the end of a text. */
export const VOCABULARY = 257;

/**
 * Makes a random model, the same for the same seed.
 *
 * @returns its settings for a run, its weights, as many tokens as its context, and a function that returns
 *   ramble's logits after each of them, `[tokens, VOCABULARY]`.
 */
export async function randomLlama(seed) {
  const random = uniform(seed);
  const config = completed(random);
  const file = await randomWeights(config, random);
  const tokens = Array.from({ length: config.contextLength }, () => Math.floor(random() * 256));
  const logits = () => logitsOf(file, config, tokens);
  return { description: { model: config, training: trainingConfig() }, file, tokens, logits };
}

const TARGETS = ['all', 'attention', 'q,v', 'k,o,up', 'qkv,gate-up', 'v,gate-up,down', 'mlp'];

/**
 * Adds adapters of random targets, rank, factor and numbers to a model, the same for the same seed.
 *
 * @param share - Size of the numbers; with 1, adapters are about as large as the weights of random models.
 * @returns the model, which disposes of the given one.
 */
export function randomAdapters(model, seed, { share = 1 } = {}) {
  const random = uniform(seed + 1000);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const [loraRank, loraAlpha, loraTargets] = [pick([1, 2, 5]), pick([1, 8]), pick(TARGETS)];
  const settings = { loraRank, loraAlpha, loraTargets, loraDropout: 0 };
  const adapted = adaptModel(model, settings, seed);
  const scaleOfAdapters = loraAlpha / loraRank;
  for (const { name, shape } of adapted.parameters.specs) {
    const isUp = name.endsWith('up.weight');
    const scale = isUp ? share / scaleOfAdapters / loraRank ** 0.5 : (12 / shape[0]) ** 0.5;
    const values = Float32Array.from(
      { length: shape[0] * shape[1] },
      () => scale * (random() - 0.5),
    );
    adapted.parameters.write(name, values);
  }
  return adapted;
}

/**
 * Returns the logits after each token, `[tokens, VOCABULARY]`, of the model in a file.
 *
 * @param adapt - Adds adapters to the model.
 */
export async function logitsOf(file, config, tokens, adapt = (model) => model) {
  await cpuEngine.load();
  const model = await adapt(await loadModel(file, config));
  const feeds = [{ slot: 0, tokens }];
  const found = advance(model, createKvCache(model.decoder, 1), feeds, { logits: 'all' });
  model.dispose();
  return found;
}

/** Draws random settings until they do not contradict each other. Returns the complete config. */
function completed(random) {
  for (;;) {
    try {
      return modelConfig(draw(random));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

async function randomWeights(config, random) {
  const tensors = parameterSpecs(config).map(({ name, shape }) => {
    const inputs = shape.length > 1 ? shape[name.includes('mbedding') ? 1 : 0] : 4;
    const scale = (12 / inputs) ** 0.5;
    const middle = name.endsWith('.gain') ? 1 : 0;
    const size = shape.reduce((all, each) => all * each, 1);
    const values = Float32Array.from({ length: size }, () => middle + scale * (random() - 0.5));
    return { name, dtype: 'F32', shape, bytes: () => [bytesOf(values)] };
  });
  const pieces = [];
  const sink = { write: async (bytes) => void pieces.push(Uint8Array.from(bytes)) };
  await writeTensors(sink, tensors);
  return openSafetensors(memoryBytes('random', Buffer.concat(pieces)));
}
