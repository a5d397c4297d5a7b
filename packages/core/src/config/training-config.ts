import type { ModelConfig } from './model-config.js';
import { checkSettings } from '../settings/check-settings.js';
import {
  ADAPTER_SETTINGS,
  adapterKindOf,
  type AdapterSettings,
} from '../parameters/adapter-kinds.js';
import {
  checkPreference,
  PREFERENCE_SETTINGS,
  type PreferenceSettings,
} from './preference-losses.js';
import type { Precision } from '../ops/linear.js';
import { OPTIMIZERS, type OptimizerName } from '../parameters/optimizer.js';
import {
  type ConfigOf,
  COUNT,
  FRACTION_BELOW_1,
  NOT_NEGATIVE,
  POSITIVE,
  POSITIVE_COUNT,
  POSITIVE_FRACTION,
  type Setting,
  type SettingTable,
} from '../settings/settings.js';

/** Number formats of the operands of matrix products in training. */
export const PRECISIONS: readonly Precision[] = ['f32', 'bf16'];

const DEFAULT_STEPS = 2000;
/** Default length of the sequences on which adapters are trained. Published models have contexts of many thousands. */
const ADAPTER_SEQUENCE = 512;
/** Defaults of a training of adapters: a step is short, and a published model needs few of them. */
const ADAPTER_DEFAULTS = { batchSize: 2, learningRate: 5e-4, warmupSteps: 10, weightDecay: 0 };
const OPTIMIZER_NAMES = Object.keys(OPTIMIZERS) as OptimizerName[]; // the names that it has

