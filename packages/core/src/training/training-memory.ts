import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import type { AdapterSettings } from '../parameters/adapter-kinds.js';
import { adaptersOf } from '../model/model.js';
import { countParameters } from '../model/model-parameters.js';
import { OPTIMIZERS, type Slot, slotsOf } from '../parameters/optimizer.js';
import { sizeOf } from '../parameters/parameter.js';

/** Estimated peak memory of a training in bytes, from shapes. */
export interface TrainingMemory {
  /** Number of bytes of all parameters, and of the gradients and optimizer slots of the trained parameters. */
  readonly parametersBytes: number;
  /** Number of bytes that the backward pass of a micro-batch reads, including logits and attention weights. */
  readonly activationsBytes: number;
}

type Recipe = AdapterSettings &
  Pick<
    TrainingConfig,
    'batchSize' | 'optimizer' | 'recompute' | 'syncEvery' | 'preference' | 'rDrop'
  >;

const FLOAT_BYTES = 4;
/** Assumed number of bytes per parameter of a frozen model, between about 0.6 for q4 and 2 for f16. */
const FROZEN_BYTES = 1;
/**
 * Number of 32-bit floats that a block keeps for the backward pass per token and column of the residual stream.
 * `PER_MLP_WIDTH` is the number per token and column of the MLP's hidden layer. Both are fitted to measured peaks.
 */
const [PER_WIDTH, PER_MLP_WIDTH] = [14, 5];
/** Number of 32-bit floats per logit: the logit, its probability and its gradient. */
const PER_LOGIT = 3;

/**
 * Estimates the memory of a training step. The estimate is within a third of measured steps of the engine `native`.
 *
 * @param keepsAttention - Whether the engine keeps attention weights, `[B, H, T, T]`, in each block. Engines without
 *   an attention kernel keep them.
 */
export function trainingMemory(
  model: ModelConfig,
  recipe: Recipe,
  { keepsAttention }: { readonly keepsAttention: boolean },
): TrainingMemory {
  const { batchSize, optimizer, recompute, syncEvery, preference, rDrop } = recipe;
  const { vocabSize, contextLength, nLayer, nHead, nEmbd, mlpDim } = model;
  const copies = preference === 'none' && rDrop === 0 ? 1 : 2; // sequences of a pair, or of R-Drop
  const tokens = copies * batchSize * contextLength;
  const moments = trainingSlots({ optimizer, syncEvery }).length;
  const starts = syncEvery > 0 ? 1 : 0; // parameters at the start of a round
  const attention = keepsAttention ? nHead * contextLength : 0;
  const block = PER_WIDTH * nEmbd + PER_MLP_WIDTH * mlpDim + attention;
  const all = countParameters(model);
  const trained = adaptersOf(model, recipe)?.specs.reduce(
    (sum, { shape }) => sum + sizeOf(shape),
    0,
  );
  const perParameter = FLOAT_BYTES * (2 + moments + starts);
  const blocks = recompute ? nLayer * nEmbd + block : nLayer * block;
  return {
    parametersBytes:
      trained === undefined ? perParameter * all : FROZEN_BYTES * all + perParameter * trained,
    activationsBytes: FLOAT_BYTES * tokens * (blocks + PER_LOGIT * vocabSize),
  };
}

/** An optimizer slot that a training keeps for each parameter. */
export interface TrainingSlot {
  readonly slot: Slot;
  /** Whether each process has a separate slot, because its updates are local. */
  readonly perProcess: boolean;
}

/** Returns the slots that a training keeps: the optimizer's, and the slot of the outer steps for local updates. */
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
