import { createModel } from '../model/model.js';
import { modelConfig, type ModelConfig } from './model-config.js';

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
