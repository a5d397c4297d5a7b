import { modelConfig, trainingConfig } from '@ramble/core';

import { checkMemory } from './session.js';

const options = { totalBytes: 24e9, keepsAttention: false };
const small = modelConfig({ vocabSize: 1024 });

describe('checkMemory', () => {
  it('returns undefined for a training that takes little memory', () => {
    expect(checkMemory(small, trainingConfig(), options)).toBeUndefined();
  });

  it('returns the memory that a large training takes', () => {
    const long = modelConfig({ vocabSize: 1024, contextLength: 100_000 });
    expect(checkMemory(long, trainingConfig({ batchSize: 1 }), options)).toBe(
      'training takes about 8.4 GB of memory (220 MB for parameters, gradients and moments, 8.2 GB for activations), and this machine has 24 GB',
    );
  });

  it('refuses a training that does not fit, and names the settings to lower', () => {
    expect(() => checkMemory(small, trainingConfig({ batchSize: 1e9 }), options)).toThrow(
      new RangeError(
        'training: expected one that fits into 24 GB, got one that needs about 5243 TB of memory (15 MB for parameters, gradients and moments, 5243 TB for activations); lower batchSize, contextLength or nLayer, or give --recompute',
      ),
    );
    const resumed = { ...options, isResumed: true };
    expect(() => checkMemory(small, trainingConfig({ batchSize: 1e9 }), resumed)).toThrow(
      / activations\); resume it on a machine with more memory$/,
    );
    const wide = modelConfig({ vocabSize: 1024, nEmbd: 100_000 });
    expect(() => checkMemory(wide, trainingConfig({ batchSize: 1 }), options)).toThrow(
      /^training: expected .* needs about 7\.7 TB .*; lower nEmbd or nLayer$/,
    );
  });
});
