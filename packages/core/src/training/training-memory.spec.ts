import { MODEL_PRESETS, modelConfig } from '../config/model-config.js';
import { trainingConfig } from '../config/training-config.js';
import { trainingMemory } from './training-memory.js';

const kernel = { keepsAttention: false };

describe('trainingMemory', () => {
  it('counts parameters, gradients and moments of the optimizer', () => {
    const model = modelConfig({ ...MODEL_PRESETS.gpt2, vocabSize: 50_257 });
    const bytesOf = (optimizer: 'adamw' | 'sgd'): number =>
      trainingMemory(model, trainingConfig({ optimizer }), kernel).parametersBytes;
    const parameters = 124_439_808;
    expect([bytesOf('adamw'), bytesOf('sgd')]).toEqual([16 * parameters, 12 * parameters]);
    const local = trainingMemory(model, trainingConfig({ syncEvery: 10 }), kernel);
    expect(local.parametersBytes).toBe(24 * parameters);
  });

  it.each([
    // Peaks of steps of one text on the engine native, from docs/dev/benchmarks.md, long texts.
    [{ nLayer: 6, nHead: 8, nEmbd: 512, contextLength: 2048, attention: 'relative' }, 1240e6],
    [{ nLayer: 4, nHead: 4, nEmbd: 256, contextLength: 2048, attention: 'relative' }, 442e6],
  ] as const)('is within a third of a measured peak: %j', (shape, measured) => {
    const model = modelConfig({ ...shape, vocabSize: 388 });
    const memory = trainingMemory(model, trainingConfig({ batchSize: 1 }), kernel);
    const bytes = memory.parametersBytes + memory.activationsBytes;
    expect(bytes / measured).toBeGreaterThan(2 / 3);
    expect(bytes / measured).toBeLessThan(4 / 3);
  });

  it('grows with the square of the context if attention weights are kept', () => {
    const bytesOf = (contextLength: number, keepsAttention: boolean): number => {
      const model = modelConfig({ vocabSize: 9, contextLength });
      return trainingMemory(model, trainingConfig(), { keepsAttention }).activationsBytes;
    };
    expect(bytesOf(2000, false)).toBe(2 * bytesOf(1000, false));
    const kept = (T: number): number => bytesOf(T, true) - bytesOf(T, false);
    expect(kept(2000)).toBe(4 * kept(1000));
  });

  it('is less if blocks are recomputed', () => {
    const model = modelConfig({ vocabSize: 9, nLayer: 12 });
    const [whole, again] = [false, true].map(
      (recompute) => trainingMemory(model, trainingConfig({ recompute }), kernel).activationsBytes,
    );
    expect(again).toBeLessThan(whole / 5);
  });

  it('counts each of many blocks, and embeddings once', () => {
    const bytesOf = (nLayer: number): number =>
      trainingMemory(modelConfig({ vocabSize: 9, nLayer }), trainingConfig(), kernel)
        .parametersBytes;
    expect(bytesOf(9600) - bytesOf(9599)).toBe(bytesOf(3) - bytesOf(2));
    expect(bytesOf(9600)).toBeLessThan(100 * bytesOf(96));
  });
});
