import {
  type Ranks,
  type Slot,
  slotReader,
  type TrainingConfig,
  trainingSlots,
} from '@ramble/core';
import { readSlots, type SlotOptions } from '@ramble/runs';

import { isFirst } from './is-first.js';
import type { Session } from './session.js';
import type { TrainFlags } from './train-flags.js';

type Sharding = Pick<TrainFlags, 'shardOptimizer'>;

/**
 * Gives every rank the slots that rank 0 has resumed, of which each keeps what is its own. Where not all keep
 * all, rank 0 reads them again, so that nobody holds all of them at once.
 */
export async function shareSlots(
  ranks: Ranks,
  session: Session,
  { shardOptimizer }: Sharding,
): Promise<void> {
  const { model, run, state } = session;
  if (state.step === 0) return; // before the first update they are zeros
  const { parameters } = model;
  const { training } = run.description;
  const ofRank = new Set(
    trainingSlots(training).flatMap((each) => (each.isOfRank ? each.slot : [])),
  );
  const take = async (
    name: string,
    slot: Slot,
    rank: number,
    values: Float32Array,
  ): Promise<void> => {
    await ranks.broadcast(values);
    if (!ofRank.has(slot) || rank === ranks.rank) parameters.write(name, values, slot);
  };
  if (isFirst(ranks) && (shardOptimizer || ofRank.size > 0)) {
    await readSlots({ ...run, model, state }, ranks.count, take);
    return;
  }
  for (const [name, slot, rank] of slotsToSave(session, ranks.count)) {
    await take(name, slot, rank, parameters.read(name, slot));
  }
}

/** How the ranks of a training save slots of which none has all. */
export interface SlotSaving extends SlotOptions {
  /** Does the part of a rank that saves nothing itself, while rank 0 saves. */
  readonly give: () => Promise<void>;
}

/** Returns how ranks save their slots; nothing where rank 0 has all of them. */
export function slotSaving(
  ranks: Ranks,
  session: Session,
  { shardOptimizer }: Sharding,
): SlotSaving | undefined {
  const { model, run } = session;
  const { syncEvery } = run.description.training;
  if (!shardOptimizer && syncEvery === 0) return undefined;
  const slotOf = shardOptimizer
    ? slotReader(ranks, model.parameters)
    : ownSlots(ranks, session, run.description.training);
  return {
    slotOf,
    ranks: ranks.count,
    give: async () => {
      for (const [name, slot, rank] of slotsToSave(session, ranks.count)) {
        await slotOf(name, slot, rank);
      }
    },
  };
}

/** Reads slots of which each rank has its own: those of a parameter are gathered when rank 0's is asked for. */
function ownSlots(
  ranks: Ranks,
  { model: { parameters } }: Session,
  training: TrainingConfig,
): (name: string, slot: Slot, rank: number) => Promise<Float32Array> {
  const ofRank = new Set(
    trainingSlots(training).flatMap((each) => (each.isOfRank ? each.slot : [])),
  );
  let gathered: readonly Uint8Array[] = [];
  return async (name, slot, rank) => {
    const own = parameters.read(name, slot);
    if (!ofRank.has(slot)) return own;
    if (rank === 0)
      gathered = await ranks.gather(new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
    const { buffer, byteOffset } = gathered[rank];
    return new Float32Array(buffer, byteOffset, own.length);
  };
}

/** The slots of all parameters with their ranks, in the order in which they are saved and read. */
function slotsToSave(
  { model, run }: Session,
  ranks: number,
): [name: string, slot: Slot, rank: number][] {
  const slots = trainingSlots(run.description.training);
  return model.parameters.specs.flatMap(({ name }) =>
    slots.flatMap(({ slot, isOfRank }) =>
      Array.from({ length: isOfRank ? ranks : 1 }, (_, rank): [string, Slot, number] => [
        name,
        slot,
        rank,
      ]),
    ),
  );
}
