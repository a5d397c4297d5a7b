import { hostname } from 'node:os';

import { createModel, keepOwnSlots, type Model, type Ranks, withTrainingHeads } from '@ramble/core';
import { memoryStorage, openRun, readText, type Run, type RunStorage } from '@ramble/runs';

import { gatherJson } from './gather-json.js';
import { isFirst } from './is-first.js';
import type { Session, TrainingPlan } from './session.js';
import { shareSlots } from './share-slots.js';
import { together } from './together.js';
import type { TrainFlags } from './train-flags.js';

/** More than any tokenizer takes. */
const MAX_FILE_BYTES = 2 ** 28;

/** What the other ranks need of a run that rank 0 has: they read and write no folder. */
interface SharedRun extends Pick<Session, 'state' | 'spentSeconds'> {
  /** Texts of run.json and the domain's files, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * The storage of a run that rank 0 has: on the other ranks one in memory, with what describes it.
 *
 * @param ranks - Absent for a process alone.
 */
export async function shareStorage(
  ranks: Ranks | undefined,
  storage: RunStorage,
): Promise<RunStorage> {
  if (!ranks) return storage;
  const files = await fromFirst(ranks, () => describingFiles(storage));
  return isFirst(ranks) ? storage : storageOf(storage.name, files);
}

/**
 * Begins a run on rank 0, and gives every rank the description, the model and the optimizer's state that
 * it begins with.
 *
 * @param flags - `out` is the run's folder.
 */
export async function shareSession(
  ranks: Ranks,
  plan: TrainingPlan,
  flags: Pick<TrainFlags, 'out' | 'shardOptimizer'>,
): Promise<Session> {
  const onModel = ({ parameters }: Model): void => {
    if (flags.shardOptimizer) keepOwnSlots(parameters, ranks);
  };
  const session = await together(ranks, () =>
    isFirst(ranks) ? plan.begin({ onModel, ranks: ranks.count }) : Promise.resolve(undefined),
  );
  const shared = await fromFirst(ranks, async (): Promise<SharedRun> => {
    if (!session) throw new Error('session: expected one on rank 0, got none'); // it began there
    const { state, spentSeconds, run } = session;
    return { state, spentSeconds, files: await describingFiles(run.storage) };
  });
  const { files, ...progress } = shared;
  const own = session ?? otherSession(plan, await openRun(storageOf(flags.out, files)), progress);
  await shareValues(ranks, own.model);
  onModel(own.model);
  await shareSlots(ranks, own, flags);
  return { ...own, hosts: await gatherJson(ranks, hostname()) };
}

function otherSession(
  { app, domain, data }: TrainingPlan,
  run: Run,
  progress: Omit<SharedRun, 'files'>,
): Session {
  const { model: config, training } = run.description;
  const model = withTrainingHeads(createModel(config, { seed: training.seed }), training);
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
  return memoryStorage(name, Object.fromEntries(bytes) as Record<string, Uint8Array>);
}

/** What rank 0 makes, on every rank; plain data. */
async function fromFirst<T>(ranks: Ranks, make: () => Promise<T>): Promise<T> {
  const [first] = await gatherJson(ranks, isFirst(ranks) ? await make() : null);
  return first as T; // rank 0 made it
}
