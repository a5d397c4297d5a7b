import type { SegmentMemory } from '../attention/segment-memory.js';
import type { TrainingConfig } from '../config/training-config.js';
import type { Clock } from '../files/bytes.js';
import type { TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import type { ParameterUpdate } from '../parameters/parameter-store.js';
import type { BatchSource } from './example-batches.js';
import type { Part } from './update-plan.js';

/** Strategy by which a training makes its updates: alone, or together with other processes. */
export interface TrainingStrategy {
  readonly group: ProcessGroup;
  readonly updates: UpdateMaker;
  /**
   * Rounds of local updates (DiLoCo), after which the processes synchronize. Absent if all processes have the same
   * parameters after every update.
   */
  readonly rounds?: Rounds;
  /** Computes the loss of preference pairs, for evaluations; absent if the model is trained on the loss of tokens. */
  readonly pairLoss?: PairLossOf;
}

/** Computes the loss of a batch of pairs of a chosen and a rejected answer. */
export type PairLossOf = (batch: TrainingBatch) => PairLoss;

/** Loss of a batch of pairs of a chosen and a rejected answer. */
export interface PairLoss {
  /** Sum of the losses of all pairs. */
  readonly loss: number;
  readonly pairs: number;
  /** Number of pairs whose chosen answer has the higher reward. */
  readonly correct: number;
  /** Sum of the rewards of the chosen answers minus the rewards of the rejected ones. */
  readonly margin: number;
}

/** Rewards of the answers of an update's pairs, before the update; absent for losses of tokens. */
export interface PairRewards {
  /** Mean reward of the chosen answers minus the mean reward of the rejected ones. */
  readonly rewardMargin?: number;
  /** Fraction of the pairs whose chosen answer has the higher reward, 0 to 1. */
  readonly rewardAccuracy?: number;
}

/** Makes the strategy of a training. `train` disposes of it. */
export type MakeStrategy = (setup: StrategySetup) => TrainingStrategy;

/** The model, the settings and the data of a training. */
export interface TrainingInputs {
  readonly model: Model;
  readonly config: TrainingConfig;
  readonly batches: BatchSource;
  /** Returns the validation data from its beginning at each call. Without it, nothing is evaluated. */
  readonly validation?: () => AsyncIterable<TrainingBatch>;
  /** Number of batches of the validation data, from which the time of an evaluation is estimated. */
  readonly validationBatches?: number;
  /** Returns a score of the model's outputs, higher is better. It is measured together with the validation loss. */
  readonly score?: () => Promise<number>;
}

/** The model and config of a training, with the clock and the stop signal of this process. */
export interface StrategySetup extends Pick<TrainingInputs, 'model' | 'config'> {
  readonly clock: Clock;
  /** Signal whose abort ends training after the step in progress. */
  readonly signal?: AbortSignal;
}

/** A group of processes that train one model together. All of them call `meet`, `sum` and `once` in the same order. */
export interface ProcessGroup {
  /** The part of the micro-batches of each update, and of the validation batches, that this process computes. */
  part(): Part;
  /** The clock and the stop signal that all processes agreed on at the last `meet`. */
  readonly clock: AgreedClock;
  /** Waits for all processes, which agree on the time and on whether any of them was stopped. */
  meet(): Promise<void>;
  /** Names the next work, such as `step 41`, for the errors of processes that wait too long. */
  announce(work: string): void;
  /**
   * Runs work in which processes depend on one another. If a process is lost, a group that survives it starts
   * the work again.
   *
   * @param work - Work to run. Its only effect must be its result.
   */
  together<T>(work: () => Promise<T>): Promise<T>;
  /** Adds up the numbers of all processes in place. */
  sum(numbers: Float64Array): Promise<void>;
  /** Calls a function in only one of the processes, and returns its result in all of them. */
  once(make: () => Promise<number>): Promise<number>;
  /**
   * Returns the group's additions to a step's report; empty for a process alone.
   *
   * @param seconds - Duration of the round that ended with the last `meet`.
   * @param isLast - Whether the step is the last one of its round.
   */
  reported(seconds: number, isLast: boolean): StepExtras;
}

/** A clock and a stop signal that are the same for all processes. */
interface AgreedClock extends Clock {
  isAborted(): boolean;
}

/** Additions to a step's report by processes that train together. */
export interface StepExtras {
  /** Fraction of the round's seconds that this process waited for sums over all processes, 0 to 1. */
  readonly waitedShare?: number;
  /** Number of bytes that this process has sent to sums over all processes in this step. */
  readonly summedBytes?: number;
}

/** Computes and applies updates. */
export interface UpdateMaker {
  /**
   * Computes the loss and the gradients of an update, which are kept until the next pass or `release`.
   *
   * @param batches - Micro-batches of this process's part.
   * @param firstIndex - Number of micro-batches before the update.
   * @param update - Update to apply in the same pass, if this is the only process and the engine can do both.
   */
  pass(
    batches: readonly TrainingBatch[],
    config: TrainingConfig,
    firstIndex: number,
    memory?: SegmentMemory,
    update?: ParameterUpdate,
  ): Promise<UpdatePass>;
  /**
   * Updates the parameters from the gradients of the last pass. Nothing changes if the norm of all gradients is not
   * finite.
   *
   * @returns the norm of all gradients before clipping.
   */
  update(update: ParameterUpdate): Promise<number>;
  /** Releases the gradients. */
  release(): void;
  dispose(): void;
}

/** Results of the forward and backward pass of an update. */
interface UpdatePass extends PairRewards {
  /** Loss of the next tokens. */
  readonly loss: number;
  /** Number of input tokens, without padding. */
  readonly inputs: number;
  /** Number of targets with nonzero weight. */
  readonly targets: number;
  /** Sum of the weights of all targets, over which the loss is a mean. */
  readonly weight: number;
  /** Segment memory after the last micro-batch, for a model that remembers segments. */
  readonly memory?: SegmentMemory;
  /** Norm of the gradient before clipping, if the pass included the update. */
  readonly gradientNorm?: number;
}

/** Results of an update. */
export interface StepResult extends UpdatePass {
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** Rounds of one or more updates. After each round, all processes have the same parameters. */
export interface Rounds {
  /**
   * Returns the total number of updates at the end of a round.
   *
   * @param step - Number of updates before the round.
   */
  end(step: number, config: TrainingConfig): number;
  /**
   * Synchronizes the parameters of all processes.
   *
   * @param results - Results of this process's updates, up to and including the first that is not finite, if any.
   * @param count - Number of updates in the round.
   * @returns the results of all processes together.
   */
  finish(results: readonly StepResult[], count: number): Promise<readonly StepResult[]>;
}
