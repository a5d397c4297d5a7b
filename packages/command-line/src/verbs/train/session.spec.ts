import { modelConfig, trainingConfig } from '@ramble/core';

import { checkMemory } from './session.js';

const options = { totalBytes: 24e9, freeBytes: 20e9, keepsAttention: false, start: 'new' } as const;
const small = modelConfig({ vocabSize: 1024 });

describe('checkMemory', () => {
  it('returns undefined for a training that takes little memory', () => {
    expect(checkMemory(small, trainingConfig(), options)).toBeUndefined();
  });

  it('returns the memory that a large training takes', () => {
    const long = modelConfig({ vocabSize: 1024, contextLength: 100_000 });
    expect(checkMemory(long, trainingConfig({ batchSize: 1 }), options)).toBe(
      'training takes about 8.4 GB of memory (220 MB for parameters, gradients and moments, 8.2 GB for activations), and this machine has 24 GB, 20 GB of it free',
    );
  });

  it('refuses a training that does not fit, and names the settings to lower', () => {
    expect(() => checkMemory(small, trainingConfig({ batchSize: 1e9 }), options)).toThrow(
      new RangeError(
        'training: expected one that fits into 24 GB, got one that needs about 5243 TB of memory (15 MB for parameters, gradients and moments, 5243 TB for activations); lower batchSize, contextLength or nLayer, or give --recompute',
      ),
    );
    const resumed = { ...options, start: 'resumed' } as const;
    expect(() => checkMemory(small, trainingConfig({ batchSize: 1e9 }), resumed)).toThrow(
      / activations\); resume it on a machine with more memory$/,
    );
    const wide = modelConfig({ vocabSize: 1024, nEmbd: 100_000 });
    expect(() => checkMemory(wide, trainingConfig({ batchSize: 1 }), options)).toThrow(
      /^training: expected .* needs about 7\.7 TB .*; lower nEmbd or nLayer$/,
    );
  });

  it('states the memory of adapters, too, if a model is tuned as a whole', () => {
    const tuned = { ...options, start: 'tuned' } as const;
    const model = modelConfig({ vocabSize: 1024, nEmbd: 2048, nLayer: 8, contextLength: 512 });
    const one = trainingConfig({ batchSize: 1 });
    expect(checkMemory(model, one, tuned)).toMatch(
      /^training takes about 7\.\d GB .*, and this machine has 24 GB, 20 GB of it free; adapters \(--lora-rank 16\) take about 1\.\d GB$/,
    );
    expect(checkMemory(model, one, options)).not.toContain('adapters');
    expect(checkMemory(model, trainingConfig({ ...one, loraRank: 4 }), tuned)).toBeUndefined();
    expect(() => checkMemory(model, one, { ...tuned, totalBytes: 4e9 })).toThrow(
      /; train it on a machine with more memory; adapters \(--lora-rank 16\) take about /,
    );
    const many = trainingConfig({ batchSize: 1e9 });
    expect(() => checkMemory(model, many, tuned)).toThrow(
      /; lower batchSize or sequenceLength, or give --recompute; adapters /,
    );
  });

  it('returns the memory if it is more than half of what is free', () => {
    const model = modelConfig({ vocabSize: 1024, contextLength: 20_000 });
    const one = trainingConfig({ batchSize: 1 });
    const busy = { ...options, freeBytes: 2e9 };
    expect([options, busy].map((each) => checkMemory(model, one, each) === undefined)).toEqual([true, false]); // prettier-ignore
  });
});
