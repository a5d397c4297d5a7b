import { golden, plainGelu } from '@ramble/node/testing';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { createModel, type Model } from '../model/model.js';
import { readBlock, stepShapes } from './block-reading.js';
import { readPrompt } from './read-prompt.js';
import { watchModel } from './watch-model.js';

const T = golden.inputIds[0].length;
const prompt = { tokens: golden.inputIds[0] };
const SIZES = { vocabSize: 31, contextLength: 16, nLayer: 3, nEmbd: 16 };
const llama = createModel(
  {
    ...SIZES,
    ...{ nHead: 4, nKvHead: 2, attention: 'window,causal,causal', window: 3, positions: 'rotary' },
    ...{ norm: 'rms', mlp: 'swiglu', queryKeyNorm: 'head', bias: 'none', tiedHead: false },
  },
  { seed: 5 },
);
const groups = createModel(
  {
    ...SIZES,
    ...{ nHead: 2, attention: 'causal,compressed', compressionFactor: 2, positions: 'every-layer' },
  },
  { seed: 5 },
);
const groupedInput = createModel(
  {
    ...SIZES,
    ...{ nHead: 2, attention: 'compressed-input', compressionFactor: 2, norm: 'rms' },
  },
  { seed: 5 },
);
const MODELS: readonly [string, Model][] = [
  ['GPT-2', tinyGpt2()],
  ["Llama's parts", llama],
  ['groups of tokens', groups],
  ['groups of inputs', groupedInput],
];

/** Returns all results of the plain forward pass, by name. A repeated name keeps its first result. */
function watched(model: Model): Map<string, Float32Array> {
  const steps = new Map<string, Float32Array>();
  watchModel(model, prompt, ({ name, value }) => {
    if (!steps.has(name)) steps.set(name, value.dataSync<'float32'>().slice());
  });
  return steps;
}

/** Returns a matrix product of a row, with a bias if the model has one. */
function plainLinear({ parameters }: Model, row: Float32Array, name: string): Float32Array {
  const weight = parameters.read(`${name}.weight`);
  const width = weight.length / row.length;
  const hasBias = parameters.specs.some((spec) => spec.name === `${name}.bias`);
  const sums = hasBias ? parameters.read(`${name}.bias`).slice() : new Float32Array(width);
  row.forEach((x, i) => {
    for (let j = 0; j < width; j++) sums[j] += x * weight[i * width + j];
  });
  return sums;
}

/** Returns a reading of the prompt. */
function readAll(model: Model) {
  const reader = readPrompt(model, prompt, { describe: (id) => `<${id}>` }, { count: 3 });
  for (;;) {
    const { done, value } = reader.next();
    if (done) return value;
  }
}

