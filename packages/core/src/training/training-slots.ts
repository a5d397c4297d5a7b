import type { TrainingConfig } from '../config/training-config.js';
import { OPTIMIZERS, type Slot, slotsOf } from '../parameters/optimizer.js';

/** What a training keeps for each parameter. */
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
