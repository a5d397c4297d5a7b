import {
  type Clock,
  createModel,
  cropBatches,
  memoryTokens,
  MODEL_PRESETS,
  train,
  trainingConfig,
} from '@ramble/core';

const SECONDS = 1;
const VOCAB_SIZE = 64;

/** Tokens a second in the training of a `nano` model, after its first step, measured for a second. */
export async function measureTraining(clock: Clock): Promise<number> {
  const { contextLength } = MODEL_PRESETS.nano;
  const config = trainingConfig({ batchSize: 8, maxSteps: Number.MAX_SAFE_INTEGER });
  const { batchSize, seed } = config;
  const tokens = memoryTokens(Array.from({ length: 4 * contextLength }, (_, i) => i % VOCAB_SIZE));
  const batches = cropBatches(tokens, { contextLength, batchSize, seed });
  const model = createModel({ ...MODEL_PRESETS.nano, vocabSize: VOCAB_SIZE });
  let steps = 0;
  let start = clock.now();
  try {
    for await (const { kind, step } of train({ model, config, batches, clock })) {
      if (kind !== 'step') continue;
      if (step === 1) start = clock.now();
      else steps++;
      if (steps > 0 && clock.now() - start > 1000 * SECONDS) break;
    }
  } finally {
    model.dispose();
  }
  return (1000 * steps * batchSize * contextLength) / (clock.now() - start);
}
