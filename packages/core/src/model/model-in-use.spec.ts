import { cropBatches } from '../training/crop-batches.js';
import { evaluateLoss } from '../training/evaluate-loss.js';
import { windowBatches } from '../training/evaluation-batches.js';
import { train } from '../training/train.js';
import { trainingConfig } from '../config/training-config.js';
import { memoryTokens } from '../files/bytes.js';
import { generate } from '../scheduling/generate.js';
import { advance } from './advance.js';
import { createKvCache } from './kv-cache.js';
import { createModel } from './model.js';

const shape = { vocabSize: 7, contextLength: 5, nLayer: 1, nHead: 2, nEmbd: 4 };
const error = new Error('model: expected one in use, got one after its dispose(). Load it again');

describe('a model after its dispose()', () => {
  const source = memoryTokens(Int32Array.from({ length: 40 }, (_, i) => i % 7));
  const window = { contextLength: 5, batchSize: 2 };
  const model = createModel(shape);
  const cache = createKvCache(model.decoder, 1);
  model.dispose();

  it('writes nothing', async () => {
    await expect(generate(model, { tokens: [1] }, { maxNewTokens: 2 }).next()).rejects.toThrow(
      error,
    );
    expect(() => advance(model, cache, [{ slot: 0, tokens: [1] }])).toThrow(error);
  });

  it('can be neither evaluated nor trained', async () => {
    await expect(evaluateLoss(model, windowBatches(source, window))).rejects.toThrow(error);
    const batches = cropBatches(source, { ...window, seed: 0 });
    const training = train({
      ...{ model, batches, clock: { now: () => 0 } },
      config: trainingConfig({ batchSize: 2, maxSteps: 1 }),
    });
    await expect(training.next()).rejects.toThrow(error);
  });
});
