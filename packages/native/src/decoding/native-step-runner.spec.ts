import type { Model, ModelConfig } from '@ramble/core';
import { decodingLayout, type Feed, type ParameterSpec, sizeOf } from '@ramble/core/engine';
import {
  advance,
  ARCHITECTURES,
  createKvCache,
  emptyModel,
  forward,
  logitsOf as allLogits,
  parameterSpecs,
  withConfig,
} from '@ramble/core/model';
import {
  type FormatName,
  FORMATS,
  frozenParameterStore,
  type MatrixLayout,
} from '@ramble/core/weights';
import { toBeAllClose } from '@ramble/node/matchers';
import { attentionWeights, sourceAttention } from '@ramble/core/study';
import * as tf from '@tensorflow/tfjs-core';

import { loadAddon } from '../addon/load-addon.js';
import { nativeEngine } from '../engine.js';

/** Weight formats, for activations of 32 bits or of bytes. */
const KINDS = [
  'f32',
  'f16',
  'int8',
  'q8',
  'q4',
  'q8 by bytes',
  'q4 by bytes',
  'f32 in panels',
  'f16 in panels',
  'int8 in panels',
] as const;
type Kind = (typeof KINDS)[number];
/** Widths that are not multiples of vectors, groups or blocks of the inner size. */
const shape = { vocabSize: 67, contextLength: 300, nLayer: 3, nHead: 3, nEmbd: 69, mlpDim: 397 };
const V = shape.vocabSize;
/**
 * Attention of each layer: blocks that end within a text, a table with fewer distances than two blocks have,
 * and both ways to compress.
 */
const KINDS_BY_LAYER = {
  attention: 'relative-local,compressed,compressed-input',
  localBlock: 49,
  maxDistance: 67,
} as const;

/** Heads that share keys. Two layers of three have a window and separate rotation angles. */
const LLAMA: Partial<ModelConfig> = {
  ...ARCHITECTURES.llama,
  ...{ nHead: 6, nKvHead: 2, headDim: 22, queryKeyNorm: 'all', tiedHead: false },
  ...{ attention: 'window,window,causal', window: 40, ropeWindowTheta: 100 },
  ...{ localBlock: undefined, maxDistance: undefined, scoreCap: 4, logitCap: 20 },
};

expect.extend({ toBeAllClose });
beforeEach(() => nativeEngine.load());
afterAll(() => loadAddon({}));

/** A model with confident predictions for some tokens. */
function boldModel(kind: Kind, given: Partial<ModelConfig> = {}): Model {
  const model = emptyModel({ ...shape, ...KINDS_BY_LAYER, ...given });
  const specs = parameterSpecs(model.config);
  const width = kind.split(' ')[0] as FormatName; // the first word of the name
  const inPanels = decodingLayout(model.config);
  const keptAs = (spec: ParameterSpec): MatrixLayout => {
    const format = FORMATS[FORMATS[width].formatOf(spec)];
    return kind.endsWith('panels') ? inPanels(spec, format) : format;
  };
  const activations = kind.endsWith('bytes') ? 'int8' : 'f32';
  const narrow = kind === 'f32' ? undefined : frozenParameterStore(specs, keptAs, activations);
  const parameters = narrow ?? model.parameters;
  for (const [i, { name, shape: sizes }] of specs.entries()) {
    const offset = name.endsWith('gain') ? 1 : 0;
    const values = Float32Array.from({ length: sizeOf(sizes) }, (_, j) => Math.sin(3 * i + j * j));
    parameters.write(
      name,
      values.map((value) => 0.2 * value + offset),
    );
  }
  return narrow ? { ...model, parameters } : model;
}

const textOf = (count: number, seed = 0): number[] =>
  Array.from({ length: count }, (_, i) => (i * i + 7 * seed + 3) % V);

