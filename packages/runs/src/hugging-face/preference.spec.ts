import { packExamples, train, trainingConfig } from '@ramble/core';
import { adaptModel } from '@ramble/core/model';
import { learnPairs } from '@ramble/core/training';
import type { Model, TrainingConfig } from '@ramble/core';
import { fixturesIn } from '@ramble/node/testing';

import { fileFolder } from '../../test/file-folder.js';
import { loadModel } from '../weights/load-model.js';
import { openHuggingFace } from './hugging-face-files.js';

// Losses of TRL's trainers on a tiny Llama; fixtures/preference/make.py.
interface Sequence {
  readonly tokens: readonly number[];
  readonly start: number;
}
interface Training {
  readonly batches: readonly (readonly (readonly [chosen: Sequence, rejected: Sequence])[])[];
  readonly losses: readonly number[];
  readonly margins: readonly number[];
  readonly accuracies: readonly number[];
}
const fixtures = fixturesIn(new URL('../../fixtures/preference/', import.meta.url));
const golden = fixtures.readJson('golden.json') as Record<'dpo' | 'orpo', Training> & {
  readonly rank: number;
  readonly alpha: number;
  readonly beta: number;
  readonly learning_rate: number;
  readonly targets: readonly string[];
};

const contextLength = 32;

async function adaptedLlama(config: TrainingConfig): Promise<Model> {
  const files = ['config.json', 'model.safetensors'].map((name) => [
    name,
    fixtures.readBytes(name),
  ]);
  const folder = fileFolder(Object.fromEntries(files) as Record<string, Uint8Array>);
  const { config: shape, weights } = await openHuggingFace(folder);
  const model = adaptModel(await loadModel(weights, shape), config, 0);
  for (const { name, block, inDim, parts } of model.parameters.adapters?.layers.values() ?? []) {
    const values = Array.from({ length: inDim }, (_, column) =>
      parts.map(({ target }) =>
        Array.from({ length: golden.rank }, (_, row) => {
          const place = 31 * golden.targets.indexOf(target) + 101 * block;
          return 0.3 * Math.sin(1 + 7 * column + 13 * row + place);
        }),
      ),
    );
    model.parameters.write(`${name}.lora.down.weight`, Float32Array.from(values.flat(2)));
  }
  return model;
}

const exampleOf = ({ tokens, start }: Sequence) => ({
  tokens,
  lossWeights: tokens.map((_, i) => (i < start ? 0 : 1)),
});

describe.each(['dpo', 'orpo'] as const)('training with the preference %s', (preference) => {
  it('has the losses and rewards of TRL for 50 steps', async () => {
    const { batches, losses, margins, accuracies } = golden[preference];
    const config = trainingConfig({
      ...{
        preference,
        preferenceBeta: golden.beta,
        loraRank: golden.rank,
        loraAlpha: golden.alpha,
      },
      ...{ maxSteps: losses.length, learningRate: golden.learning_rate, schedule: 'constant' },
      ...{ beta2: 0.999, eps: 1e-8, weightDecay: 0, gradClip: 1, warmupSteps: 0 },
    });
    const model = await adaptedLlama(config);
    const packed = batches.map((pairs) =>
      packExamples(
        pairs.map(([chosen, rejected]) => ({
          ...exampleOf(chosen),
          rejected: exampleOf(rejected),
        })),
        contextLength,
      ),
    );
    const reports = train({
      ...{ model, config, clock: { now: () => 0 }, strategy: learnPairs() },
      batches: { batch: (index) => Promise.resolve(packed[index % packed.length]) },
    });
    const own: number[][] = [[], [], []];
    for await (const report of reports) {
      if (report.kind !== 'step') continue;
      const { loss, rewardMargin = NaN, rewardAccuracy = NaN } = report;
      [loss, rewardMargin, rewardAccuracy].forEach((number, i) => own[i].push(number));
    }
    model.dispose();
    expect(own[0]).toBeAllClose(losses, { atol: 1e-5 });
    expect(own[1]).toBeAllClose(margins, { atol: 1e-4 });
    expect(own[2]).toEqual(accuracies);
  });
});
