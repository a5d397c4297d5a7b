import { hostname } from 'node:os';

import { createModel, type Model } from '@ramble/core';
import { adapterKindOf, withTrainingHeads } from '@ramble/core/model';
import { type Slot, trainingSlots } from '@ramble/core/training';
import { keepOwnSlots, type Ranks, slotReader } from '@ramble/parallel';
import {
  memoryStorage,
  newAdapters,
  openRun,
  readSlots,
  readText,
  type Run,
  type RunStorage,
  type SlotOptions,
} from '@ramble/runs';
import { folderStorage } from '@ramble/runs/node';

import type { Session, TrainingPlan } from './session.js';
import { gatherJson, isFirst, together } from './together.js';
import type { TrainFlags } from './train-flags.js';

type Sharding = Pick<TrainFlags, 'shardOptimizer'>;

/** Maximum size in bytes of a file that is sent to other ranks: no tokenizer is as large. */
const MAX_FILE_BYTES = 2 ** 28;

/** Parts of a run that rank 0 sends to the other ranks, which do not access the run's folder. */
interface SharedRun extends Pick<Session, 'state' | 'spentSeconds'> {
  /** Contents of run.json and the domain's files, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Returns the run's storage: on rank 0 the given one, on other ranks a copy of run.json and the domain's files in
 * memory.
 */
export async function shareStorage(ranks: Ranks, storage: RunStorage): Promise<RunStorage> {
  const files = await fromFirst(ranks, () => describingFiles(storage));
  return isFirst(ranks) ? storage : storageOf(storage.name, files);
}

/**
 * Begins a run on rank 0, and sends every rank the description, the initial model and the optimizer's state.
 *
 * @param flags - `out` is the run's folder.
 */
export async function shareSession(
  ranks: Ranks,
  plan: TrainingPlan,
  flags: Pick<TrainFlags, 'out'> & Sharding,
): Promise<Session> {
  const onModel = ({ parameters }: Model): void => {
    if (flags.shardOptimizer) keepOwnSlots(parameters, ranks);
  };
  const session = await together(ranks, () =>
    isFirst(ranks) ? plan.begin({ onModel, processes: ranks.count }) : Promise.resolve(undefined),
  );
  const shared = await fromFirst(ranks, async (): Promise<SharedRun> => {
    if (!session) throw new Error('session: expected one on rank 0, got none'); // rank 0 began the run
    const { state, spentSeconds, run } = session;
    return { state, spentSeconds, files: await describingFiles(run.storage) };
  });
  const { files, ...progress } = shared;
  const own =
    session ?? (await otherSession(plan, await openRun(storageOf(flags.out, files)), progress));
  await shareValues(ranks, own.model);
  onModel(own.model);
  await shareSlots(ranks, own, flags);
  return { ...own, hosts: await gatherJson(ranks, hostname()) };
}

async function otherSession(
  { app, domain, data }: TrainingPlan,
  run: Run,
  progress: Omit<SharedRun, 'files'>,
): Promise<Session> {
  const { model: config, training } = run.description;
  const model = adapterKindOf(training)
    ? await newAdapters(run) // every machine has the base under the same path
    : withTrainingHeads(createModel(config, { seed: training.seed }), training);
  return { app, domain, data, run, model, ...progress };
}

async function shareValues(ranks: Ranks, { parameters }: Model): Promise<void> {
  for (const { name } of parameters.specs) {
    const values = parameters.read(name);
    await ranks.broadcast(values);
    if (!isFirst(ranks)) parameters.write(name, values);
  }
}

async function describingFiles(storage: RunStorage): Promise<SharedRun['files']> {
  const texts: Record<string, string> = {};
  const ofRun = (await storage.list('')).filter((name) => name === 'run.json');
  const ofDomain = (await storage.list('domain')).map((name) => `domain/${name}`);
  for (const path of [...ofRun, ...ofDomain]) {
    texts[path] = await readText(storage, path, MAX_FILE_BYTES);
  }
  return texts;
}

function storageOf(name: string, files: SharedRun['files']): RunStorage {
  const bytes = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]);
  const storage = memoryStorage(name, Object.fromEntries(bytes) as Record<string, Uint8Array>);
  return { ...storage, another: folderStorage(name).another };
}

/** Runs `make` on rank 0, and returns its result, which must be plain data, on every rank. */
async function fromFirst<T>(ranks: Ranks, make: () => Promise<T>): Promise<T> {
  const [first] = await gatherJson(ranks, isFirst(ranks) ? await make() : null);
  return first as T; // rank 0 made it
}

/**
 * Sends every rank the optimizer slots that rank 0 has loaded. If each rank keeps only its part of them, rank 0
 * reads the slots again, so that no rank has all slots in memory at once.
 */
async function shareSlots(
  ranks: Ranks,
  session: Session,
  { shardOptimizer }: Sharding,
): Promise<void> {
  const { model, run, state } = session;
  if (state.step === 0) return; // before the first update they are zeros
  const { parameters } = model;
  const ofRank = slotsOfRank(run);
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

/** Options to save optimizer slots (AdamW's moments) that are spread over the ranks. */
export interface SlotSaving extends SlotOptions {
  /** Sends this rank's slots to rank 0, which saves them. */
  readonly give: () => Promise<void>;
}

/** Returns options for ranks to save their optimizer slots; `undefined` if rank 0 has all slots. */
export function slotSaving(
  ranks: Ranks,
  session: Session,
  { shardOptimizer }: Sharding,
): SlotSaving | undefined {
  const { model, run } = session;
  const { syncEvery } = run.description.training;
  if (!shardOptimizer && syncEvery === 0) return undefined;
  const slotOf = shardOptimizer ? slotReader(ranks, model.parameters) : ownSlots(ranks, session);
  return {
    slotOf,
    processes: ranks.count,
    give: async () => {
      for (const [name, slot, rank] of slotsToSave(session, ranks.count)) {
        await slotOf(name, slot, rank);
      }
    },
  };
}

/**
 * Returns a function that reads an optimizer slot as a given rank has it. If the slot differs by rank, the call for
 * rank 0 gathers it from all ranks, and later calls return the gathered values.
 */
function ownSlots(
  ranks: Ranks,
  { model: { parameters }, run }: Session,
): (name: string, slot: Slot, rank: number) => Promise<Float32Array> {
  const ofRank = slotsOfRank(run);
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

/** The optimizer slots whose values differ by rank. */
function slotsOfRank({ description }: Run): ReadonlySet<Slot> {
  const slots = trainingSlots(description.training);
  return new Set(slots.flatMap(({ slot, perProcess }) => (perProcess ? slot : [])));
}

/** The slots of all parameters with their ranks, in the order in which they are saved and read. */
function slotsToSave(
  { model, run }: Session,
  ranks: number,
): [name: string, slot: Slot, rank: number][] {
  const slots = trainingSlots(run.description.training);
  return model.parameters.specs.flatMap(({ name }) =>
    slots.flatMap(({ slot, perProcess }) =>
      Array.from({ length: perProcess ? ranks : 1 }, (_, rank): [string, Slot, number] => [
        name,
        slot,
        rank,
      ]),
    ),
  );
}
