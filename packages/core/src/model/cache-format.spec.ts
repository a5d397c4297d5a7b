import { randomValues } from '../../test/random-values.js';
import type { ModelConfig } from '../config/model-config.js';
import { generate } from '../scheduling/generate.js';
import { advance } from './advance.js';
import { CACHE_FORMATS, type CacheFormatName } from './cache-format.js';
import { copySlot, createKvCache, resetSlot, truncateSlot } from './kv-cache.js';
import { createModel, emptyModel, type Model } from './model.js';
import { modelOf } from './model-in-use.js';
import { reorderSlots, slideSlot } from './move-slots.js';

const D = 5;
/** Returns the numbers that a format keeps of heads of D numbers. */
function kept(name: CacheFormatName, values: Float32Array): Float32Array {
  const format = CACHE_FORMATS[name];
  const stored = format.array((values.length / D) * format.headLength(D));
  format.encode(values, D, stored, 0);
  return format.decode(stored, D);
}

describe('16-bit floats', () => {
  it('are rounded to nearest, ties to even, and bounded', () => {
    const values = [1, -2, 1 / 3, 65504, 70000, -1e9, 2 ** -24, 0, 1 + 2 ** -11, 1 + 3 * 2 ** -11];
    const bits = new Uint16Array(10);
    CACHE_FORMATS.f16.encode(Float32Array.from(values), D, bits, 0);
    // IEEE 754's bits, as numpy's float16 has them except for the bounds
    expect([...bits]).toEqual([
      ...[0x3c00, 0xc000, 0x3555, 0x7bff, 0x7bff, 0xfbff, 0x0001, 0, 0x3c00, 0x3c02],
    ]);
  });

  it('are NaN for numbers that are not finite', () => {
    expect([...kept('f16', Float32Array.of(NaN, Infinity, -Infinity, 1, 2))]).toEqual([
      ...[NaN, NaN, NaN, 1, 2],
    ]);
  });
});

describe('8-bit integers', () => {
  it('are the nearest multiples of a 127th of the largest number of a head', () => {
    const values = randomValues(40 * D, 3, 2);
    const read = kept('int8', values);
    for (let head = 0; head < 40; head++) {
      const own = values.subarray(head * D, (head + 1) * D);
      const step = Math.max(...own.map(Math.abs)) / 127;
      own.forEach((value, i) => {
        const multiple = read[head * D + i] / step;
        expect(Math.abs(multiple - Math.round(multiple))).toBeLessThan(0.01);
        expect(Math.abs(multiple - value / step)).toBeLessThan(0.51);
      });
    }
  });

  it('are zeros for tiny heads, and NaN for heads with a number that is not finite', () => {
    const values = [1e-31, 0, -1e-38, 0, 0, NaN, 1, 2, 3, 4, 1, Infinity, 0, 0, 0, 0, 1, 0, 0, 0];
    const read = [...kept('int8', Float32Array.from(values))];
    expect(read.slice(0, D).map(Math.abs)).toEqual(new Array<number>(D).fill(0));
    expect(read.slice(D, 3 * D)).toEqual(new Array<number>(2 * D).fill(NaN));
    expect(read.slice(3 * D)).toBeAllClose([0, 1, 0, 0, 0], { atol: 1e-4 });
  });
});

it.each(['f16', 'int8'] as const)('rounding again changes nothing, %s', (name) => {
  for (const scale of [1e-20, 1e-3, 1, 3e4]) {
    const once = kept(name, randomValues(200 * D, 1, scale));
    expect(kept(name, once)).toEqual(once);
  }
});

const V = 13;
const shape = { vocabSize: V, contextLength: 96, nLayer: 2, nHead: 4, nEmbd: 20, mlpDim: 10 };
const textOf = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * i + 3) % V);

/** A model with confident predictions for some tokens. */
function boldModel(given: Partial<ModelConfig>, name: CacheFormatName): Model {
  const { config, parameters } = emptyModel({ ...shape, ...given });
  parameters.specs.forEach(({ name: each }, i) => {
    const values = randomValues(parameters.read(each).length, i, 0.5);
    parameters.write(each, each.endsWith('gain') ? values.map((x) => 1 + x) : values);
  });
  return modelOf(config, parameters, CACHE_FORMATS[name]);
}

