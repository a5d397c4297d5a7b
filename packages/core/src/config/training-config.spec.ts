import { OPTIMIZERS, type OptimizerName } from '../parameters/optimizer.js';
import { checkSettings } from '../settings/check-settings.js';
import { TRAINING_SETTINGS, trainingConfig } from './training-config.js';

describe('trainingConfig', () => {
  it("defaults to nanoGPT's recipe for small models", () => {
    expect(trainingConfig()).toMatchObject({
      optimizer: 'adamw',
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.95,
      weightDecay: 0.1,
      gradClip: 1,
      warmupSteps: 100,
      schedule: 'cosine',
      dropout: 0,
    });
  });

  it("fills in an optimizer's own defaults, and keeps given values", () => {
    for (const [optimizer, { defaults }] of Object.entries(OPTIMIZERS)) {
      const name = optimizer as OptimizerName; // of the entries of OPTIMIZERS
      expect(trainingConfig({ optimizer: name, beta2: undefined })).toMatchObject(defaults);
      expect(trainingConfig({ optimizer: name, beta2: 0.5 }).beta2).toBe(0.5);
    }
  });

  it('ends the cosine at a tenth of the peak by default', () => {
    expect(trainingConfig({ learningRate: 0.5 }).minLearningRate).toBe(0.05);
    expect(trainingConfig({ minLearningRate: 0 }).minLearningRate).toBe(0);
  });

  it('has no R-Drop without dropout', () => {
    expect(trainingConfig({ rDrop: 2 }).rDrop).toBe(0);
    expect(trainingConfig({ rDrop: 2, dropout: 0.1 }).rDrop).toBe(2);
    expect(trainingConfig({ rDrop: 2, loraRank: 2, loraDropout: 0.1 }).rDrop).toBe(2);
  });

  it('refuses settings that no training can use', () => {
    expect(() => trainingConfig({ dropout: 1 })).toThrow(
      new RangeError('dropout: expected a number of at least 0 and below 1, got 1'),
    );
    expect(() => trainingConfig({ learningRate: 0 })).toThrow(
      new RangeError('learningRate: expected a number above 0, got 0'),
    );
    expect(() => trainingConfig({ batchSize: 1.5 })).toThrow(
      new RangeError('batchSize: expected an integer of at least 1, got 1.5'),
    );
    const lion = { optimizer: 'lion' as 'sgd' }; // what a file may say
    expect(() => trainingConfig(lion)).toThrow(
      new RangeError('optimizer: expected adamw, adam, sgd or muon, got "lion"'),
    );
  });

  it('has every default within its own range', () => {
    const given: Record<string, unknown> = {};
    for (const [name, setting] of Object.entries(TRAINING_SETTINGS)) given[name] = setting.default;
    expect(() => checkSettings(TRAINING_SETTINGS, given)).not.toThrow();
  });
});
