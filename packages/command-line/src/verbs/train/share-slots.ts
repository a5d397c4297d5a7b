import { OPTIMIZERS, type Ranks, type Slot, slotReader, slotsOf } from '@ramble/core';
import { readSlots, type SaveOptions } from '@ramble/runs';

import { isFirst } from './is-first.js';
import type { Session } from './session.js';
import type { TrainFlags } from './train-flags.js';

type SlotUse = (name: string, slot: Slot, values: Float32Array) => Promise<void>;

/**
 * Gives every rank the optimizer's slots that rank 0 has resumed, of which each keeps what its store keeps. A
 * rank that shares out the optimizer reads them again, so that nobody holds all of them at once.
 */
export async function shareSlots(
  ranks: Ranks,
  session: Session,
  { shardOptimizer }: Pick<TrainFlags, 'shardOptimizer'>,
): Promise<void> {
  const { model, run, state } = session;
  if (state.step === 0) return; // before the first update they are zeros
  const { parameters } = model;
  const take: SlotUse = async (name, slot, values) => {
    await ranks.broadcast(values);
    parameters.write(name, values, slot);
  };
  if (isFirst(ranks) && shardOptimizer) {
    await readSlots({ ...run, model, state }, take);
    return;
  }
  for (const [name, slot] of slotNames(session)) {
    await take(name, slot, parameters.read(name, slot));
  }
}

/** How the ranks of a training save the optimizer's slots of which each has a part. */
export interface SlotSaving extends Pick<SaveOptions, 'slotOf'> {
  /** Does the part of a rank that saves nothing itself, while rank 0 saves. */
  readonly give: () => Promise<void>;
}

/** Returns how ranks save slots that they share out. */
export function slotSaving(ranks: Ranks, session: Session): SlotSaving {
  const slotOf = slotReader(ranks, session.model.parameters);
  return {
    slotOf,
    give: async () => {
      for (const [name, slot] of slotNames(session)) await slotOf(name, slot);
    },
  };
}

/** The slots of all parameters, in the order in which they are saved and read. */
function slotNames({ model, run }: Session): [name: string, slot: Slot][] {
  const slots = slotsOf(OPTIMIZERS[run.description.training.optimizer].kind);
  return model.parameters.specs.flatMap(({ name }) =>
    slots.map((slot): [string, Slot] => [name, slot]),
  );
}