/** Returns the logits after every token of a text, read in parts of these sizes. */
function logitsOf(model: Model, sizes: readonly number[], text = textOf(90)): number[] {
  const cache = createKvCache(model.decoder, 1);
  let done = 0;
  return sizes.flatMap((size) => {
    const tokens = text.slice(done, (done += size));
    return [...advance(model, cache, [{ slot: 0, tokens }], { logits: 'all' })];
  });
}

describe.each<Partial<ModelConfig>>([
  { positions: 'rotary', nKvHead: 2, headDim: 6 },
  { attention: 'window', window: 9 },
  { attention: 'relative', maxDistance: 7 },
  { attention: 'transformer-xl', memory: 20 },
  { attention: 'local,causal', localBlock: 10 },
])('a narrow cache of %j', (given) => {
  it.each(['f16', 'int8'] as const)('returns the same for a prompt in parts, %s', (name) => {
    const model = boldModel(given, name);
    const exact = logitsOf(boldModel(given, 'f32'), [90]);
    const whole = logitsOf(model, [90]);
    const distance = (a: readonly number[], b: readonly number[]): number =>
      Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);
    const rounding = distance(whole, exact);
    expect(rounding).toBeGreaterThan(1e-5);
    expect(rounding).toBeLessThan(
      (name === 'f16' ? 2e-3 : 5e-2) *
        distance(
          exact,
          exact.map(() => 0),
        ),
    );
    for (const sizes of [
      [1, 40, 49],
      [70, ...new Array<number>(20).fill(1)],
    ]) {
      expect(distance(logitsOf(model, sizes), whole)).toBeLessThan(0.3 * rounding);
    }
  });
});

it.each(['f16', 'int8'] as const)('positions are copied, moved and removed, %s', (name) => {
  const model = boldModel({ positions: 'none' }, name);
  const text = textOf(20);
  const cache = createKvCache(model.decoder, 3);
  advance(model, cache, [{ slot: 0, tokens: text.slice(0, 12) }]);
  copySlot(cache, 0, 2);
  advance(model, cache, [{ slot: 2, tokens: [1, 2] }]);
  truncateSlot(cache, 2, 12);
  reorderSlots(cache, [2, 2, 0]);
  resetSlot(cache, 1);
  const [[keys]] = cache.keys;
  expect(keys.constructor).toBe(name === 'f16' ? Uint16Array : Int8Array);
  const logits = advance(
    model,
    cache,
    [0, 2].map((slot) => ({ slot, tokens: text.slice(12) })),
  );
  const alone = logitsOf(model, [12, 8], text).slice(-V);
  for (const row of [0, 1]) {
    expect(logits.subarray(row * V, (row + 1) * V)).toBeAllClose(alone, { atol: 1e-5 });
  }
  // Without positions, sliding to all but the first token is the same as having read all.
  const before = cache.keys[1][cache.storage[0]].slice();
  slideSlot(model, cache, 0, { before: text.slice(0, 1), kept: 19 });
  expect(cache.lengths[0]).toBe(20);
  const after = cache.keys[1][cache.storage[0]];
  const used = 20 * cache.rowLength;
  expect([...after.slice(cache.rowLength, used)]).toEqual([...before.slice(cache.rowLength, used)]);
});

it('draft tokens are taken back, and a full context slides, with the same output as without drafts', async () => {
  const model = boldModel({ positions: 'none', contextLength: 24 }, 'int8');
  const write = async (promptLookup: number): Promise<number[]> => {
    const tokens: number[] = [];
    const options = { method: 'greedy', maxNewTokens: 30, promptLookup, slideShare: 0.5 } as const;
    for await (const event of generate(model, { tokens: [1, 2, 1, 2, 1, 2] }, options)) {
      if (event.kind === 'token') tokens.push(event.token);
    }
    return tokens;
  };
  const written = await write(0);
  expect(written).toHaveLength(30);
  expect(await write(4)).toEqual(written);
});

it('compressed attention has no narrow cache', () => {
  const { config, parameters } = createModel({ ...shape, attention: 'compressed' });
  const { decoder } = modelOf(config, parameters, CACHE_FORMATS.f16);
  expect(() => createKvCache(decoder, 1)).toThrow(
    new RangeError('kvCache: expected f32 with compressed attention, got f16'),
  );
});
