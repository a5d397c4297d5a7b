import { modelConfig, trainingConfig } from '@ramble/core';

import { describeRanks, splitSettings } from './report-words.js';

describe('describeRanks', () => {
  it('names each machine once', () => {
    expect(describeRanks({ hosts: ['ant', 'ant', 'bee'], waitedShare: 0.0312 })).toBe(
      '3 ranks on ant, bee, 3.1 % of the time waiting for sums',
    );
  });
});

describe('splitSettings', () => {
  it('separates chosen settings from defaults', () => {
    const config = trainingConfig({ maxSteps: 17, learningRate: 0.004, batchSize: 12 });
    const { chosen, defaults } = splitSettings(config, trainingConfig);
    expect(chosen).toEqual({ maxSteps: '17', learningRate: '0.004' });
    expect(defaults).toHaveProperty('batchSize', '12');
    expect(defaults).toHaveProperty('minLearningRate', '0.0004'); // a tenth of the chosen rate
  });

  it('shows required settings, and settings that the others depend on', () => {
    const config = modelConfig({ vocabSize: 70, nEmbd: 6, nHead: 3, mlpDim: 10 });
    const { chosen } = splitSettings(config, modelConfig);
    expect(chosen).toEqual({ vocabSize: '70', nHead: '3', nEmbd: '6', mlpDim: '10' });
  });
});