/** The table of {@link TRAINING_SETTINGS}. Comments add to the descriptions. */
const TABLE = {
  batchSize: {
    ...POSITIVE_COUNT,
    default: 12,
    description: 'Number of sequences in a micro-batch.',
  },
  gradAccumSteps: {
    ...POSITIVE_COUNT,
    max: 2 ** 16,
    default: 1,
    description: 'Number of micro-batches whose gradients one update accumulates.',
  },
  sequenceLength: {
    ...COUNT,
    derived: 'the context length; at most 512 with LoRA',
    isLater: true,
    before: 0,
    description: 'Maximum number of tokens of a training sequence; 0 for the context length.',
  },
  dataShare: {
    ...POSITIVE_FRACTION,
    default: 1,
    isLater: true,
    description:
      'Fraction of the training data to train on; vocabularies are learned from all of it.',
  },
  /** Number of updates after which training ends; 0 plans as many as fit into `maxMinutes`. */
  maxSteps: {
    ...COUNT,
    basic: true,
    derived: `${DEFAULT_STEPS}, or as many as fit into maxMinutes`,
    description: 'Number of updates; 0 plans as many as fit into the time limit.',
  },
  /** Maximum minutes of one call of `train`, 0 for no limit; the time of earlier calls does not count. */
  maxMinutes: {
    ...NOT_NEGATIVE,
    basic: true,
    default: 0,
    description: 'Maximum minutes that this call takes; 0 for no limit.',
  },
  optimizer: {
    kind: 'choice',
    choices: OPTIMIZER_NAMES,
    default: 'adamw',
    description: 'The update rule.',
  },
  /** Peak learning rate; the factor of the `noam` schedule. */
  learningRate: { ...POSITIVE, default: 1e-3, description: 'Peak learning rate.' },
  minLearningRate: {
    ...NOT_NEGATIVE,
    derived: 'a tenth of the learning rate',
    description: 'Final learning rate of the schedules cosine and wsd.',
  },
  warmupSteps: {
    ...COUNT,
    default: 100,
    description: 'Number of updates over which the learning rate rises.',
  },
  schedule: {
    kind: 'choice',
    choices: ['constant', 'cosine', 'cosine-hf', 'linear', 'inverse-sqrt', 'noam', 'wsd'],
    derived: 'cosine, or wsd if maxMinutes is the only limit',
    description:
      'Schedule of the learning rate after warmup; wsd (warmup, stable, decay) decays over the last fifth.',
  },
  beta1: {
    ...FRACTION_BELOW_1,
    default: OPTIMIZERS.adamw.defaults.beta1,
    description: "Decay of Adam's mean of gradients.",
  },
  beta2: {
    ...FRACTION_BELOW_1,
    default: OPTIMIZERS.adamw.defaults.beta2,
    description: "Decay of Adam's mean of squared gradients.",
  },
  eps: {
    ...POSITIVE,
    default: OPTIMIZERS.adamw.defaults.eps,
    description: "Added to the root of Adam's mean of squares.",
  },
  momentum: {
    ...FRACTION_BELOW_1,
    default: OPTIMIZERS.sgd.defaults.momentum,
    description: 'Momentum of SGD and Muon.',
  },
  nesterov: {
    kind: 'boolean',
    default: OPTIMIZERS.sgd.defaults.nesterov,
    description: 'Use Nesterov momentum.',
  },
  /** Strength of weight decay. It is decoupled with `adamw` and `muon`; other optimizers add it to the gradient. */
  weightDecay: {
    ...NOT_NEGATIVE,
    default: 0.1,
    description: 'Weight decay of matrices and embeddings.',
  },
  gradClip: {
    ...NOT_NEGATIVE,
    default: 1,
    description: 'Maximum norm of the gradient; 0 for no limit.',
  },
  /** Dropout rate of the embedding's output, of attention weights and of both residual branches, in training. */
  dropout: {
    ...FRACTION_BELOW_1,
    default: 0,
    description: 'Fraction of activations dropped in training.',
  },
  labelSmoothing: {
    ...FRACTION_BELOW_1,
    default: 0,
    description: "Fraction of the target's probability that is spread over the vocabulary.",
  },
  smoothingRule: {
    kind: 'choice',
    choices: ['torch', 'tensor2tensor'],
    default: 'torch',
    description:
      'Tokens that receive the smoothed probability: all (torch), or all but the target (tensor2tensor).',
  },
  zLoss: {
    ...NOT_NEGATIVE,
    default: 0,
    description: 'Weight of the squared log-sum-exp in the loss.',
  },
  /**
   * Weight of R-Drop, whose two passes over a batch differ in their dropout masks.
   *
   * @see Liang et al. 2021, https://arxiv.org/abs/2106.14448
   */
  rDrop: {
    ...NOT_NEGATIVE,
    default: 0,
    isLater: true,
    description:
      'Weight of R-Drop: each sequence is computed twice, and the divergence of the two predictions is part of the loss; 0 computes it once.',
  },
  /** Weight of the loss of a second output head for the token two ahead. The head exists only during training. */
  secondTarget: {
    ...NOT_NEGATIVE,
    default: 0,
    isLater: true,
    description: 'Weight of an extra loss on the token two positions ahead; 0 for none.',
  },
  intermediateLosses: {
    kind: 'boolean',
    default: false,
    isLater: true,
    description:
      'Add a prediction loss to inner blocks: block l of n has it for the first l/(2n) of training.',
  },
  /** Whether the forward pass stores only the input of each block (gradient checkpointing); results are the same. */
  recompute: {
    kind: 'boolean',
    default: false,
    description: 'Recompute activations in the backward pass: less memory, more time.',
  },
  /**
   * Format to which operands of matrix products are rounded. Weights, gradients, optimizer state, norms, softmax and
   * losses are 32-bit floats in any case.
   */
  precision: {
    kind: 'choice',
    choices: PRECISIONS,
    default: 'f32',
    isLater: true,
    description:
      'Format to which operands of matrix products are rounded in training; bf16 is faster on processors with AVX512-BF16.',
  },
  /** Number of updates between outer steps (DiLoCo); 0 sums the gradients of all processes at every update. */
  syncEvery: {
    ...COUNT,
    default: 0,
    isLater: true,
    description:
      'Number of updates that each rank makes alone before an outer step averages the parameters (DiLoCo), for slow networks; 0 adds up gradients in every update.',
  },
  outerLearningRate: {
    ...POSITIVE,
    default: 0.7,
    isLater: true,
    description: 'Learning rate of the outer steps.',
  },
  outerMomentum: {
    ...FRACTION_BELOW_1,
    default: 0.9,
    isLater: true,
    description: 'Nesterov momentum of the outer steps.',
  },
  evalInterval: {
    ...POSITIVE_COUNT,
    default: 250,
    description: 'Number of updates between evaluations on the validation data.',
  },
  evalBatches: {
    ...COUNT,
    default: 20,
    isLater: true,
    before: 0,
    description: 'Maximum number of validation batches that an evaluation reads; 0 for all.',
  },
  /**
   * Number of consecutive evaluations without a new best after which training ends. Only evaluations at an
   * `evalInterval` count.
   */
  patience: {
    ...COUNT,
    default: 0,
    description:
      'Number of evaluations without improvement after which training ends; 0 for never.',
  },
  bestBy: {
    kind: 'choice',
    choices: ['loss', 'score'],
    default: 'loss',
    isLater: true,
    description:
      'Criterion for the best checkpoint: the lowest loss, or the highest score of its outputs.',
  },
  scoredExamples: {
    ...COUNT,
    default: 200,
    isLater: true,
    description: 'Number of validation examples to answer and score, if the domain has a score.',
  },
  saveInterval: {
    ...POSITIVE_COUNT,
    default: 250,
    description: 'Number of updates between checkpoints.',
  },
  saveMinutes: {
    ...NOT_NEGATIVE,
    default: 5,
    isLater: true,
    description: 'Maximum minutes between checkpoints, at any step; 0 for no limit.',
  },
  logInterval: {
    ...POSITIVE_COUNT,
    default: 10,
    description: 'Number of updates between reports.',
  },
  seed: { ...COUNT, default: 0, description: 'Seed of all random numbers.' },
} as const satisfies Readonly<Record<string, Setting>>;

