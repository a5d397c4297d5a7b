import { MODEL_PRESETS, modelConfig, type ModelConfig } from '@ramble/core';
import { countParameters, type PresetName } from '@ramble/core/model';
import { findRun } from '@ramble/runs/node';
import { openRun, readLog } from '@ramble/runs';

import { formatBytes, formatCount, formatShare } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import { UsageError } from '../../verb/exit-errors.js';
import { loadEngine } from '../../verb/load-engine.js';
import {
  COUNT,
  ENGINE_FLAG,
  type Flags,
  type FlagValues,
  MODEL_NAME,
  POSITIVE,
  SWITCH,
} from '../../verb/flag.js';
import type { Call, PlainProgram } from '../../verb/verb.js';
import { measurePeak, operationsPerToken } from '../train/speed.js';
import { type Cluster, shareOfSteps, type StepCost, stepCost, type Update } from './step-cost.js';

/**
 * GPT-2's vocabulary size, and the number of tokens in one of its updates (Radford et al. 2019; 480 sequences of
 * 1,024).
 */
const [VOCAB_SIZE, UPDATE_TOKENS] = [50_257, 491_520];
/**
 * Speed of whole training steps of a large model, as a fraction of the speed of its matrix products. See
 * docs/dev/benchmarks.md.
 */
const LARGE_MODEL_SHARE = 0.8;

const SIZES = Object.keys(MODEL_PRESETS) as PresetName[]; // the keys of its type

const FLAGS = {
  model: {
    ...MODEL_NAME,
    derived: 'none; the size that --preset gives',
    description: 'The run whose training to estimate.',
  },
  preset: {
    kind: 'choice',
    choices: SIZES,
    derived: 'none; the size of --model',
    description: "A size with GPT-2's vocabulary.",
  },
  ranks: {
    ...COUNT,
    max: 65_536,
    default: 8,
    description: 'Maximum number of ranks: processes that train together, one a machine.',
  },
  network: { ...POSITIVE, default: 10, description: 'Speed of the link of each rank in Gb/s.' },
  tokens: {
    ...COUNT,
    derived: `the run's; ${formatCount(UPDATE_TOKENS)}, GPT-2's, without one`,
    description: 'Number of tokens in an update, of all ranks together.',
  },
  gflops: {
    ...POSITIVE,
    derived: 'the measured speed of this machine',
    description: 'Speed of products of matrices of each rank in GFLOP/s.',
  },
  memory: { ...POSITIVE, default: 25, description: 'Speed of the memory of each rank in GB/s.' },
  shardOptimizer: {
    ...SWITCH,
    description: 'Shard the optimizer over the ranks, as `train --shard-optimizer` does.',
  },
  ...ENGINE_FLAG,
} as const satisfies Flags;

export type ScaleFlags = FlagValues<typeof FLAGS>;

/** `scale`: estimates the time of training on several machines, before they are rented. */
export const scaleProgram = {
  flags: FLAGS,
  run,
} satisfies PlainProgram<ScaleFlags>;

async function run(call: Call<ScaleFlags>): Promise<void> {
  const { flags, output } = call;
  const { model, update } = await planned(flags);
  const most = Math.floor(update.tokens / update.microBatchTokens);
  if (flags.ranks > most) {
    throw new UsageError(
      `--ranks: expected at most ${most}, the micro-batches of an update, got ${flags.ranks}; ` +
        'larger updates have more (--tokens, or --grad-accum-steps of the run)',
    );
  }
  const gflops = flags.gflops ?? (await measured(call));
  const cluster: Cluster = {
    operationsPerSecond: 1e9 * gflops,
    memoryPerSecond: 1e9 * flags.memory,
    networkPerSecond: (1e9 / 8) * flags.network,
  };
  const costs = countsUpTo(flags.ranks).map((ranks) => stepCost(ranks, update, cluster, flags));
  if (output.isJson) {
    await output.printJson({ model, update, cluster, costs });
    return;
  }
  for (const line of linesOf(costs, update, { gflops, flags })) {
    await output.print(line);
  }
}

async function planned({
  model: name,
  preset,
  tokens,
}: ScaleFlags): Promise<{ readonly model: ModelConfig; readonly update: Update }> {
  if ((name === undefined) === (preset === undefined)) {
    const got = name === undefined ? 'none' : 'both';
    throw new UsageError(`--model: expected it or --preset, got ${got}`);
  }
  if (name === undefined) {
    const config = { ...MODEL_PRESETS[preset as PresetName], vocabSize: VOCAB_SIZE };
    const model = modelConfig(config);
    const wanted = tokens ?? UPDATE_TOKENS;
    return { model, update: updateOf(model, wanted, model.contextLength, LARGE_MODEL_SHARE) };
  }
  const { storage } = findRun(name);
  const { model, training } = (await openRun(storage)).description;
  const share = shareOfSteps(await readLog(storage, () => undefined)) ?? LARGE_MODEL_SHARE;
  const microBatch = training.batchSize * model.contextLength;
  return {
    model,
    update: updateOf(model, tokens ?? microBatch * training.gradAccumSteps, microBatch, share),
  };
}

function updateOf(
  model: ModelConfig,
  tokens: number,
  microBatchTokens: number,
  shareOfPeak: number,
): Update {
  const parameters = countParameters(model);
  const embedding = model.vocabSize * model.nEmbd;
  return {
    parameters,
    operationsPerToken: operationsPerToken(model),
    tokens,
    microBatchTokens: Math.min(tokens, microBatchTokens),
    shareOfPeak,
    lastShare: model.tiedHead ? embedding / parameters : 0,
  };
}

async function measured({ flags, engines, output, io }: Call<ScaleFlags>): Promise<number> {
  await loadEngine(engines, flags, output);
  return measurePeak(io.clock) / 1e9;
}

/** Returns the powers of two below a number, and the number itself. */
function countsUpTo(ranks: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < ranks; count *= 2) counts.push(count);
  return [...counts, ranks];
}

function linesOf(
  costs: readonly StepCost[],
  { parameters, tokens }: Update,
  about: {
    readonly gflops: number;
    readonly flags: ScaleFlags;
  },
): string[] {
  const { gflops, flags } = about;
  const seconds = (value: number): string =>
    `${value < 100 && value > 0 ? value.toPrecision(3) : formatCount(value)} s`;
  const columns = ['ranks', 'computing', 'updating', 'waiting', 'step', 'tokens/s', 'memory'];
  const rows = costs.map(({ ranks, computing, updating, waiting, step, bytes, efficiency }) => [
    formatCount(ranks),
    ...[computing, updating, waiting, step].map(seconds),
    ...[formatCount(tokens / step), formatBytes(bytes), formatShare(efficiency)],
  ]);
  return [
    `${formatCount(parameters)} parameters, updates of ${formatCount(tokens)} tokens; ` +
      `each rank has ${gflops.toPrecision(3)} GFLOP/s, ${flags.memory} GB/s of memory and ${flags.network} Gb/s of network.`,
    '',
    ...formatTable([[...columns, 'efficiency'], ...rows], 'r'),
    '',
    'Memory is what a rank takes for parameters, gradients and moments; its activations come on top.',
    'This is a model, not a measurement: docs/scale.md says what it assumes.',
  ];
}
