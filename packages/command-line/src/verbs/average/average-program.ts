import { FORMAT_CHOICES } from '@ramble/core/weights';
import { findRun } from '@ramble/runs/node';
import {
  averageCheckpoints,
  checkpointSteps,
  loadDomain,
  openRun,
  readLog,
  type RunStorage,
} from '@ramble/runs';

import { UsageError } from '../../verb/exit-errors.js';
import { loadEngine } from '../../verb/load-engine.js';
import { COUNT, ENGINE_FLAG, type Flags, type FlagValues } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { writeWhole } from '../merge/merge-program.js';

const FLAGS = {
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
    kind: 'choice',
    choices: FORMAT_CHOICES,
    default: 'f32',
    description: 'Type that the new run keeps weights in; f16, int8 and q4 are for inference.',
  },
  out: { kind: 'string', placeholder: 'run', description: 'The folder of the new run.' },
  ...ENGINE_FLAG,
} as const satisfies Flags;

export type AverageFlags = FlagValues<typeof FLAGS>;

/**
 * `average`: makes a run whose model is the mean of checkpoints of another run. The new run has no optimizer
 * state, so it is a third of a checkpoint's size, or less with fewer bits.
 */
export const averageProgram = {
  flags: FLAGS,
  run,
} satisfies DomainProgram<AverageFlags>;

async function run({ app, flags, engines, output }: DomainCall<AverageFlags>): Promise<void> {
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

/** Returns the validated steps, the best first. */
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
