import * as tf from '@tensorflow/tfjs-core';
import { golden } from '@ramble/node/testing';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { trainingConfig } from '../config/training-config.js';
import { modelConfig } from '../config/model-config.js';
import { createModel, emptyModel, type Model, resizeModel, withTrainingHeads } from './model.js';
import { forward, logitsOf } from './forward.js';
import { SECOND_HEAD } from './model-parameters.js';

const sizes = { vocabSize: 7, contextLength: 5, nLayer: 2, nHead: 3, nEmbd: 6 };

describe('createModel', () => {
  it('makes the same model for the same seed and a different one for another seed', () => {
    const weight = (seed: number): Float32Array =>
      createModel(sizes, { seed }).parameters.read('blocks.1.mlp.down.weight');
    expect(weight(4)).toEqual(weight(4));
    expect(weight(4)).not.toEqual(weight(5));
  });

  it.each([NaN, 1.5, -1])('refuses the seed %d', (seed) => {
    expect(() => createModel(sizes, { seed })).toThrow(
      new RangeError(`seed: expected an integer of at least 0, got ${seed}`),
    );
  });

  it('refuses a shape that cannot be, naming the setting', () => {
    expect(() => createModel({ ...sizes, nHead: 4 })).toThrow(
      new RangeError('nHead: expected a divisor of nEmbd (6), got 4'),
    );
  });
});

describe('emptyModel', () => {
  it('has every parameter at zero and disposes of its tensors', () => {
    const before = tf.memory().numTensors;
    const model = emptyModel(sizes);
    const sums = Object.values(model.parameters.tensors()).map((tensor) =>
      tensor.dataSync<'float32'>().reduce((sum, value) => sum + Math.abs(value), 0),
    );
    expect(sums).toEqual(new Array(model.parameters.specs.length).fill(0));
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

function logits({ config, decoder, parameters }: Model, tokens: Int32Array): Float32Array {
  return tf.tidy(() => {
    const tensors = parameters.tensors();
    const hidden = forward(decoder, tensors, { tokens, batchSize: 1 });
    return logitsOf(config, tensors, hidden).dataSync<'float32'>();
  });
}

describe('resizeModel', () => {
  const model = tinyGpt2();
  const { vocabSize, contextLength, nEmbd } = model.config;
  afterAll(() => model.dispose());

  it('computes the same for sequences that fit into a shorter context, and refuses longer ones', () => {
    const short = resizeModel(model, { vocabSize, contextLength: 5 }, 1);
    const tokens = Int32Array.from(golden.inputIds[0].slice(0, 5));
    expect(logits(short, tokens)).toEqual(logits(model, tokens));
    expect(() => logits(short, Int32Array.of(...tokens, 1))).toThrow('1 to 5 tokens');
    short.dispose();
  });

  it('computes the same for sequences that fitted before, and repeats the positions for a longer context', () => {
    const long = resizeModel(model, { vocabSize, contextLength: 2 * contextLength + 3 }, 1);
    const tokens = Int32Array.from(golden.inputIds[0].slice(0, 5));
    expect(logits(long, tokens)).toEqual(logits(model, tokens));
    const positions = long.parameters.read('positionEmbedding.weight');
    expect(positions).toHaveLength((2 * contextLength + 3) * nEmbd);
    const learned = model.parameters.read('positionEmbedding.weight');
    const all = [...learned, ...learned, ...learned.subarray(0, 3 * nEmbd)];
    expect(positions).toEqual(Float32Array.from(all));
    long.dispose();
  });

  it('repeats positions at every layer', () => {
    const given = { vocabSize: 7, nLayer: 2, nHead: 1, nEmbd: 2 } as const;
    const model = createModel({ ...given, contextLength: 3, positions: 'every-layer' });
    const long = resizeModel(model, { vocabSize: 7, contextLength: 4 }, 1);
    const name = 'blocks.1.positionEmbedding.weight';
    const learned = model.parameters.read(name);
    expect(long.parameters.read(name)).toEqual(Float32Array.of(...learned, learned[0], learned[1]));
    for (const each of [model, long]) each.dispose();
  });

  it('initializes new tokens as in a new model', () => {
    const more = resizeModel(model, { vocabSize: vocabSize + 3, contextLength }, 7);
    const fresh = createModel({ ...model.config, vocabSize: vocabSize + 3 }, { seed: 7 });
    const rows = more.parameters.read('tokenEmbedding.weight');
    const size = vocabSize * nEmbd;
    expect(rows.subarray(0, size)).toEqual(model.parameters.read('tokenEmbedding.weight'));
    expect(rows.subarray(size)).toEqual(
      fresh.parameters.read('tokenEmbedding.weight').subarray(size),
    );
    const tokens = Int32Array.from(golden.inputIds[0].slice(0, 5));
    const [wide, narrow] = [logits(more, tokens), logits(model, tokens)];
    expect(wide.subarray(0, vocabSize)).toBeAllClose(narrow.subarray(0, vocabSize));
    for (const each of [more, fresh]) each.dispose();
  });

  it('refuses to remove tokens', () => {
    expect(() => resizeModel(model, { vocabSize: vocabSize - 1, contextLength }, 1)).toThrow(
      new RangeError(
        `vocabSize: expected at least ${vocabSize}, the number of the model's tokens, got ${vocabSize - 1}`,
      ),
    );
  });
});

const tinyConfig = modelConfig({ vocabSize: 7, contextLength: 5, nLayer: 2, nHead: 3, nEmbd: 6 });
const training = trainingConfig({ secondTarget: 0.5, seed: 4 });

describe('withTrainingHeads', () => {
  it('adds the head of a second target and leaves the model unchanged', () => {
    const plain = createModel(tinyConfig, { seed: 4 });
    const values = plain.parameters.specs.map(({ name }) => plain.parameters.read(name));
    const model = withTrainingHeads(plain, training);
    const [head] = model.parameters.specs.slice(values.length);
    expect(head).toMatchObject({ name: SECOND_HEAD, shape: [7, 6] });
    expect(model.parameters.specs.slice(0, -1).map(({ name }) => model.parameters.read(name))).toEqual(values); // prettier-ignore
    const numbers = model.parameters.read(SECOND_HEAD);
    expect(Math.hypot(...numbers) / Math.sqrt(42)).toBeCloseTo(0.02, 2);
  });

  it('returns the model itself without a second target', () => {
    const model = createModel(tinyConfig);
    expect(withTrainingHeads(model, trainingConfig())).toBe(model);
  });
});
