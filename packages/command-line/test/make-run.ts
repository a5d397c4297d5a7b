import {
  type AnyApp,
  createModel,
  modelConfig,
  type ModelConfig,
  trainingConfig,
} from '@ramble/core';
import { folderStorage } from '@ramble/runs/node';
import { appendLog, createRun, saveCheckpoint } from '@ramble/runs';

import { cpuEngine } from './cpu-engine.js';

/**
 * Makes a run as `train` writes it, of an untrained model with scaled weights: unscaled, it would hardly prefer
 * any token. It has checkpoints at steps 10 and 20; the first is the best.
 *
 * @param scale - Factor of the initial weights; NaN breaks them.
 * @param dataPath - Path of the training data, or the name of a corpus.
 */
export async function makeRun(
  folder: string,
  app: AnyApp,
  given: Partial<ModelConfig> = {},
  scale = 20,
  dataPath = '/books/letters.txt',
): Promise<void> {
  await cpuEngine.load();
  const domain = await app.factory.load({});
  const model = createModel(
    modelConfig({
      vocabSize: domain.vocabulary.size,
      contextLength: 8,
      nLayer: 1,
      nHead: 2,
      nEmbd: 12,
      ...given,
    }),
    { seed: 3 },
  );
  for (const { name } of model.parameters.specs) {
    const values = model.parameters.read(name);
    if (name.endsWith('.weight'))
      model.parameters.write(
        name,
        values.map((value) => scale * value),
      );
  }
  const run = await createRun(folderStorage(folder), {
    domain: { name: app.name, options: {}, files: app.factory.save(domain) },
    model: model.config,
    training: trainingConfig({ batchSize: 3 }),
    data: { data: { path: dataPath, sha256: '00ff' } },
    engine: 'cpu',
  });
  const state = { evaluationsWithoutImprovement: 0, tokensSeen: 0, elapsedSeconds: 0 };
  for (const step of [10, 20]) {
    const validationLoss = 2 + step / 100;
    await appendLog(run.storage, { step, validationLoss });
    await saveCheckpoint(run, model, { ...state, step, bestStep: 10, bestLoss: 2.1 });
  }
  model.dispose();
}