describe('readBlock', () => {
  it.each(MODELS)('has the rows of the plain forward pass: %s', (_, model) => {
    const steps = watched(model);
    for (const layer of [0, model.config.nLayer - 1]) {
      const block = readBlock(model, prompt, layer);
      for (const position of [0, 3, T - 1]) {
        for (const { step, values } of block.vectors(position)) {
          const before = layer === 0 ? ['input', 'tokenEmbedding'] : [];
          const name =
            step === 'stream'
              ? [...before, `blocks.${layer - 1}.mlp.residual`].find((each) => steps.has(each))
              : `blocks.${layer}.${step}`;
          const all = steps.get(name ?? '')!;
          const width = all.length / T;
          expect([step, values]).toEqual([
            step,
            all.slice(position * width, (position + 1) * width),
          ]);
        }
      }
    }
  });

  it("lists the vectors of GPT-2's block, and of Llama's", () => {
    const stepsOf = (model: Model) => readBlock(model, prompt, 1).vectors(2);
    const names = (model: Model) => stepsOf(model).map(({ step }) => step);
    const ofHeads = ['attention.query', 'attention.key', 'attention.value'];
    const end = ['attention.merged', 'attention.proj', 'attention.residual', 'norm2', 'mlp.up'];
    expect(names(tinyGpt2())).toEqual([
      ...['stream', 'norm1', 'attention.qkv', ...ofHeads, ...end],
      ...['mlp.gelu', 'mlp.down', 'mlp.residual'],
    ]);
    expect(names(llama)).toEqual([
      ...['stream', 'norm1', 'attention.qkv', 'attention.qkvNormed', 'attention.qkvTurned'],
      ...[...ofHeads, ...end, 'mlp.gated', 'mlp.down', 'mlp.residual'],
    ]);
  });

  it.each(MODELS)('agrees with plain loops from step to step: %s', (_, model) => {
    const { nHead, headDim } = model.config;
    const block = readBlock(model, prompt, 1);
    const of = new Map(block.vectors(4).map(({ step, values }) => [step, values]));
    const sum = (x: Float32Array, y: Float32Array) => x.map((value, i) => value + y[i]);
    const close = { atol: 1e-5 };
    const linear = (step: string, name: string) =>
      plainLinear(model, of.get(step)!, `blocks.1.${name}`);
    expect(of.get('attention.qkv')).toBeAllClose(linear('norm1', 'attention.qkv'), close);
    const merged = Array.from({ length: nHead }, (__, head) => {
      const { weights, values } = block.head(head, 4);
      return Array.from({ length: headDim }, (___, i) =>
        values.reduce((total, value, key) => total + weights[key] * value[i], 0),
      );
    });
    expect(of.get('attention.merged')).toBeAllClose(Float32Array.from(merged.flat()), close);
    const proj = linear('attention.merged', 'attention.proj');
    expect(of.get('attention.proj')).toBeAllClose(proj, close);
    const between = of.get('attention.residual')!;
    const input = of.get('input') ?? of.get('stream')!;
    expect(between).toBeAllClose(sum(input, of.get('attention.proj')!), close);
    const up = linear('norm2', 'mlp.up');
    const half = up.length / 2;
    const silu = (x: number) => x / (1 + Math.exp(-x));
    const wide =
      model.config.mlp === 'gelu'
        ? up.map(plainGelu)
        : up.slice(0, half).map((gate, i) => silu(gate) * up[half + i]);
    expect(of.get('mlp.gelu') ?? of.get('mlp.gated')).toBeAllClose(wide, close);
    expect(of.get('mlp.residual')).toBeAllClose(sum(between, of.get('mlp.down')!), close);
  });

  it('has the softmax of the scores that the mask leaves, and products of query and key', () => {
    const { query, keys, scores, masked, weights } = readBlock(llama, prompt, 0).head(3, 4);
    const products = keys.map((key) => key.reduce((sum, x, i) => sum + x * query[i], 0) / 2);
    expect(scores).toBeAllClose(Float32Array.from(products), { atol: 1e-5 });
    const isSeen = (key: number) => key > 1 && key <= 4; // the window has three tokens
    expect(Array.from(masked)).toEqual(
      Array.from(scores, (score, key) => (isSeen(key) ? score : -Infinity)),
    );
    const powers = Array.from(masked, Math.exp);
    const total = powers.reduce((sum, each) => sum + each, 0);
    expect(weights).toBeAllClose(Float32Array.from(powers.map((each) => each / total)), {
      atol: 1e-6,
    });
  });

  it.each(MODELS)('is the same from a reading of the prompt: %s', (_, model) => {
    const reading = readAll(model);
    for (const layer of [0, 2].filter((each) => each < model.config.nLayer)) {
      const [whole, part] = [readBlock(model, prompt, layer), reading.block(layer)];
      expect(part.vectors(5)).toEqual(whole.vectors(5));
      expect(part.head(1, 5)).toEqual(whole.head(1, 5));
      expect(part.size).toBe(whole.size);
    }
  });

  it.each(MODELS)('reads the embeddings, and the rows of the output: %s', (_, model) => {
    const steps = watched(model);
    const reading = readAll(model);
    const { nEmbd: C, vocabSize: V } = model.config;
    const rowOf = (name: string) => steps.get(name)?.slice(4 * C, 5 * C);
    for (const { step, values } of reading.embedding(4)) expect(values).toEqual(rowOf(step));
    const { vectors, rows } = reading.output(4, 3);
    const normed = rowOf('finalNorm')!;
    expect(vectors.map(({ step }) => step)).toEqual(['output', 'finalNorm']);
    expect(vectors[1].values).toBeAllClose(normed, { atol: 1e-5 });
    const logits = steps.get('logits')!.slice(4 * V, 5 * V);
    const highest = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a]);
    expect(rows.map(({ token }) => token)).toEqual(highest.slice(0, 3));
    for (const { row, logit } of rows) {
      expect(row.reduce((sum, x, i) => sum + x * normed[i], 0)).toBeCloseTo(logit, 4);
    }
  });

  it('refuses layers, heads and positions that do not exist', () => {
    expect(() => readBlock(llama, prompt, 3)).toThrow(
      new RangeError('layer: expected an integer from 0 to 2, got 3'),
    );
    const block = readBlock(llama, prompt, 2);
    expect(() => block.head(4, 0)).toThrow(
      new RangeError('head: expected an integer from 0 to 3, got 4'),
    );
    expect(() => block.table(-1)).toThrow(
      new RangeError('head: expected an integer from 0 to 3, got -1'),
    );
    const message = `position: expected an integer from 0 to ${T - 1}, got ${T}`;
    for (const call of [
      () => block.vectors(T),
      () => block.head(0, T),
      () => readAll(llama).embedding(T),
      () => readAll(llama).output(T, 1),
    ]) {
      expect(call).toThrow(new RangeError(message));
    }
  });
});

describe('stepShapes', () => {
  it('lists the shapes of every step, in order', () => {
    const [T, C, H, D, F, V] = [5, 12, 3, 4, 48, 31];
    const block = (layer: number): unknown[] =>
      Object.entries({
        norm1: [T, C],
        'attention.qkv': [T, 3 * C],
        'attention.query': [T, C],
        'attention.key': [T, C],
        'attention.value': [T, C],
        'attention.queryHeads': [H, T, D],
        'attention.keyHeads': [H, T, D],
        'attention.valueHeads': [H, T, D],
        'attention.scores': [H, T, T],
        'attention.masked': [H, T, T],
        'attention.weights': [H, T, T],
        'attention.mixed': [H, T, D],
        'attention.merged': [T, C],
        'attention.proj': [T, C],
        'attention.residual': [T, C],
        norm2: [T, C],
        'mlp.up': [T, F],
        'mlp.gelu': [T, F],
        'mlp.down': [T, C],
        'mlp.residual': [T, C],
      }).map(([name, shape]) => ({ name: `blocks.${layer}.${name}`, shape }));
    expect(stepShapes(tinyGpt2(), { tokens: [3, 1, 4, 1, 5] })).toEqual([
      { name: 'tokenEmbedding', shape: [T, C] },
      { name: 'positionEmbedding', shape: [T, C] },
      { name: 'input', shape: [T, C] },
      ...block(0),
      ...block(1),
      { name: 'finalNorm', shape: [T, C] },
      { name: 'logits', shape: [T, V] },
    ]);
  });
});
