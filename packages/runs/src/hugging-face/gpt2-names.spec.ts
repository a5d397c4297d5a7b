import { MODEL_PRESETS, modelConfig } from '@ramble/core';
import { parameterSpecs } from '@ramble/core/model';

import { fromGpt2Name, toGpt2Name } from './gpt2.js';

describe('toGpt2Name', () => {
  it('names every parameter of GPT-2, each differently, and back', () => {
    const names = parameterSpecs(modelConfig({ ...MODEL_PRESETS.gpt2, vocabSize: 50257 })).map(
      ({ name }) => name,
    );
    const theirs = names.map(toGpt2Name);
    expect(new Set(theirs).size).toBe(names.length);
    expect(theirs.map(fromGpt2Name)).toEqual(names);
    expect(toGpt2Name('blocks.11.attention.proj.bias')).toBe('transformer.h.11.attn.c_proj.bias');
  });

  it('refuses a parameter that GPT-2 does not have', () => {
    expect(() => toGpt2Name('blocks.0.attention.distance')).toThrow(
      new RangeError(
        'blocks.0.attention.distance: expected a parameter of GPT-2, got one that it lacks',
      ),
    );
  });
});

describe('fromGpt2Name', () => {
  it('reads names with and without the prefix', () => {
    expect(fromGpt2Name('transformer.h.3.ln_2.weight')).toBe('blocks.3.norm2.gain');
    expect(fromGpt2Name('h.3.ln_2.bias')).toBe('blocks.3.norm2.bias');
    expect(fromGpt2Name('wpe.weight')).toBe('positionEmbedding.weight');
  });

  it('returns undefined for other names', () => {
    for (const name of ['h.0.attn.bias', 'score.weight', 'blocks.0.norm1.gain']) {
      expect(fromGpt2Name(name)).toBeUndefined();
    }
  });
});