/** Returns the logits after every token of each text, read in a batch in parts of these sizes. */
function logitsOf(model: Model, texts: readonly number[][], sizes: readonly number[]): Buffer[] {
  const cache = createKvCache(model.decoder, texts.length);
  const rows: Float32Array[][] = texts.map(() => []);
  let done = 0;
  for (const size of sizes) {
    const feeds: Feed[] = texts.flatMap((text, slot) => {
      const tokens = text.slice(done, done + size);
      return tokens.length > 0 ? [{ slot, tokens }] : [];
    });
    const logits = advance(model, cache, feeds, { logits: 'all' });
    let row = 0;
    for (const { slot, tokens } of feeds) {
      rows[slot].push(logits.slice(row * V, (row + tokens.length) * V));
      row += tokens.length;
    }
    done += size;
  }
  return rows.map((parts) => Buffer.concat(parts.map(({ buffer }) => Buffer.from(buffer))));
}

/** Returns the root mean square of differences. */
function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);
}

const ones = (count: number): number[] => new Array<number>(count).fill(1);

describe.each(loadAddon({}).instructionSets())('steps on %s', (instructionSet) => {
  const use = (threads: number): unknown =>
    loadAddon({ RAMBLE_ISA: instructionSet, RAMBLE_THREADS: String(threads) });

  it.each([
    ...KINDS.map((kind) => ({ kind, mlpDim: shape.mlpDim })),
    ...KINDS.map((kind) => ({ kind, mlpDim: 1024 })), // rows of its inputs are 4 kB apart
  ])(
    'return the same bits for a sequence in a batch as alone, $kind, $mlpDim wide',
    ({ kind, mlpDim }) => {
      use(2);
      const model = boldModel(kind, { mlpDim });
      const texts = Array.from({ length: 21 }, (_, i) => textOf(3 + (i % 4), i));
      const alone = texts.map((text) => logitsOf(model, [text], ones(6))[0]);
      for (const count of [2, 4, 8, 9, 21]) {
        const together = logitsOf(model, texts.slice(0, count), ones(6));
        together.forEach((logits, i) => expect(logits.equals(alone[i])).toBe(true));
      }
    },
  );

  it.each(
    (['f32', 'f16', 'int8'] as const).flatMap((kind) =>
      [{}, LLAMA, { mlpDim: 1024 }].map((given) => ({ kind, given })),
    ),
  )('have the same bits with weights by rows and in panels, $kind, $given', ({ kind, given }) => {
    use(2);
    const texts = [textOf(130), textOf(57, 1), textOf(9, 2)];
    const [rows, panels] = ([kind, `${kind} in panels`] as const).map((each) =>
      logitsOf(boldModel(each, given), texts, [1, 7, 2, 90, 30]),
    );
    expect(panels.map((logits, i) => logits.equals(rows[i]))).toEqual([true, true, true]);
  });

  it.each(KINDS)('return the same bits for a prompt as for its tokens one by one, %s', (kind) => {
    use(2);
    const model = boldModel(kind);
    const text = textOf(150);
    const [expected] = logitsOf(model, [text], ones(150));
    for (const sizes of [[150], [2, 8, 9, 131], [130, 20]]) {
      expect(logitsOf(model, [text], sizes)[0].equals(expected)).toBe(true);
    }
  });

  it.each(KINDS)(
    'return the same bits for the Llama family in parts, in batches and on threads, %s',
    (kind) => {
      use(2);
      const model = boldModel(kind, LLAMA);
      const texts = [textOf(130), textOf(57, 1), textOf(9, 2)];
      const alone = texts.map((text) => logitsOf(model, [text], ones(130))[0]);
      for (const threads of [1, 3]) {
        use(threads);
        expect(logitsOf(model, texts, [7, 2, 90, 31])).toEqual(alone);
      }
    },
  );

  it.each([
    {
      kind: 'q8 by bytes',
      wide: 'q8',
      attention: 'relative-local',
      given: { localBlock: 49, maxDistance: 67 },
    },
    {
      kind: 'q4 by bytes',
      wide: 'q4',
      attention: 'relative-local',
      given: { localBlock: 49, maxDistance: 67 },
    },
    { kind: 'q8 by bytes', wide: 'q8', attention: 'window', given: LLAMA },
    { kind: 'q4 by bytes', wide: 'q4', attention: 'window', given: LLAMA },
  ] as const)(
    'round activations the same as the plain form, $kind, $attention',
    ({ kind, wide, attention, given }) => {
      use(2);
      const text = textOf(150);
      const model = boldModel(kind, { ...given, nLayer: 1, attention });
      const plain = tf.tidy(() => {
        const { activations } = model.parameters;
        const parameters = model.parameters.tensors();
        const batch = { tokens: Int32Array.from(text), batchSize: 1 };
        const hidden = forward(model.decoder, parameters, batch, { activations });
        return allLogits(model.config, parameters, hidden).dataSync<'float32'>().slice();
      });
      const [rounded, exact] = [model, boldModel(wide, model.config)].map((each) =>
        advance(each, createKvCache(each.decoder, 1), [{ slot: 0, tokens: text }], {
          logits: 'all',
        }),
      );
      // A number halfway between two steps may be rounded to either, which changes others, so not all are
      // equal.
      expect(distance(rounded, plain)).toBeLessThan(0.3 * distance(rounded, exact));
      expect(distance(rounded, exact)).toBeLessThan(
        0.05 * distance(exact, new Float32Array(exact.length)),
      );
    },
  );

  it.each(KINDS)('return the same logits for the last tokens as among all tokens, %s', (kind) => {
    use(2);
    const model = boldModel(kind);
    const feeds = [150, 1, 21].map((count, slot) => ({
      slot,
      tokens: textOf(count, slot),
    }));
    const [all, last] = (['all', 'last'] as const).map((logits) =>
      advance(model, createKvCache(model.decoder, 3), feeds, { logits }),
    );
    const ends = [150, 151, 172].map((end) => all.slice((end - 1) * V, end * V));
    expect(ends).toEqual([0, 1, 2].map((i) => last.slice(i * V, (i + 1) * V)));
  });

  it.each(KINDS)('return the same bits on any number of threads, in every run, %s', (kind) => {
    const model = boldModel(kind);
    const texts = [textOf(40), textOf(31, 1), textOf(5, 2)];
    const sizes = [30, 1, 1, 1];
    use(1);
    const expected = logitsOf(model, texts, sizes);
    for (const threads of [2, 2, 3]) {
      use(threads);
      expect(logitsOf(model, texts, sizes)).toEqual(expected);
    }
  });

  it.each(KINDS)('propagate infinity and NaN, %s', (kind) => {
    use(2);
    const model = boldModel(kind);
    const bias = model.parameters.read('blocks.1.mlp.down.bias');
    for (const value of [NaN, Infinity]) {
      bias[5] = value;
      model.parameters.write('blocks.1.mlp.down.bias', bias);
      const [logits] = logitsOf(model, [textOf(3)], [2, 1]);
      const numbers = new Float32Array(logits.buffer, logits.byteOffset, 3 * V);
      expect(numbers.every(Number.isNaN)).toBe(true);
    }
  });

  it('decode infinity, NaN, the smallest and the largest 16-bit floats', () => {
    use(1);
    // The logits of a token with a single nonzero entry are that entry's weights.
    const model = boldModel('f16', { nLayer: 1, attention: 'relative-local' });
    const special = [Infinity, -Infinity, NaN, 2 ** -24, -(2 ** -14), 65504, 0, -1 / 3];
    const table = new Float32Array(V * shape.nEmbd);
    special.forEach((value, v) => table.fill(value, v * shape.nEmbd, (v + 1) * shape.nEmbd));
    const zeros = new Float32Array(shape.nEmbd);
    const first = zeros.slice();
    first[0] = 1;
    model.parameters.write('tokenEmbedding.weight', table);
    model.parameters.write('finalNorm.gain', zeros);
    model.parameters.write('finalNorm.bias', first);
    const cache = createKvCache(model.decoder, 1);
    const logits = advance(model, cache, [{ slot: 0, tokens: [60] }]);
    const stored = model.parameters.read('tokenEmbedding.weight');
    special.forEach((value, v) => {
      // Zero times infinity is NaN in the other entries.
      expect(logits[v]).toBe(Number.isFinite(value) ? stored[v * shape.nEmbd] : NaN);
    });
  });
});

