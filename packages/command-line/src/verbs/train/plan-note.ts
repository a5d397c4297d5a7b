import {
  MODEL_SETTINGS,
  type ModelConfig,
  modelConfig,
  TRAINING_SETTINGS,
  type TrainingConfig,
  trainingConfig,
  type TrainingReport,
} from '@ramble/core';
import { counted } from '@ramble/core/files';
import { decayStart, type FirstPace, spreadCount, trainingPace } from '@ramble/core/training';

import { formatCount, formatDuration } from '../../format/format-number.js';
import { settingsIn, type Values } from '../../verb/flag.js';
import type { Session } from './session.js';
import { operationsPerToken } from './speed.js';

type PlanReport = Extract<TrainingReport, { kind: 'plan' }>;

/**
 * Returns a note with the number of steps that was planned to fit into the time limit, and the flags that repeat this
 * training. A decay that was cut short cannot be repeated: with that number of steps it would have started earlier.
 */
export function planNote({ step, config, expectedSteps }: PlanReport): string {
  const { maxSteps, maxMinutes, schedule, warmupSteps } = config;
  if (maxSteps === 0) {
    const decay = schedule === 'wsd' ? '; the learning rate falls over the last fifth' : '';
    const fit = expectedSteps === 1 ? 'fits' : 'fit';
    return `about ${counted(expectedSteps, 'step')} ${fit} into ${minutes(maxMinutes)}${decay}`;
  }
  const from = step === 0 ? '' : ` at step ${formatCount(step)}`;
  const planned = `planned ${counted(maxSteps, 'step')}${from}`;
  const isOnTime = schedule === 'wsd' && step <= decayStart(maxSteps, warmupSteps);
  if (step > 0 && !isOnTime) return planned;
  const flags = `--max-steps ${maxSteps} --schedule ${schedule} --warmup-steps ${warmupSteps}`;
  return `${planned}; in place of --max-minutes, ${flags} trains the same`;
}

/** Returns notes on limits of training and validation that are not obvious from the flags. */
export function limitNotes({ run, data }: Session): string[] {
  const { maxSteps, maxMinutes, evalBatches } = run.description.training;
  const total = data.validationBatches;
  const read = spreadCount({ total, count: evalBatches });
  return [
    ...(read < total
      ? [`validation on ${formatCount(read)} of ${formatCount(total)} batches (--eval-batches)`]
      : []),
    ...(maxSteps > 0 && maxMinutes > 0
      ? [
          `the schedule follows the ${counted(maxSteps, 'step')}; training ends there or after ${minutes(maxMinutes)}, whichever comes first`,
        ]
      : []),
  ];
}

/** Formats a number of minutes, which may be a fraction. */
function minutes(count: number): string {
  return count === 1 ? '1 minute' : `${count} minutes`;
}

/**
 * Returns the seconds of a time limit that are reserved for samples and the report after training.
 *
 * @param maxMinutes - The limit; 0 for none.
 */
export function closingSeconds(maxMinutes: number): number {
  return Math.min(12 * maxMinutes, 1 + 1.2 * maxMinutes);
}

/**
 * Returns a signal that is aborted when the given one is, or after some seconds. `undefined` seconds: no time limit.
 */
export function timeLimited(signal: AbortSignal, seconds: number | undefined): AbortSignal {
  if (seconds === undefined) return signal;
  const limit = new AbortController();
  signal.addEventListener('abort', () => limit.abort(signal.reason), { once: true });
  setTimeout(() => limit.abort(), 1000 * seconds).unref();
  return limit.signal;
}

/** Minimum number of steps in which a new model learns anything useful. */
const FEW_STEPS = 200;
/** Number of steps from which a larger model is worth its time. */
const ENOUGH_STEPS = 1000;
/** Fraction of the time limit above which reading the data is worth a warning. */
const SLOW_SHARE = 0.25;

/** The plan of a training that is limited only by time, made from the first measured steps. */
export interface FirstTrainingPlan {
  readonly model: ModelConfig;
  readonly config: TrainingConfig;
  readonly expectedSteps: number;
  /** Measured seconds of a step and of an evaluation. */
  readonly pace: FirstPace;
  /** Seconds available for training. */
  readonly seconds: number;
  /** Whether batches consist of whole examples. Their length does not depend on the context length. */
  readonly hasExamples: boolean;
}

/** Presets that a warning may suggest for another, smaller run. */
export interface OtherPresets {
  /** The presets by name; empty if the run cannot have another shape. */
  readonly presets: Readonly<Record<string, Values>>;
  /** Values that the user chose; they override a preset's settings. */
  readonly chosen: Values;
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
  settings: Values,
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
 * Warns that reading and encoding the data took long compared with the time limit, which does not count that time.
 * Names the fraction of the data that the steps use.
 *
 * @param examples - Number of examples to train on.
 * @returns `undefined` if reading and encoding were fast, or the steps use most of the data.
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
