import type { Model, ModelConfig } from '@ramble/core';
import { sizeOf } from '@ramble/core/engine';
import {
  advance,
  ARCHITECTURES,
  CACHE_FORMATS,
  type CacheFormatName,
  copySlot,
  createKvCache,
  emptyModel,
  modelOf,
  reorderSlots,
  truncateSlot,
} from '@ramble/core/model';
import { toBeAllClose } from '@ramble/node/matchers';

import { loadAddon } from '../addon/load-addon.js';
import { nativeEngine } from '../engine.js';

const NARROW = ['f16', 'int8'] as const;
const V = 67;
const shape = { vocabSize: V, contextLength: 300, nLayer: 3, nHead: 6, nEmbd: 78, mlpDim: 97 };

/** Heads of many widths that share keys, with windows that overwrite positions; and heads with distances in blocks. */
const MODELS: readonly Partial<ModelConfig>[] = [
  {
    ...ARCHITECTURES.llama,
    ...{ nKvHead: 2, headDim: 22, attention: 'window,window,causal', window: 40, scoreCap: 4 },
  },
  { ...ARCHITECTURES.llama, ...{ nKvHead: 1, headDim: 64, nLayer: 1 } },
  { attention: 'relative-local', localBlock: 49, maxDistance: 67 },
  { attention: 'prefix' },
];

expect.extend({ toBeAllClose });
beforeEach(() => nativeEngine.load());
afterAll(() => loadAddon({}));

/** A model with confident predictions for some tokens. */
function boldModel(given: Partial<ModelConfig>, cacheFormat: CacheFormatName): Model {
  const { config, parameters } = emptyModel({ ...shape, ...given });
  for (const [i, { name, shape: sizes }] of parameters.specs.entries()) {
    const offset = name.endsWith('gain') ? 1 : 0;
    parameters.write(
      name,
      Float32Array.from(
        { length: sizeOf(sizes) },
        (_, j) => 0.2 * Math.sin(3 * i + j * j) + offset,
      ),
    );
  }
  return modelOf(config, parameters, CACHE_FORMATS[cacheFormat]);
}

/** The same model without the numbers that a step runner reads, so that it decodes op by op. */
function plain({ config, parameters, decoder: { cacheFormat } }: Model): Model {
  return modelOf(config, { ...parameters, stored: undefined }, cacheFormat);
}

const textOf = (count: number, seed = 0): number[] =>
  Array.from({ length: count }, (_, i) => (i * i + 7 * seed + 3) % V);

/** Returns the logits after every token of each text, read in a batch in parts of these sizes. */
function logitsOf(model: Model, texts: readonly number[][], sizes: readonly number[]): number[][] {
  const cache = createKvCache(model.decoder, texts.length);
  const rows: number[][] = texts.map(() => []);
  let done = 0;
  for (const size of sizes) {
    const feeds = texts.flatMap((text, slot) => {
      const tokens = text.slice(done, done + size);
      return tokens.length > 0 ? [{ slot, tokens }] : [];
    });
    const logits = advance(model, cache, feeds, { logits: 'all' });
    let row = 0;
    for (const { slot, tokens } of feeds) {
      rows[slot].push(...logits.subarray(row * V, (row + tokens.length) * V));
      row += tokens.length;
    }
    done += size;
  }
  return rows;
}