/** Settings of a training. A step is one update of the parameters. */
export interface TrainingConfig
  extends ConfigOf<typeof TABLE>, AdapterSettings, PreferenceSettings {
  readonly optimizer: OptimizerName;
}

/** Name of a learning-rate schedule after the warm-up; the setting `schedule` describes each name. */
export type ScheduleName = TrainingConfig['schedule'];

/**
 * The settings of training with their ranges, defaults and descriptions. They define the flags of `train` and
 * the checks of {@link trainingConfig}.
 */
export const TRAINING_SETTINGS: SettingTable<TrainingConfig> = {
  ...TABLE,
  ...ADAPTER_SETTINGS,
  ...PREFERENCE_SETTINGS,
};

/**
 * Fills in the defaults of a training's settings and checks all of them. If minutes are the only limit, the
 * number of updates is planned while the model trains.
 *
 * @throws TypeError or RangeError that names the setting.
 */
export function trainingConfig(given: Readonly<Partial<TrainingConfig>> = {}): TrainingConfig {
  const config = checkSettings(TRAINING_SETTINGS, withDefaults(given));
  const { learningRate, maxMinutes } = config;
  const maxSteps = given.maxSteps ?? (maxMinutes > 0 ? 0 : DEFAULT_STEPS);
  if (maxSteps === 0 && maxMinutes === 0) {
    throw new RangeError('maxSteps: expected at least 1 when maxMinutes is 0, got 0');
  }
  const adapters = adapterKindOf(config);
  if (adapters && config.secondTarget > 0) {
    throw new RangeError(
      `secondTarget: expected 0 with ${adapters.name}, whose base has no second head`,
    );
  }
  checkPreference(config);
  const hasDropout = config.dropout > 0 || config.loraDropout > 0;
  return {
    ...config,
    maxSteps,
    rDrop: hasDropout ? config.rDrop : 0, // both predictions are equal without dropout
    sequenceLength: given.sequenceLength ?? (adapters ? ADAPTER_SEQUENCE : 0),
    schedule: given.schedule ?? (maxSteps === 0 ? 'wsd' : 'cosine'),
    minLearningRate: given.minLearningRate ?? learningRate / 10,
  };
}

/** Returns a model's settings with the context of its training, which may be shorter. */
export function trainedOn(model: ModelConfig, { sequenceLength }: TrainingConfig): ModelConfig {
  const { contextLength } = model;
  if (sequenceLength === 0 || sequenceLength >= contextLength) return model;
  return { ...model, contextLength: sequenceLength };
}

/**
 * Adds the defaults of the optimizer and of adapters, which override the defaults of the table, to the given settings.
 */
function withDefaults(given: Readonly<Partial<TrainingConfig>>): Partial<TrainingConfig> {
  const { optimizer = 'adamw' } = given;
  if (!Object.hasOwn(OPTIMIZERS, optimizer)) return given; // refused by the check of all settings
  const own = { ...OPTIMIZERS[optimizer].defaults, ...(adapterKindOf(given) && ADAPTER_DEFAULTS) };
  const missing = Object.entries(own).filter(
    ([name]) => given[name as keyof TrainingConfig] === undefined,
  );
  return { ...given, ...Object.fromEntries(missing) };
}
