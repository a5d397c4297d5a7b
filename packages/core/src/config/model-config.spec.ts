import { countParameters } from '../model/model-parameters.js';
import { createModel } from '../model/model.js';
import { MODEL_PRESETS, modelConfig, type ModelConfig } from './model-config.js';

describe('modelConfig', () => {
  it('requires only the vocabulary size', () => {
    expect(Object.fromEntries(Object.entries(modelConfig({ vocabSize: 65 })))).toEqual({
      vocabSize: 65,
      contextLength: 64,
      nLayer: 4,
      nHead: 4,
      nKvHead: 4,
      headDim: 32,
      nEmbd: 128,
      norm: 'layer',
      normPlace: 'before',
      normEps: 1e-5,
      mlp: 'gelu',
      mlpDim: 512,
      bias: 'all',
      tiedHead: true,
      positions: 'input',
      attention: 'causal',
    });
    expect(() => modelConfig({})).toThrow(
      new TypeError(
        'vocabSize: expected an integer of at least 1 and at most 16777216, got nothing',
      ),
    );
  });

  it('makes the MLP four times as wide as the stream by default', () => {
    expect(modelConfig({ vocabSize: 5, nEmbd: 12 }).mlpDim).toBe(48);
    expect(modelConfig({ vocabSize: 5, nEmbd: 12, mlpDim: 10 }).mlpDim).toBe(10);
  });

  it('refuses a number of heads that does not divide the width', () => {
    expect(() => modelConfig({ vocabSize: 5, nEmbd: 384, nHead: 7 })).toThrow(
      new RangeError('nHead: expected a divisor of nEmbd (384), got 7'),
    );
  });

  it('suggests the setting nearest to a mistyped name', () => {
    const mistyped = { vocabSize: 5, nhead: 2 };
    expect(() => modelConfig(mistyped)).toThrow(
      new TypeError('nhead: unknown setting. Did you mean nHead?'),
    );
  });

  it('refuses an attention that does not exist', () => {
    const foreign = { vocabSize: 5, attention: 'sparse' as 'causal' }; // what a file may say
    expect(() => modelConfig(foreign)).toThrow(
      new RangeError(
        'attention: expected causal, prefix, relative, local, local-independent, relative-local, window, transformer-xl, alibi, compressed or compressed-input, or several with commas between, got "sparse"',
      ),
    );
  });

  it('accepts a list of attention kinds that repeats over the layers', () => {
    const patternOf = (attention: string, nLayer = 4): string =>
      modelConfig({ vocabSize: 5, nLayer, attention: attention as 'causal' }).attention; // what a flag may say
    expect(patternOf('local,causal')).toBe('local,causal');
    expect(patternOf('local,local,local')).toBe('local'); // the same model
    expect(() => patternOf('local,causal,relative', 2)).toThrow(
      new RangeError('attention: expected at most 2 kinds (nLayer), got 3 (local,causal,relative)'),
    );
    expect(() => patternOf('causal,prefix')).toThrow(
      new RangeError('attention: expected prefix in all layers or in none, got causal,prefix'),
    );
    expect(() => patternOf('local,')).toThrow(/^attention: expected causal, .*, got "local,"$/);
  });

  it('fills in the sizes of a kind of attention', () => {
    const sizesOf = (given: Partial<ModelConfig>): unknown => {
      const { maxDistance, localBlock } = modelConfig({ vocabSize: 5, ...given });
      return [maxDistance, localBlock];
    };
    expect(sizesOf({ attention: 'causal' })).toEqual([undefined, undefined]);
    expect(sizesOf({ attention: 'relative' })).toEqual([64, undefined]);
    expect(sizesOf({ attention: 'relative', maxDistance: 7 })).toEqual([7, undefined]);
    expect(sizesOf({ attention: 'local' })).toEqual([undefined, 256]);
    expect(sizesOf({ attention: 'relative-local', localBlock: 9 })).toEqual([18, 9]);
    expect(sizesOf({ attention: 'relative-local', localBlock: 50 })).toEqual([64, 50]);
    expect(sizesOf({ attention: 'causal,relative-local', localBlock: 9 })).toEqual([18, 9]);
    expect(sizesOf({ attention: 'relative,local', localBlock: 9 })).toEqual([64, 9]);
    const compressed = { vocabSize: 5, attention: 'local,compressed' } as const;
    expect(modelConfig(compressed)).toMatchObject({ localBlock: 256, compressionFactor: 3 });
    expect(modelConfig({ ...compressed, compressionFactor: 2 }).compressionFactor).toBe(2);
  });

  it('has a memory of one segment with transformer-xl attention by default', () => {
    const of = (given: Partial<ModelConfig>): unknown => {
      const { positions, memory } = modelConfig({ vocabSize: 5, ...given });
      return [positions, memory];
    };
    expect(of({})).toEqual(['input', undefined]);
    expect(of({ attention: 'transformer-xl' })).toEqual(['none', 64]);
    expect(of({ attention: 'transformer-xl', memory: 0 })).toEqual(['none', 0]);
    const long = { attention: 'transformer-xl', contextLength: 100_000 } as const;
    expect(of(long)).toEqual(of({ ...long, memory: 100_000 }));
  });

  it.each([
    [
      { attention: 'relative', memory: 7 },
      'memory: expected no value unless attention is transformer-xl (it is relative), got 7; learned positions count within one segment',
    ],
    [
      { attention: 'transformer-xl', positions: 'input' },
      'positions: expected none with attention transformer-xl, which uses only distances, got input',
    ],
    [
      { attention: 'relative-local', positions: 'rotary' },
      'positions: expected no rotary with attention relative-local, which has distances or groups of its own, got rotary; choose input',
    ],
    [
      { attention: 'transformer-xl', nEmbd: 9, nHead: 3 },
      'nEmbd: expected an even number with attention transformer-xl, which pairs sines with cosines, got 9',
    ],
    [
      { attention: 'transformer-xl', memory: 65_537 },
      'memory: expected at most 65536 positions, which every layer keeps, got 65537',
    ],
    [
      { attention: 'transformer-xl', contextLength: 100_000, memory: 1e12 },
      'memory: expected at most 100000 positions, which every layer keeps, got 1000000000000',
    ],
    [
      { attention: 'local,transformer-xl' },
      'attention: expected transformer-xl in all layers or in none, got local,transformer-xl',
    ],
  ] as const)('refuses settings that do not fit a memory: %j', (given, message) => {
    expect(() => modelConfig({ vocabSize: 5, ...given })).toThrow(new RangeError(message));
  });

  it.each([
    [
      { attention: 'causal', maxDistance: 7 },
      'maxDistance: expected no value unless attention is relative (it is causal), got 7',
    ],
    [
      { attention: 'relative', localBlock: 7 },
      'localBlock: expected no value unless attention is local (it is relative), got 7',
    ],
    [
      { attention: 'local', compressionFactor: 4 },
      'compressionFactor: expected no value unless attention is compressed (it is local), got 4',
    ],
  ] as const)('refuses a size that the kind of attention does not have: %j', (given, message) => {
    expect(() => modelConfig({ vocabSize: 5, ...given })).toThrow(new RangeError(message));
  });
});

