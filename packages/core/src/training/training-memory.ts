import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import { countParameters } from '../model/model-parameters.js';
import { OPTIMIZERS, type Slot, slotsOf } from '../parameters/optimizer.js';

/** The peak memory of a training in bytes, estimated from shapes. */
export interface TrainingMemory {
  /** The bytes of parameters, their gradients and what optimizers remember. */
  readonly parametersBytes: number;
  /**
   * Bytes that the backward pass of a micro-batch reads, including logits and attention weights.
   */
  readonly activationsBytes: number;
}

type Recipe = Pick<TrainingConfig, 'batchSize' | 'optimizer' | 'recompute' | 'syncEvery'>;

const FLOAT_BYTES = 4;
/** Numbers a token that a block leaves for the backward pass, by measured peaks: of its width, of its MLP's. */
const [PER_WIDTH, PER_MLP_WIDTH] = [14, 5];
/** Logits, their probabilities and their gradients. */
const PER_LOGIT = 3;

/**
 * Estimates the memory of a training step. It is within a third of what steps of the engine `native`
 * were measured to take.
 *
 * @param keepsAttention - Whether the engine keeps attention weights, `[B, H, T, T]`, in each block. Engines
 *   without an attention kernel keep them.
 */
export function trainingMemory(
  model: ModelConfig,
  { batchSize, optimizer, recompute, syncEvery }: Recipe,
  { keepsAttention }: { readonly keepsAttention: boolean },
): TrainingMemory {
  const { vocabSize, contextLength, nLayer, nHead, nEmbd, mlpDim } = model;
  const tokens = batchSize * contextLength;
  const moments = trainingSlots({ optimizer, syncEvery }).length;
  const starts = syncEvery > 0 ? 1 : 0; // what a round began with
  const attention = keepsAttention ? nHead * contextLength : 0;
  const block = PER_WIDTH * nEmbd + PER_MLP_WIDTH * mlpDim + attention;
  const blocks = recompute ? nLayer * nEmbd + block : nLayer * block;
  return {
    parametersBytes: FLOAT_BYTES * (2 + moments + starts) * countParameters(model),
    activationsBytes: FLOAT_BYTES * tokens * (blocks + PER_LOGIT * vocabSize),
  };
}

/** An array of the optimizer that a training keeps for each parameter. */
export interface TrainingSlot {
  readonly slot: Slot;
  /** Whether each process has its own: with local updates. */
  readonly perProcess: boolean;
}

/** The slots of a training's optimizers. */
export function trainingSlots({
  optimizer,
  syncEvery,
}: Pick<TrainingConfig, 'optimizer' | 'syncEvery'>): TrainingSlot[] {
  const perProcess = syncEvery > 0;
  const inner: TrainingSlot[] = slotsOf(OPTIMIZERS[optimizer].kind).map((slot) => ({
    slot,
    perProcess,
  }));
  return perProcess ? [...inner, { slot: 'outer', perProcess: false }] : inner;
}