describe('a step', () => {
  it('continues after a layer has overwritten positions that are no longer visible', () => {
    const model = boldModel('f32', { localBlock: 20 });
    const text = textOf(280); // the cache has rows for 104 positions of a local layer
    const [logits] = logitsOf(model, [text], [130, 100, ...ones(50)]);
    const expected = tf.tidy(() => {
      const parameters = model.parameters.tensors();
      const batch = { tokens: Int32Array.from(text), batchSize: 1 };
      return allLogits(model.config, parameters, forward(model.decoder, parameters, batch))
        .dataSync()
        .slice();
    });
    const numbers = new Float32Array(logits.buffer, logits.byteOffset, 280 * V);
    expect(numbers).toBeAllClose(expected, { atol: 1e-3, rtol: 1e-3 });
  });

  it('continues with a sliding window in a layer of the Llama family', () => {
    const model = boldModel('f32', LLAMA);
    const text = textOf(280);
    const [logits] = logitsOf(model, [text], [130, 100, ...ones(50)]);
    const expected = tf.tidy(() => {
      const parameters = model.parameters.tensors();
      const batch = { tokens: Int32Array.from(text), batchSize: 1 };
      return allLogits(model.config, parameters, forward(model.decoder, parameters, batch))
        .dataSync()
        .slice();
    });
    const numbers = new Float32Array(logits.buffer, logits.byteOffset, 280 * V);
    expect(numbers).toBeAllClose(expected, { atol: 1e-3, rtol: 1e-3 });
  });

  it('returns the attention of an output without computing all weights of its prompt', async () => {
    const model = boldModel('f32');
    const [T, first] = [300, 290];
    const pair = { tokens: textOf(T), outputStart: first + 1 };
    const rows = attentionWeights(model, pair).flatMap((heads) =>
      heads.flatMap((weights) => weights.slice(first, T - 1)),
    );
    const mean = Float32Array.from({ length: first }, (_, seen) => {
      return rows.reduce((sum, weights) => sum + weights[seen], 0) / rows.length;
    });
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => {
      expect(sourceAttention(model, pair)).toBeAllClose(mean, { atol: 1e-4 });
      return [];
    });
    expect(peakBytes - before).toBeLessThan(4 * shape.nHead * T * T);
    model.dispose();
  });

  it('uses parameters that were updated after its creation', () => {
    const model = boldModel('f32');
    const [before] = logitsOf(model, [textOf(3)], [3]);
    const gain = model.parameters.read('finalNorm.gain');
    model.parameters.write('finalNorm.gain', gain.map((value) => 2 * value)); // prettier-ignore
    expect(logitsOf(model, [textOf(3)], [3])[0].equals(before)).toBe(false);
  });

  it("refuses another model's cache", () => {
    const model = boldModel('f32');
    const other = boldModel('f32', { nEmbd: 6 });
    expect(() =>
      advance(model, createKvCache(other.decoder, 2, 10), [{ slot: 0, tokens: [1] }]),
    ).toThrow(new RangeError('cache: expected 3 layers of 69 columns, got 3 of 6'));
    const compressed = boldModel('f32', {
      attention: 'compressed',
      maxDistance: undefined,
      localBlock: undefined,
    });
    const cache = createKvCache(model.decoder, 2, 40);
    expect(() => advance(compressed, cache, [{ slot: 1, tokens: textOf(20) }])).toThrow(
      new RangeError(
        'cache: expected at least 3243 numbers in layer 0, got 2760 of keys and 2760 of values',
      ),
    );
  });

  it('refuses a gain that is rounded to 16 bits, which C++ would read as 32', () => {
    const model = boldModel('f32');
    const { parameters } = model;
    const rounded: Model = {
      ...model,
      parameters: {
        ...parameters,
        stored: (name) =>
          name === 'finalNorm.gain'
            ? { layout: FORMATS.f16, array: new Uint16Array(model.config.nEmbd) }
            : parameters.stored!(name),
      },
    };
    expect(() =>
      advance(rounded, createKvCache(model.decoder, 1), [{ slot: 0, tokens: [1] }]),
    ).toThrow(new TypeError('finalNorm.gain: expected 32-bit floats'));
  });

  it('refuses parameters of another shape', () => {
    const model = boldModel('f32');
    const other = withConfig(model, { ...model.config, mlpDim: 12 });
    expect(() =>
      advance(other, createKvCache(model.decoder, 1), [{ slot: 0, tokens: [1] }]),
    ).toThrow(new RangeError('blocks.0.mlp.up.weight: expected 828 numbers, got 27393'));
  });
});