const ones = (count: number): number[] => new Array<number>(count).fill(1);
describe.each(loadAddon({}).instructionSets())('a narrow cache on %s', (instructionSet) => {
  const use = (threads: number): unknown =>
    loadAddon({ RAMBLE_ISA: instructionSet, RAMBLE_THREADS: String(threads) });

  it.each(NARROW.flatMap((name) => MODELS.map((given) => ({ name, given }))))(
    'returns the same bits for prompts in parts, in batches and on threads, $name, $given',
    ({ name, given }) => {
      use(2);
      const model = boldModel(given, name);
      const texts = [textOf(130), textOf(57, 1), textOf(9, 2)];
      const alone = texts.map((text) => logitsOf(model, [text], ones(130))[0]);
      for (const threads of [1, 3]) {
        use(threads);
        expect(logitsOf(model, texts, [7, 2, 90, 31])).toEqual(alone);
      }
    },
  );

  it.each(NARROW.flatMap((name) => MODELS.map((given) => ({ name, given }))))(
    'computes the same as the plain form, $name, $given',
    ({ name, given }) => {
      use(2);
      const model = boldModel(given, name);
      const sizes = [1, 30, 129, 100, ...ones(5)];
      const [text] = [textOf(265)];
      const [[native], [expected], [exact]] = [
        logitsOf(model, [text], sizes),
        logitsOf(plain(model), [text], sizes),
        logitsOf(boldModel(given, 'f32'), [text], sizes),
      ];
      const distance = (a: readonly number[], b: readonly number[]): number =>
        Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);
      // A key halfway between two numbers may go to either where sums differ in their last bits.
      expect(distance(native, expected)).toBeLessThan(0.3 * distance(native, exact));
      expect(distance(native, exact)).toBeGreaterThan(0);
    },
  );

  it.each(NARROW)('stores the bytes that core rounds to, %s', (name) => {
    use(1);
    for (const given of MODELS) {
      const [wide, narrow] = (['f32', name] as const).map((format) => {
        const model = boldModel(given, format);
        const names = [...new Set(model.parameters.specs.map((spec) => spec.name))];
        const [qkv] = names.filter((each) => each.startsWith('blocks.0.attention.qkv.weight'));
        const numbers = model.parameters.read(qkv);
        // Columns of the last key and value head that are large, tiny, infinite and NaN.
        const columns = numbers.length / model.config.nEmbd;
        const { nKvHead, headDim } = model.config;
        const special = [1e8, -1e8, 1e-12, 1e-37, 0, Infinity, NaN];
        for (let row = 0; row < model.config.nEmbd; row++) {
          special
            .slice(0, 4)
            .forEach((value, i) => (numbers[row * columns + columns - 1 - i] = value));
          if (nKvHead > 1) {
            special.slice(5).forEach((value, i) => {
              numbers[row * columns + columns - (i + 1) * nKvHead * headDim] = value;
            });
          }
        }
        model.parameters.write(qkv, numbers);
        const cache = createKvCache(model.decoder, 1);
        advance(model, cache, [{ slot: 0, tokens: textOf(40) }]);
        return cache;
      });
      const { headDim } = wide;
      for (const kind of ['keys', 'values'] as const) {
        const values = wide[kind][0][0] as Float32Array;
        const format = CACHE_FORMATS[name];
        const stored = format.array(narrow[kind][0][0].length);
        format.encode(values, headDim, stored, 0);
        const [found, expected] = [narrow[kind][0][0], stored].map((each) =>
          format.decode(each, headDim),
        );
        expect(found).toEqual(expected);
      }
    }
  });

  it.each(NARROW)('moves, copies and takes back positions, %s', (name) => {
    use(2);
    const model = boldModel({ ...MODELS[1], nLayer: 2 }, name);
    const text = textOf(60);
    const cache = createKvCache(model.decoder, 3);
    advance(model, cache, [{ slot: 0, tokens: text.slice(0, 50) }]);
    copySlot(cache, 0, 2);
    advance(model, cache, [{ slot: 2, tokens: [1, 2, 3] }]);
    expect(truncateSlot(cache, 2, 50)).toBe(50);
    reorderSlots(cache, [2, 2, 0]);
    const feeds = [0, 1, 2].map((slot) => ({ slot, tokens: text.slice(50) }));
    const logits = advance(model, cache, feeds);
    const [alone] = logitsOf(model, [text], [60]);
    for (const slot of [0, 1, 2]) {
      expect([...logits.subarray(slot * V, (slot + 1) * V)]).toEqual(alone.slice(-V));
    }
  });
});