describe('MODEL_PRESETS', () => {
  it.each([
    ['gpt2', 124_439_808],
    ['gpt2-medium', 354_823_168],
    ['gpt2-large', 774_030_080],
    ['gpt2-xl', 1_557_611_200],
  ] as const)('has %s with its %d parameters', (name, count) => {
    const config = modelConfig({ vocabSize: 50_257, ...MODEL_PRESETS[name] });
    expect(countParameters(config)).toBe(count);
  });

  it('grows from nano to xl, each a valid model', () => {
    const counts = Object.values(MODEL_PRESETS).map((preset) =>
      countParameters(modelConfig({ vocabSize: 65, ...preset })),
    );
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });
});

const config = modelConfig({ vocabSize: 13, nLayer: 2, nHead: 4, nEmbd: 24 });

describe('a completed config that is spread', () => {
  it.each<[Partial<ModelConfig>, string]>([
    [
      { nHead: 8 },
      'nKvHead: expected a value for nHead 8, got 4, which the spread config derives from nHead 4. Give nKvHead: undefined for the default, or do not spread a completed config',
    ],
    [
      { nHead: 8, nKvHead: 8 },
      'headDim: expected a value for nHead 8, got 6, which the spread config derives from nHead 4. Give headDim: undefined for the default, or do not spread a completed config',
    ],
    [
      { nEmbd: 48 },
      'headDim: expected a value for nEmbd 48, got 6, which the spread config derives from nEmbd 24. Give headDim: undefined for the default, or do not spread a completed config',
    ],
    [
      { nEmbd: 48, headDim: 12 },
      'mlpDim: expected a value for nEmbd 48, got 96, which the spread config derives from nEmbd 24. Give mlpDim: undefined for the default, or do not spread a completed config',
    ],
    [
      { mlp: 'swiglu' },
      'mlpDim: expected a value for mlp swiglu, got 96, which the spread config derives from mlp gelu. Give mlpDim: undefined for the default, or do not spread a completed config',
    ],
  ])('refuses a kept setting that followed from a changed one: %j', (changes, message) => {
    const spread = { ...config, ...changes };
    expect(() => modelConfig(spread)).toThrow(new RangeError(message));
    expect(() => createModel(spread)).toThrow(new RangeError(message));
  });

  it('uses given settings, and derives undefined ones', () => {
    const heads = { nKvHead: undefined, headDim: undefined };
    expect(modelConfig({ ...config, ...heads, nHead: 8 })).toMatchObject({
      nKvHead: 8,
      headDim: 3,
      mlpDim: 96,
    });
    expect(modelConfig({ ...config, nHead: 8, nKvHead: 2, headDim: 5 })).toMatchObject({
      nKvHead: 2,
      headDim: 5,
    });
  });

  it('keeps settings that were given and not derived', () => {
    const wide = modelConfig({ ...config, headDim: 10, nKvHead: 2, mlpDim: 50 });
    const wider = modelConfig({ ...wide, nEmbd: 48 });
    expect(wider).toMatchObject({ nEmbd: 48, headDim: 10, nKvHead: 2, mlpDim: 50 });
  });

  it('accepts a change that no other setting depends on, and writes no symbol to JSON', () => {
    expect(modelConfig({ ...config, vocabSize: 20, contextLength: 9 })).toMatchObject({
      vocabSize: 20,
      nKvHead: 4,
      headDim: 6,
    });
    const read = JSON.parse(JSON.stringify(config)) as ModelConfig;
    expect(Object.getOwnPropertySymbols(read)).toEqual([]);
    expect(modelConfig(read)).toEqual(config);
  });
});
