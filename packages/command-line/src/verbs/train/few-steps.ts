import {
  modelConfig,
  type ModelConfig,
  MODEL_SETTINGS,
  TRAINING_SETTINGS,
  trainingConfig,
  type TrainingConfig,
} from '@ramble/core';
import { type FirstPace, trainingPace } from '@ramble/core/training';

import { formatCount, formatDuration } from '../../format/format-number.js';
import { settingsIn } from '../../verb/flag.js';
import { operationsPerToken } from './speed.js';

type Settings = Readonly<Record<string, unknown>>;

/** Minimum number of steps in which a new model learns anything of use. */
const FEW_STEPS = 200;
/** Number of steps that makes a model worth its size. */
const ENOUGH_STEPS = 1000;
/** Fraction of the time limit above which reading the data is worth a warning. */
const SLOW_SHARE = 0.25;

/** The first plan of a training whose only limit is time. */
export interface FirstTrainingPlan {
  readonly model: ModelConfig;
  readonly config: TrainingConfig;
  readonly expectedSteps: number;
  /** Measured seconds of a step and of an evaluation. */
  readonly pace: FirstPace;
  /** Seconds available for training. */
  readonly seconds: number;
  /** Whether a batch has whole examples, whose length does not depend on the context. */
  readonly hasExamples: boolean;
}

/** The settings that another run could start from. */
export interface OtherPresets {
  /** The presets by name; empty if the run cannot have another shape. */
  readonly presets: Readonly<Record<string, Settings>>;
  /** Settings that the user chose; they override a preset's settings. */
  readonly chosen: Settings;
}

/**
 * Warns that a plan's steps are too few to learn anything. Names the largest preset with at least 1,000 steps, or
 * else the preset with the most steps. The steps follow from the measured pace and the number of operations of
 * each model.
 *
 * @returns `undefined` for a plan with enough steps.
 */
export function fewStepsWarning(plan: FirstTrainingPlan, others: OtherPresets): string | undefined {
  const { expectedSteps } = plan;
  if (expectedSteps >= FEW_STEPS) return undefined;
  const warning = `too few steps to learn much (about ${formatCount(expectedSteps)})`;
  const best = bestPreset(plan, others);
  if (!best) return `${warning}; give it more minutes, or make the model or the batch smaller`;
  return `${warning}; give it more minutes, or --preset ${best.name}, of which about ${formatCount(best.steps)} fit`;
}

interface PresetSteps {
  readonly name: string;
  readonly steps: number;
  readonly operations: number;
}

function bestPreset(plan: FirstTrainingPlan, others: OtherPresets): PresetSteps | undefined {
  const found = Object.entries(others.presets)
    .flatMap(([name, preset]) => presetSteps(name, { ...preset, ...others.chosen }, plan) ?? [])
    .filter(({ steps }) => steps >= 2 * plan.expectedSteps);
  const enough = found.filter(({ steps }) => steps >= ENOUGH_STEPS);
  if (enough.length > 0) return enough.reduce((a, b) => (b.operations > a.operations ? b : a));
  return found.length > 0 ? found.reduce((a, b) => (b.steps > a.steps ? b : a)) : undefined;
}

/** The steps of a preset in the time of a plan; `undefined` for settings that contradict each other. */
function presetSteps(
  name: string,
  settings: Settings,
  { model, config, pace, seconds, hasExamples }: FirstTrainingPlan,
): PresetSteps | undefined {
  const { bpeVocabSize = model.vocabSize } = settings;
  const shape = settingsIn(MODEL_SETTINGS, settings);
  const training = { ...settingsIn(TRAINING_SETTINGS, settings), maxSteps: 0 };
  const { maxMinutes } = config;
  try {
    const other = modelConfig({ ...shape, vocabSize: bpeVocabSize as number }); // checked in it
    const otherTraining = trainingConfig({ ...training, maxMinutes });
    const cost = (of: ModelConfig, { batchSize, gradAccumSteps }: TrainingConfig): number =>
      operationsPerToken(of) * batchSize * gradAccumSteps * (hasExamples ? 1 : of.contextLength);
    const ratio = cost(other, otherTraining) / cost(model, config);
    const otherPace = { step: pace.step * ratio, evaluation: pace.evaluation * ratio };
    const steps = trainingPace(otherTraining, otherPace).lastStepWithin(0, seconds);
    return { name, steps, operations: operationsPerToken(other) };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/**
 * Warns that reading and encoding the data took long compared with the time limit, which excludes it. Names the
 * fraction of the data that the steps use.
 *
 * @param examples - Number of examples to train on.
 * @returns `undefined` if it was fast, or the steps use most of the data.
 */
export function slowDataWarning(
  { config, expectedSteps }: Pick<FirstTrainingPlan, 'config' | 'expectedSteps'>,
  { examples, readSeconds }: { readonly examples: number; readonly readSeconds: number },
): string | undefined {
  const { batchSize, gradAccumSteps, maxMinutes, dataShare } = config;
  const used = (expectedSteps * batchSize * gradAccumSteps) / examples;
  if (readSeconds < SLOW_SHARE * 60 * maxMinutes || used > 0.5) return undefined;
  const share = Number((Math.max(used, 0.01) * dataShare).toPrecision(1));
  return (
    `reading and encoding the data took ${formatDuration(readSeconds)}, which --max-minutes does not count; ` +
    `the steps use ${formatCount(used * examples)} of ${formatCount(examples)} examples, and --data-share ${share} encodes no more`
  );
}
