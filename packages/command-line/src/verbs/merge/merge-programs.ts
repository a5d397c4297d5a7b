import { resolve } from 'node:path';

import type { AnyApp, AnyDomain, Model } from '@ramble/core';
import { adapterKindOf, NO_ADAPTERS } from '@ramble/core/model';
import { FORMAT_CHOICES, FORMATS } from '@ramble/core/weights';
import {
  averageCheckpoints,
  checkpointSteps,
  importRun,
  type KeptWeights,
  loadDomain,
  loadRun,
  modelFile,
  openRun,
  readLog,
  type Run,
  type RunStorage,
} from '@ramble/runs';
import { findRun, folderStorage } from '@ramble/runs/node';

import { UsageError } from '../../verb/exit-errors.js';
import { COUNT, ENGINE_FLAG, type Flags, type FlagValues, MODEL_NAME } from '../../verb/flag.js';
import { loadEngine } from '../../verb/load-engine.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';

const WEIGHTS = { kind: 'choice', choices: FORMAT_CHOICES } as const;
const OUT = {
  kind: 'string',
  placeholder: 'run',
  description: 'The folder of the new run.',
} as const;

const MERGE_FLAGS = {
  model: {
    ...MODEL_NAME,
    description: 'A run with adapters, for its best checkpoint, or RUN/checkpoints/STEP.',
  },
  weights: {
    ...WEIGHTS,
    default: FORMATS.f16.name,
    description: 'Type that the new run keeps weights in; int8 and q4 round what was learned.',
  },
  out: OUT,
  ...ENGINE_FLAG,
} as const satisfies Flags;

export type MergeFlags = FlagValues<typeof MERGE_FLAGS>;

/**
 * `merge`: makes a run without adapters from a run with adapters. The products of the adapters' matrices are added to
 * the weights of the base model.
 */
export const mergeProgram = {
  flags: MERGE_FLAGS,
  run: merge,
} satisfies DomainProgram<MergeFlags>;

async function merge({ app, flags, engines, output }: DomainCall<MergeFlags>): Promise<void> {
  const { storage, step: chosen } = findRun(flags.model);
  const { description } = await openRun(storage);
  if (!adapterKindOf(description.training)) {
    throw new UsageError(
      `--model: expected a run with adapters (train --lora-rank), got ${flags.model}, which has none`,
    );
  }
  const domain = await loadDomain({ storage, description }, app.factory);
  await loadEngine(engines, flags, output);
  const { model, step } = await loadRun(storage, { step: chosen });
  await writeWhole({ app, run: { storage, description }, domain, step, ...flags }, model);
  if (output.isJson) await output.printJson({ run: flags.out, step });
  else await output.print(`${flags.out}: the model with the adapters of step ${step}`);
}

const AVERAGE_FLAGS = {
  model: {
    kind: 'string',
    placeholder: 'run',
    names: 'run',
    description: 'The run with the checkpoints.',
  },
  count: {
    ...COUNT,
    derived: 'all of them',
    description: 'Number of checkpoints to average; train keeps the number of --keep-checkpoints.',
  },
  by: {
    kind: 'choice',
    choices: ['newest', 'best'],
    default: 'newest',
    description: 'Which checkpoints to average: the newest, or those with the best validation.',
  },
  weights: {
    ...WEIGHTS,
    default: 'f32',
    description: 'Type that the new run keeps weights in; f16, int8 and q4 are for inference.',
  },
  out: OUT,
  ...ENGINE_FLAG,
} as const satisfies Flags;

export type AverageFlags = FlagValues<typeof AVERAGE_FLAGS>;

/**
 * `average`: makes a run whose model is the mean of checkpoints of another run. The new run has no optimizer
 * state, so it is a third of a checkpoint's size, or less with fewer bits.
 */
export const averageProgram = {
  flags: AVERAGE_FLAGS,
  run: average,
} satisfies DomainProgram<AverageFlags>;

async function average({ app, flags, engines, output }: DomainCall<AverageFlags>): Promise<void> {
  const { storage, step } = findRun(flags.model);
  if (step !== undefined) {
    throw new UsageError(
      `--model: expected the run ${storage.name}, whose checkpoints are averaged, got ${flags.model}`,
    );
  }
  const { description } = await openRun(storage);
  const domain = await loadDomain({ storage, description }, app.factory);
  const broken: string[] = [];
  const onBroken = (what: string): number => broken.push(what);
  const steps = await chooseSteps(storage, description.training.bestBy, flags, onBroken);
  for (const what of broken) await output.warn(what);
  await loadEngine(engines, flags, output);
  const model = await averageCheckpoints(storage, steps);
  const run = { storage, description };
  await writeWhole({ app, run, domain, step: steps[0], ...flags }, model);
  if (output.isJson) await output.printJson({ run: flags.out, steps });
  else await output.print(`${flags.out}: the mean of the checkpoints ${steps.join(', ')}`);
}

/** Returns the steps of the checkpoints to average, the newest or the best first. */
async function chooseSteps(
  storage: RunStorage,
  bestBy: 'loss' | 'score',
  { count, by, model }: AverageFlags,
  onBroken: (what: string) => void,
): Promise<number[]> {
  const kept = (await checkpointSteps(storage)).filter((step) => step > 0).reverse();
  const ranked = by === 'newest' ? kept : await rankSteps(storage, kept, bestBy, onBroken);
  const what = by === 'newest' ? 'checkpoints' : 'checkpoints that were validated';
  if (ranked.length === 0) {
    throw new UsageError(`--model: expected a run with ${what} after step 0, got ${model}`);
  }
  if (count === undefined || count <= ranked.length) return ranked.slice(0, count);
  throw new UsageError(
    `--count: expected at most the ${ranked.length} ${what} that ${model} has, got ${count}; ` +
      'train keeps more with --keep-checkpoints',
  );
}

/** Returns the steps of the kept checkpoints that were validated, the best score or loss first. */
async function rankSteps(
  storage: RunStorage,
  kept: readonly number[],
  bestBy: 'loss' | 'score',
  onBroken: (what: string) => void,
): Promise<number[]> {
  const values = new Map<number, number>();
  for (const { step, validationLoss, validationScore } of await readLog(storage, onBroken)) {
    const value =
      bestBy === 'score' && validationScore !== undefined ? -validationScore : validationLoss;
    if (value !== undefined) values.set(step, value);
  }
  const valueOf = (step: number): number => values.get(step) ?? Infinity;
  return kept.filter((step) => values.has(step)).sort((a, b) => valueOf(a) - valueOf(b));
}

interface WholeRun {
  readonly app: AnyApp;
  /** The run whose checkpoints were merged or averaged. */
  readonly run: Run;
  readonly domain: AnyDomain;
  readonly step: number;
  /** Folder of the new run. */
  readonly out: string;
  readonly weights: KeptWeights;
}

/**
 * Writes a merged or averaged model as a new run, without adapters and optimizer state. run.json names the old run as
 * its origin.
 */
async function writeWhole(
  { app, run: { storage, description }, domain, step, out, weights }: WholeRun,
  model: Model,
): Promise<void> {
  const newRun = {
    ...description,
    training: { ...description.training, ...NO_ADAPTERS },
    domain: { ...description.domain, files: app.factory.save(domain) },
    origin: { kind: 'run', path: resolve(storage.name), step },
  } as const;
  await importRun(folderStorage(out), newRun, await modelFile(model), { weights });
}
