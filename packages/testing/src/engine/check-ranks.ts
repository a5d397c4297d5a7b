import {
  type BatchSource,
  createModel,
  cropBatches,
  exampleBatches,
  memoryTokens,
  type ModelConfig,
  type TokenExample,
  train,
  type TrainingConfig,
  trainingConfig,
} from '@ramble/core';
import { createParameterStore, sizeOf } from '@ramble/core/engine';
import { adaptModel, withTrainingHeads } from '@ramble/core/model';
import { slotsOf } from '@ramble/core/training';
import { inMemoryRanks, type Ranks, slotReader, strategyFor } from '@ramble/parallel';

import { assertEqual } from '../assert-close.js';
import { fixedText, LLAMA } from './fixed-inputs.js';

const shape = { vocabSize: 29, contextLength: 12, nLayer: 2, nHead: 3, nEmbd: 21, mlpDim: 33 };
const settings = {
  batchSize: 2,
  maxSteps: 3,
  warmupSteps: 1,
  dropout: 0.1,
  seed: 9,
  gradClip: 0.5,
};

/** A training that ranks (processes) run together, compared with one process. */
export interface RanksCase {
  readonly name: string;
  readonly training: Partial<TrainingConfig>;
  readonly model?: Partial<ModelConfig>;
  /** Whether to train on examples of different lengths and weights, not on crops of a text. */
  readonly hasExamples?: boolean;
}

export const RANKS_CASES: readonly RanksCase[] = [
  { name: 'crops', training: { gradAccumSteps: 4 } },
  { name: 'crops in bf16', training: { gradAccumSteps: 4, precision: 'bf16' } },
  { name: 'examples', training: { gradAccumSteps: 8 }, hasExamples: true },
  {
    name: 'examples, smoothed targets, R-Drop, recomputation',
    training: { gradAccumSteps: 5, labelSmoothing: 0.1, dropout: 0.1, rDrop: 1, recompute: true },
    hasExamples: true,
  },
  {
    name: 'pairs of a chosen and a rejected answer',
    training: { gradAccumSteps: 4, preference: 'orpo' },
    hasExamples: true,
  },
  {
    name: 'adapters over a model that stays as it is, compared with it',
    training: { gradAccumSteps: 4, preference: 'dpo', loraRank: 3, loraDropout: 0.1 },
    hasExamples: true,
  },
  {
    name: 'the Llama family with losses of every layer and a second target',
    training: { gradAccumSteps: 4, intermediateLosses: true, secondTarget: 0.5 },
    model: LLAMA,
  },
];

/**
 * Checks that 1, 2 and 4 ranks produce the same bits as one process: losses, norms, parameters and moments.
 * If the engine can shard the optimizer, this is checked with sharding too.
 */
export async function checkRanks(ranksCase: RanksCase): Promise<void> {
  const alone = await run(ranksCase);
  const canShard = createParameterStore([]).pieces !== undefined;
  for (const shardOptimizer of canShard ? [false, true] : [false]) {
    for (const count of [1, 2, 4]) {
      const all = await Promise.all(
        inMemoryRanks(count).map((ranks) => run(ranksCase, ranks, shardOptimizer)),
      );
      all.forEach((own, rank) => {
        assertEqual(`rank ${rank} of ${count}, sharded: ${shardOptimizer}`, own, alone);
      });
    }
  }
}

/** Returns all numbers of a training: the numbers in its reports, and the bits of parameters and moments. */
async function run(
  ranksCase: RanksCase,
  ranks?: Ranks,
  shardOptimizer = false,
): Promise<readonly number[][]> {
  const config = trainingConfig({ ...settings, ...ranksCase.training });
  const whole = createModel({ ...shape, ...ranksCase.model }, { seed: 1 });
  const model = adaptModel(withTrainingHeads(whole, config), config, 2);
  const batches = ranksCase.hasExamples ? exampleSource(config) : cropSource(config);
  const reports: number[][] = [];
  const clock = { now: () => 0 };
  const strategy = strategyFor(ranks, { shardOptimizer });
  for await (const report of train({ model, config, batches, clock, strategy })) {
    if (report.kind !== 'step') continue;
    const { loss, gradientNorm, tokensPerSecond, state, summedBytes = 0 } = report;
    const { rewardMargin = 0, rewardAccuracy = 0 } = report;
    reports.push([loss, gradientNorm, tokensPerSecond, state.tokensSeen]);
    reports.push([rewardMargin, rewardAccuracy]);
    const numbers = model.parameters.specs.reduce((sum, spec) => sum + sizeOf(spec.shape), 0);
    if (ranks) assertEqual('bytes of gradients', [summedBytes], [4 * numbers]);
  }
  const { parameters } = model;
  const all = ranks && shardOptimizer ? slotReader(ranks, parameters) : undefined;
  const numbers: number[][] = [];
  for (const { name } of parameters.specs) {
    for (const slot of [undefined, ...slotsOf('adam')]) {
      const values = (slot && (await all?.(name, slot))) ?? parameters.read(name, slot);
      numbers.push([...new Uint32Array(values.buffer, values.byteOffset, values.length)]);
    }
  }
  model.dispose();
  return [...reports, ...numbers];
}

function cropSource({ batchSize, seed }: TrainingConfig): BatchSource {
  const text = memoryTokens(fixedText(200, shape.vocabSize));
  return cropBatches(text, { contextLength: shape.contextLength, batchSize, seed });
}

/** Makes examples whose lengths differ, with weights 0, 0.25 and 1, so that a mean of means would be wrong. */
function exampleSource({ batchSize, seed, preference }: TrainingConfig): BatchSource {
  const lengthOf = (index: number): number => 3 + ((index * 7) % 10);
  const example = (index: number): TokenExample => {
    const tokens = Int32Array.from(
      fixedText(lengthOf(index) + index, shape.vocabSize).slice(index),
    );
    const lossWeights = Float32Array.from(tokens, (_, i) => [0, 1, 0.25][(i + index) % 3]);
    return { tokens, lossWeights };
  };
  const read = (index: number): Promise<TokenExample> => {
    const rejected = preference === 'none' ? undefined : example(index + 1);
    return Promise.resolve({ ...example(index), rejected });
  };
  const { contextLength } = shape;
  return exampleBatches({ length: 97, lengthOf, read }, { contextLength, batchSize, seed });
}
